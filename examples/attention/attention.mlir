// Multi-head attention: 2 sequences of 5 positions, model dimension 6,
// 2 heads of dimension 3. Written by generate.py.
//
//   tn-run attention.mlir --entry=loss_and_gradients
//
// Indices: b sequence of the batch, h head, s and t positions, k within a head,
// m within the model.
func.func @attention(%x: tensor<2x5x6xf32>, %wq: tensor<6x2x3xf32>, %wk: tensor<6x2x3xf32>,
                     %wv: tensor<6x2x3xf32>, %wo: tensor<2x3x6xf32>) -> tensor<2x5x6xf32> {
  // Queries, keys and values of every head.
  %q = tensornet.contract %x[b, s, m], %wq[m, h, k] -> [b, h, s, k]
      : (tensor<2x5x6xf32>, tensor<6x2x3xf32>) -> tensor<2x2x5x3xf32>
  %k = tensornet.contract %x[b, t, m], %wk[m, h, k] -> [b, h, t, k]
      : (tensor<2x5x6xf32>, tensor<6x2x3xf32>) -> tensor<2x2x5x3xf32>
  %v = tensornet.contract %x[b, t, m], %wv[m, h, k] -> [b, h, t, k]
      : (tensor<2x5x6xf32>, tensor<6x2x3xf32>) -> tensor<2x2x5x3xf32>

  // Scores q k' / sqrt(3), less the largest of each row: no exponential
  // overflows, and the softmax does not depend on the shift.
  %scale = arith.constant dense<0.5773502691896257> : tensor<f32>
  %scores = tensornet.contract %scale[], %q[b, h, s, k], %k[b, h, t, k] -> [b, h, s, t]
      : (tensor<f32>, tensor<2x2x5x3xf32>, tensor<2x2x5x3xf32>) -> tensor<2x2x5x5xf32>
  %lowest = arith.constant dense<0xFF800000> : tensor<2x2x5xf32>
  %largest = linalg.reduce { arith.maximumf } ins(%scores : tensor<2x2x5x5xf32>)
      outs(%lowest : tensor<2x2x5xf32>) dimensions = [3]
  %shift = tensornet.stop_gradient %largest : tensor<2x2x5xf32>
  %shifts = tensornet.contract %shift[b, h, s] -> [b, h, s, t]
      : (tensor<2x2x5xf32>) -> tensor<2x2x5x5xf32>
  %shifted = arith.subf %scores, %shifts : tensor<2x2x5x5xf32>

  // Softmax over t.
  %e = math.exp %shifted : tensor<2x2x5x5xf32>
  %sum = tensornet.contract %e[b, h, s, t] -> [b, h, s]
      : (tensor<2x2x5x5xf32>) -> tensor<2x2x5xf32>
  %sums = tensornet.contract %sum[b, h, s] -> [b, h, s, t]
      : (tensor<2x2x5xf32>) -> tensor<2x2x5x5xf32>
  %p = arith.divf %e, %sums : tensor<2x2x5x5xf32>

  // The weighted values of all heads, back in the model's space.
  %heads = tensornet.contract %p[b, h, s, t], %v[b, h, t, k] -> [b, h, s, k]
      : (tensor<2x2x5x5xf32>, tensor<2x2x5x3xf32>) -> tensor<2x2x5x3xf32>
  %y = tensornet.contract %heads[b, h, s, k], %wo[h, k, m] -> [b, s, m]
      : (tensor<2x2x5x3xf32>, tensor<2x3x6xf32>) -> tensor<2x5x6xf32>
  return %y : tensor<2x5x6xf32>
}

// The mean squared distance to a target.
func.func @loss(%x: tensor<2x5x6xf32>, %wq: tensor<6x2x3xf32>, %wk: tensor<6x2x3xf32>,
                %wv: tensor<6x2x3xf32>, %wo: tensor<2x3x6xf32>, %target: tensor<2x5x6xf32>) -> tensor<f32> {
  %y = call @attention(%x, %wq, %wk, %wv, %wo)
      : (tensor<2x5x6xf32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<2x3x6xf32>) -> tensor<2x5x6xf32>
  %r = arith.subf %y, %target : tensor<2x5x6xf32>
  %per_element = arith.constant dense<1.66666666666666664e-02> : tensor<f32>
  %loss = tensornet.contract %per_element[], %r[b, s, m], %r[b, s, m] -> []
      : (tensor<f32>, tensor<2x5x6xf32>, tensor<2x5x6xf32>) -> tensor<f32>
  return %loss : tensor<f32>
}

func.func @loss_and_gradients(%x: tensor<2x5x6xf32>, %wq: tensor<6x2x3xf32>, %wk: tensor<6x2x3xf32>,
                              %wv: tensor<6x2x3xf32>, %wo: tensor<2x3x6xf32>, %target: tensor<2x5x6xf32>)
    -> (tensor<f32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<2x3x6xf32>) {
  %loss, %gq, %gk, %gv, %go =
      tensornet.value_and_grad @loss(%x, %wq, %wk, %wv, %wo, %target) wrt [1, 2, 3, 4]
      : (tensor<2x5x6xf32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<2x3x6xf32>, tensor<2x5x6xf32>)
      -> (tensor<f32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<2x3x6xf32>)
  return %loss, %gq, %gk, %gv, %go
      : tensor<f32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<6x2x3xf32>, tensor<2x3x6xf32>
}
