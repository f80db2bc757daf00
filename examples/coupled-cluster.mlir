// One term of the coupled-cluster doubles equations, quadratic in the
// amplitudes T (occupied orbitals i, j, k, l; virtual ones a, b, c, d):
//
//   R[a, b, i, j] = 1/4 sum_klcd V[k, l, c, d] T[c, d, i, j] T[a, b, k, l]
//
// Point by point that is o^4 v^4 work; in the right order o^4 v^2. The
// cotangents of V and T are what the equations for the response ask for. T
// stands twice in one contraction: its gradient has both terms.
//
//   tn-run coupled-cluster.mlir --entry=response
func.func @residual(%v: tensor<4x4x6x6xf64>, %t: tensor<6x6x4x4xf64>) -> tensor<6x6x4x4xf64> {
  %quarter = arith.constant dense<0.25> : tensor<f64>
  %r = tensornet.contract %quarter[], %v[k, l, c, d], %t[c, d, i, j], %t[a, b, k, l]
      -> [a, b, i, j]
      : (tensor<f64>, tensor<4x4x6x6xf64>, tensor<6x6x4x4xf64>, tensor<6x6x4x4xf64>)
      -> tensor<6x6x4x4xf64>
  return %r : tensor<6x6x4x4xf64>
}

func.func @response(%v: tensor<4x4x6x6xf64>, %t: tensor<6x6x4x4xf64>,
                    %lambda: tensor<6x6x4x4xf64>)
    -> (tensor<6x6x4x4xf64>, tensor<4x4x6x6xf64>, tensor<6x6x4x4xf64>) {
  %r, %vbar, %tbar = tensornet.vjp @residual(%v, %t) cotangents(%lambda) wrt [0, 1]
      : (tensor<4x4x6x6xf64>, tensor<6x6x4x4xf64>, tensor<6x6x4x4xf64>)
      -> (tensor<6x6x4x4xf64>, tensor<4x4x6x6xf64>, tensor<6x6x4x4xf64>)
  return %r, %vbar, %tbar : tensor<6x6x4x4xf64>, tensor<4x4x6x6xf64>, tensor<6x6x4x4xf64>
}
