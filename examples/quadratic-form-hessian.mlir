// The quadratic form x' A x. Its Hessian is A + A': it reads no x.
//
//   tn-opt quadratic-form-hessian.mlir --tensornet-differentiate --tensornet-simplify
func.func @quadratic_form(%x: tensor<13xf64>, %a: tensor<13x13xf64>) -> tensor<f64> {
  %y = tensornet.contract %x[i], %a[i, j], %x[j] -> []
      : (tensor<13xf64>, tensor<13x13xf64>, tensor<13xf64>) -> tensor<f64>
  return %y : tensor<f64>
}

func.func @hessian(%x: tensor<13xf64>, %a: tensor<13x13xf64>) -> tensor<13x13xf64> {
  %h = tensornet.hessian @quadratic_form(%x, %a) wrt [0]
      : (tensor<13xf64>, tensor<13x13xf64>) -> tensor<13x13xf64>
  return %h : tensor<13x13xf64>
}
