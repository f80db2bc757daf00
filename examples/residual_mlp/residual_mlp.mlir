// A residual network of 6 blocks h + tanh(h w + b), 128 wide, that fits one number
// to each of 256 examples. Written by generate.py.
//
//   tn-run residual_mlp.mlir --entry=train_step --time=100
//
// Indices: n example, p and q within a layer.
!scalar = tensor<f32>
!h = tensor<256x128xf32>
!w = tensor<128x128xf32>
!b = tensor<128xf32>
!t = tensor<256xf32>

func.func private @block(%h: !h, %w: !w, %b: !b) -> !h {
  %hw = tensornet.contract %h[n, p], %w[p, q] -> [n, q] : (!h, !w) -> !h
  %bias = tensornet.contract %b[q] -> [n, q] : (!b) -> !h
  %z = arith.addf %hw, %bias : !h
  %t = math.tanh %z : !h
  %next = arith.addf %h, %t : !h
  return %next : !h
}

// The mean squared error of h w_out.
func.func @loss(
    %w1: !w, %b1: !b, %w2: !w, %b2: !b, %w3: !w, %b3: !b, %w4: !w, %b4: !b, %w5: !w, %b5: !b,
    %w6: !w, %b6: !b, %w_out: !b, %x: !h, %t: !t) -> !scalar {
  %h1 = call @block(%x, %w1, %b1) : (!h, !w, !b) -> !h
  %h2 = call @block(%h1, %w2, %b2) : (!h, !w, !b) -> !h
  %h3 = call @block(%h2, %w3, %b3) : (!h, !w, !b) -> !h
  %h4 = call @block(%h3, %w4, %b4) : (!h, !w, !b) -> !h
  %h5 = call @block(%h4, %w5, %b5) : (!h, !w, !b) -> !h
  %h6 = call @block(%h5, %w6, %b6) : (!h, !w, !b) -> !h
  %y = tensornet.contract %h6[n, p], %w_out[p] -> [n] : (!h, !b) -> !t
  %r = arith.subf %y, %t : !t
  %per_example = arith.constant dense<3.90625000000000000e-03> : !scalar
  %loss = tensornet.contract %per_example[], %r[n], %r[n] -> [] : (!scalar, !t, !t) -> !scalar
  return %loss : !scalar
}

// One step of gradient descent: the new parameters, and the loss of the old ones.
func.func @train_step(
    %w1: !w, %b1: !b, %w2: !w, %b2: !b, %w3: !w, %b3: !b, %w4: !w, %b4: !b, %w5: !w, %b5: !b,
    %w6: !w, %b6: !b, %w_out: !b, %x: !h, %t: !t)
    -> (!w, !b, !w, !b, !w, !b, !w, !b, !w, !b, !w, !b, !b, !scalar) {
  %loss, %g_w1, %g_b1, %g_w2, %g_b2, %g_w3, %g_b3, %g_w4, %g_b4, %g_w5, %g_b5, %g_w6, %g_b6,
      %g_w_out =
      tensornet.value_and_grad @loss(
          %w1, %b1, %w2, %b2, %w3, %b3, %w4, %b4, %w5, %b5, %w6, %b6, %w_out, %x, %t)
      wrt [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
      : (!w, !b, !w, !b, !w, !b, !w, !b, !w, !b, !w, !b, !b, !h, !t)
      -> (!scalar, !w, !b, !w, !b, !w, !b, !w, !b, !w, !b, !w, !b, !b)
  %rate = arith.constant dense<0.05> : !scalar
  %s_w1 = tensornet.contract %rate[], %g_w1[i, j] -> [i, j] : (!scalar, !w) -> !w
  %new_w1 = arith.subf %w1, %s_w1 : !w
  %s_b1 = tensornet.contract %rate[], %g_b1[i] -> [i] : (!scalar, !b) -> !b
  %new_b1 = arith.subf %b1, %s_b1 : !b
  %s_w2 = tensornet.contract %rate[], %g_w2[i, j] -> [i, j] : (!scalar, !w) -> !w
  %new_w2 = arith.subf %w2, %s_w2 : !w
  %s_b2 = tensornet.contract %rate[], %g_b2[i] -> [i] : (!scalar, !b) -> !b
  %new_b2 = arith.subf %b2, %s_b2 : !b
  %s_w3 = tensornet.contract %rate[], %g_w3[i, j] -> [i, j] : (!scalar, !w) -> !w
  %new_w3 = arith.subf %w3, %s_w3 : !w
  %s_b3 = tensornet.contract %rate[], %g_b3[i] -> [i] : (!scalar, !b) -> !b
  %new_b3 = arith.subf %b3, %s_b3 : !b
  %s_w4 = tensornet.contract %rate[], %g_w4[i, j] -> [i, j] : (!scalar, !w) -> !w
  %new_w4 = arith.subf %w4, %s_w4 : !w
  %s_b4 = tensornet.contract %rate[], %g_b4[i] -> [i] : (!scalar, !b) -> !b
  %new_b4 = arith.subf %b4, %s_b4 : !b
  %s_w5 = tensornet.contract %rate[], %g_w5[i, j] -> [i, j] : (!scalar, !w) -> !w
  %new_w5 = arith.subf %w5, %s_w5 : !w
  %s_b5 = tensornet.contract %rate[], %g_b5[i] -> [i] : (!scalar, !b) -> !b
  %new_b5 = arith.subf %b5, %s_b5 : !b
  %s_w6 = tensornet.contract %rate[], %g_w6[i, j] -> [i, j] : (!scalar, !w) -> !w
  %new_w6 = arith.subf %w6, %s_w6 : !w
  %s_b6 = tensornet.contract %rate[], %g_b6[i] -> [i] : (!scalar, !b) -> !b
  %new_b6 = arith.subf %b6, %s_b6 : !b
  %s_w_out = tensornet.contract %rate[], %g_w_out[i] -> [i] : (!scalar, !b) -> !b
  %new_w_out = arith.subf %w_out, %s_w_out : !b
  return %new_w1, %new_b1, %new_w2, %new_b2, %new_w3, %new_b3, %new_w4, %new_b4, %new_w5,
         %new_b5, %new_w6, %new_b6, %new_w_out, %loss
      : !w, !b, !w, !b, !w, !b, !w, !b, !w, !b, !w, !b, !b, !scalar
}
