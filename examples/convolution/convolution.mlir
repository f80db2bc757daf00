// A convolutional network on 64 images of 28 x 28 pixels: convolution
// (5 x 5, 1 to 8 channels), relu, mean of 2 x 2 pixels, convolution
// (8 to 16 channels), relu, mean, linear layer to 10 classes, cross
// entropy. Written by generate.py.
//
//   tn-run convolution.mlir --entry=loss_and_gradients
//
// Indices: n image, c and d channels, h and w place of a result, r and s place in a
// window, k class. A window is an affine subscript: h + r for a convolution,
// 2 * h + r where windows do not overlap.
func.func @logits(%x: tensor<64x28x28xf32>, %k1: tensor<8x5x5xf32>, %b1: tensor<8xf32>,
                  %k2: tensor<16x8x5x5xf32>, %b2: tensor<16xf32>,
                  %w: tensor<16x4x4x10xf32>, %b: tensor<10xf32>) -> tensor<64x10xf32> {
  %zero1 = arith.constant dense<0.0> : tensor<64x8x24x24xf32>
  %zero2 = arith.constant dense<0.0> : tensor<64x16x8x8xf32>
  %quarter = arith.constant dense<0.25> : tensor<f32>

  // First layer.
  %conv1 = tensornet.contract %x[n, h + r, w + s], %k1[c, r, s] -> [n, c, h, w]
      : (tensor<64x28x28xf32>, tensor<8x5x5xf32>) -> tensor<64x8x24x24xf32>
  %bias1 = tensornet.contract %b1[c] -> [n, c, h, w] : (tensor<8xf32>) -> tensor<64x8x24x24xf32>
  %z1 = arith.addf %conv1, %bias1 : tensor<64x8x24x24xf32>
  %a1 = arith.maximumf %z1, %zero1 : tensor<64x8x24x24xf32>
  %p1 = tensornet.contract %quarter[], %a1[n, c, 2 * h + r, 2 * w + s] -> [n, c, h, w]
      extents(r = 2, s = 2) : (tensor<f32>, tensor<64x8x24x24xf32>) -> tensor<64x8x12x12xf32>

  // Second layer.
  %conv2 = tensornet.contract %p1[n, c, h + r, w + s], %k2[d, c, r, s] -> [n, d, h, w]
      : (tensor<64x8x12x12xf32>, tensor<16x8x5x5xf32>) -> tensor<64x16x8x8xf32>
  %bias2 = tensornet.contract %b2[d] -> [n, d, h, w] : (tensor<16xf32>) -> tensor<64x16x8x8xf32>
  %z2 = arith.addf %conv2, %bias2 : tensor<64x16x8x8xf32>
  %a2 = arith.maximumf %z2, %zero2 : tensor<64x16x8x8xf32>
  %p2 = tensornet.contract %quarter[], %a2[n, d, 2 * h + r, 2 * w + s] -> [n, d, h, w]
      extents(r = 2, s = 2) : (tensor<f32>, tensor<64x16x8x8xf32>) -> tensor<64x16x4x4xf32>

  %y = tensornet.contract %p2[n, d, h, w], %w[d, h, w, k] -> [n, k]
      : (tensor<64x16x4x4xf32>, tensor<16x4x4x10xf32>) -> tensor<64x10xf32>
  %bias = tensornet.contract %b[k] -> [n, k] : (tensor<10xf32>) -> tensor<64x10xf32>
  %logits = arith.addf %y, %bias : tensor<64x10xf32>
  return %logits : tensor<64x10xf32>
}

// Cross entropy of the softmax against the targets %t, averaged over the images:
// sum over n and k of t[n, k] (log(sum over l of exp y[n, l]) - y[n, k]).
func.func @loss(%x: tensor<64x28x28xf32>, %k1: tensor<8x5x5xf32>, %b1: tensor<8xf32>,
                %k2: tensor<16x8x5x5xf32>, %b2: tensor<16xf32>,
                %w: tensor<16x4x4x10xf32>, %b: tensor<10xf32>, %t: tensor<64x10xf32>) -> tensor<f32> {
  %y = call @logits(%x, %k1, %b1, %k2, %b2, %w, %b)
      : (tensor<64x28x28xf32>, tensor<8x5x5xf32>, tensor<8xf32>, tensor<16x8x5x5xf32>, tensor<16xf32>, tensor<16x4x4x10xf32>, tensor<10xf32>) -> tensor<64x10xf32>
  // The loss does not depend on the shift that keeps exponentials small.
  %lowest = arith.constant dense<0xFF800000> : tensor<64xf32>
  %largest = linalg.reduce { arith.maximumf } ins(%y : tensor<64x10xf32>)
      outs(%lowest : tensor<64xf32>) dimensions = [1]
  %shift = tensornet.stop_gradient %largest : tensor<64xf32>
  %shifts = tensornet.contract %shift[n] -> [n, k] : (tensor<64xf32>) -> tensor<64x10xf32>
  %s = arith.subf %y, %shifts : tensor<64x10xf32>
  %e = math.exp %s : tensor<64x10xf32>
  %sums = tensornet.contract %e[n, k] -> [n] : (tensor<64x10xf32>) -> tensor<64xf32>
  %logs = math.log %sums : tensor<64xf32>
  %log_sum = tensornet.contract %t[n, k], %logs[n] -> [] : (tensor<64x10xf32>, tensor<64xf32>) -> tensor<f32>
  %hits = tensornet.contract %t[n, k], %s[n, k] -> [] : (tensor<64x10xf32>, tensor<64x10xf32>) -> tensor<f32>
  %entropy = arith.subf %log_sum, %hits : tensor<f32>
  %per_image = arith.constant dense<1.56250000000000000e-02> : tensor<f32>
  %loss = arith.mulf %entropy, %per_image : tensor<f32>
  return %loss : tensor<f32>
}

func.func @loss_and_gradients(%x: tensor<64x28x28xf32>, %k1: tensor<8x5x5xf32>, %b1: tensor<8xf32>,
                              %k2: tensor<16x8x5x5xf32>, %b2: tensor<16xf32>,
                              %w: tensor<16x4x4x10xf32>, %b: tensor<10xf32>, %t: tensor<64x10xf32>)
    -> (tensor<f32>, tensor<8x5x5xf32>, tensor<8xf32>, tensor<16x8x5x5xf32>, tensor<16xf32>,
        tensor<16x4x4x10xf32>, tensor<10xf32>) {
  %loss, %g1, %gb1, %g2, %gb2, %gw, %gb =
      tensornet.value_and_grad @loss(%x, %k1, %b1, %k2, %b2, %w, %b, %t) wrt [1, 2, 3, 4, 5, 6]
      : (tensor<64x28x28xf32>, tensor<8x5x5xf32>, tensor<8xf32>, tensor<16x8x5x5xf32>, tensor<16xf32>, tensor<16x4x4x10xf32>, tensor<10xf32>, tensor<64x10xf32>)
      -> (tensor<f32>, tensor<8x5x5xf32>, tensor<8xf32>, tensor<16x8x5x5xf32>, tensor<16xf32>, tensor<16x4x4x10xf32>, tensor<10xf32>)
  return %loss, %g1, %gb1, %g2, %gb2, %gw, %gb
      : tensor<f32>, tensor<8x5x5xf32>, tensor<8xf32>, tensor<16x8x5x5xf32>, tensor<16xf32>, tensor<16x4x4x10xf32>, tensor<10xf32>
}
