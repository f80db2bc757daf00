// A convolutional network on 64 images of 28 x 28 pixels: convolution
// (5 x 5, 1 to 8 channels), relu, mean of 2 x 2 pixels, convolution
// (8 to 16 channels), relu, mean, linear layer to 10 classes, cross
// entropy. Written by generate.py.
//
//   tn-run convolution.mlir --entry=train_step --time=100
//
// Indices: n image, c and d channels, h and w place of a result, r and s place in a
// window, k class. A window is an affine subscript: h + r for a convolution,
// 2 * h + r where windows do not overlap.
!scalar = tensor<f32>
!x = tensor<64x28x28xf32>
!k1 = tensor<8x5x5xf32>
!b1 = tensor<8xf32>
!z1 = tensor<64x8x24x24xf32>
!p1 = tensor<64x8x12x12xf32>
!k2 = tensor<16x8x5x5xf32>
!b2 = tensor<16xf32>
!z2 = tensor<64x16x8x8xf32>
!p2 = tensor<64x16x4x4xf32>
!w = tensor<16x4x4x10xf32>
!b = tensor<10xf32>
!t = tensor<64x10xf32>
!rows = tensor<64xf32>

func.func private @logits(
    %k1: !k1, %b1: !b1, %k2: !k2, %b2: !b2, %w: !w, %b: !b, %x: !x) -> !t {
  %zero1 = arith.constant dense<0.0> : !z1
  %zero2 = arith.constant dense<0.0> : !z2
  %quarter = arith.constant dense<0.25> : !scalar

  // First layer.
  %conv1 = tensornet.contract %x[n, h + r, w + s], %k1[c, r, s] -> [n, c, h, w] : (!x, !k1) -> !z1
  %bias1 = tensornet.contract %b1[c] -> [n, c, h, w] : (!b1) -> !z1
  %z1 = arith.addf %conv1, %bias1 : !z1
  %a1 = arith.maximumf %z1, %zero1 : !z1
  %p1 = tensornet.contract %quarter[], %a1[n, c, 2 * h + r, 2 * w + s] -> [n, c, h, w]
      extents(r = 2, s = 2) : (!scalar, !z1) -> !p1

  // Second layer.
  %conv2 = tensornet.contract %p1[n, c, h + r, w + s], %k2[d, c, r, s] -> [n, d, h, w]
      : (!p1, !k2) -> !z2
  %bias2 = tensornet.contract %b2[d] -> [n, d, h, w] : (!b2) -> !z2
  %z2 = arith.addf %conv2, %bias2 : !z2
  %a2 = arith.maximumf %z2, %zero2 : !z2
  %p2 = tensornet.contract %quarter[], %a2[n, d, 2 * h + r, 2 * w + s] -> [n, d, h, w]
      extents(r = 2, s = 2) : (!scalar, !z2) -> !p2

  %y = tensornet.contract %p2[n, d, h, w], %w[d, h, w, k] -> [n, k] : (!p2, !w) -> !t
  %bias = tensornet.contract %b[k] -> [n, k] : (!b) -> !t
  %logits = arith.addf %y, %bias : !t
  return %logits : !t
}

// Cross entropy of the softmax against the targets %t, averaged over the images:
// sum over n and k of t[n, k] (log(sum over l of exp y[n, l]) - y[n, k]).
func.func @loss(
    %k1: !k1, %b1: !b1, %k2: !k2, %b2: !b2, %w: !w, %b: !b, %x: !x, %t: !t) -> !scalar {
  %y = call @logits(%k1, %b1, %k2, %b2, %w, %b, %x)
      : (!k1, !b1, !k2, !b2, !w, !b, !x) -> !t
  // The loss does not depend on the shift that keeps exponentials small.
  %lowest = arith.constant dense<0xFF800000> : !rows
  %largest = linalg.reduce { arith.maximumf } ins(%y : !t) outs(%lowest : !rows) dimensions = [1]
  %shift = tensornet.stop_gradient %largest : !rows
  %shifts = tensornet.contract %shift[n] -> [n, k] : (!rows) -> !t
  %s = arith.subf %y, %shifts : !t
  %e = math.exp %s : !t
  %sums = tensornet.contract %e[n, k] -> [n] : (!t) -> !rows
  %logs = math.log %sums : !rows
  %log_sum = tensornet.contract %t[n, k], %logs[n] -> [] : (!t, !rows) -> !scalar
  %hits = tensornet.contract %t[n, k], %s[n, k] -> [] : (!t, !t) -> !scalar
  %entropy = arith.subf %log_sum, %hits : !scalar
  %per_image = arith.constant dense<1.56250000000000000e-02> : !scalar
  %loss = arith.mulf %entropy, %per_image : !scalar
  return %loss : !scalar
}

// One step of gradient descent: the new parameters, and the loss of the old ones.
func.func @train_step(
    %k1: !k1, %b1: !b1, %k2: !k2, %b2: !b2, %w: !w, %b: !b, %x: !x, %t: !t)
    -> (!k1, !b1, !k2, !b2, !w, !b, !scalar) {
  %loss, %g_k1, %g_b1, %g_k2, %g_b2, %g_w, %g_b =
      tensornet.value_and_grad @loss(
          %k1, %b1, %k2, %b2, %w, %b, %x, %t)
      wrt [0, 1, 2, 3, 4, 5]
      : (!k1, !b1, !k2, !b2, !w, !b, !x, !t)
      -> (!scalar, !k1, !b1, !k2, !b2, !w, !b)
  %rate = arith.constant dense<0.1> : !scalar
  %s_k1 = tensornet.contract %rate[], %g_k1[i, j, k] -> [i, j, k] : (!scalar, !k1) -> !k1
  %new_k1 = arith.subf %k1, %s_k1 : !k1
  %s_b1 = tensornet.contract %rate[], %g_b1[i] -> [i] : (!scalar, !b1) -> !b1
  %new_b1 = arith.subf %b1, %s_b1 : !b1
  %s_k2 = tensornet.contract %rate[], %g_k2[i, j, k, l] -> [i, j, k, l] : (!scalar, !k2) -> !k2
  %new_k2 = arith.subf %k2, %s_k2 : !k2
  %s_b2 = tensornet.contract %rate[], %g_b2[i] -> [i] : (!scalar, !b2) -> !b2
  %new_b2 = arith.subf %b2, %s_b2 : !b2
  %s_w = tensornet.contract %rate[], %g_w[i, j, k, l] -> [i, j, k, l] : (!scalar, !w) -> !w
  %new_w = arith.subf %w, %s_w : !w
  %s_b = tensornet.contract %rate[], %g_b[i] -> [i] : (!scalar, !b) -> !b
  %new_b = arith.subf %b, %s_b : !b
  return %new_k1, %new_b1, %new_k2, %new_b2, %new_w, %new_b, %loss
      : !k1, !b1, !k2, !b2, !w, !b, !scalar
}
