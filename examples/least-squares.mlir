// The loss |X W - Y|^2. Its gradient is 2 X' (X W - Y), and the residual
// X W - Y serves both.
//
//   tn-opt least-squares.mlir --tensornet-differentiate --tensornet-simplify
func.func @loss(%x: tensor<20x8xf64>, %w: tensor<8x3xf64>, %y: tensor<20x3xf64>) -> tensor<f64> {
  %xw = tensornet.contract %x[n, p], %w[p, q] -> [n, q]
      : (tensor<20x8xf64>, tensor<8x3xf64>) -> tensor<20x3xf64>
  %r = arith.subf %xw, %y : tensor<20x3xf64>
  %loss = tensornet.contract %r[n, q], %r[n, q] -> []
      : (tensor<20x3xf64>, tensor<20x3xf64>) -> tensor<f64>
  return %loss : tensor<f64>
}

func.func @loss_and_gradient(%x: tensor<20x8xf64>, %w: tensor<8x3xf64>, %y: tensor<20x3xf64>)
    -> (tensor<f64>, tensor<8x3xf64>) {
  %loss, %gradient = tensornet.value_and_grad @loss(%x, %w, %y) wrt [1]
      : (tensor<20x8xf64>, tensor<8x3xf64>, tensor<20x3xf64>) -> (tensor<f64>, tensor<8x3xf64>)
  return %loss, %gradient : tensor<f64>, tensor<8x3xf64>
}
