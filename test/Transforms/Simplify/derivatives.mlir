// RUN: tn-opt %s --tensornet-simplify --tensornet-differentiate="function=quadratic mode=hessian wrt=0" --tensornet-simplify=flatten=false | FileCheck %s --check-prefix=HESSIAN
// RUN: tn-opt %s --tensornet-simplify --tensornet-differentiate="function=squared_loss wrt=1" --tensornet-simplify=flatten=false | FileCheck %s --check-prefix=GRADIENT

// The Hessian of x'Ax is A + A' and reads no x.
// HESSIAN-LABEL: func.func @quadratic_hessian
// HESSIAN-SAME: (%{{.+}}: tensor<5xf64>, %[[A:.+]]: tensor<5x5xf64>)
// HESSIAN-NEXT: %[[T:.+]] = tensornet.contract %[[A]][i, j] -> [j, i]
// HESSIAN-NEXT: %[[H:.+]] = arith.addf %[[A]], %[[T]]
// HESSIAN-NEXT: return %[[H]]
func.func @quadratic(%x: tensor<5xf64>, %a: tensor<5x5xf64>) -> tensor<f64> {
  %0 = tensornet.contract %a[i, j], %x[j] -> [i] : (tensor<5x5xf64>, tensor<5xf64>) -> tensor<5xf64>
  %1 = tensornet.contract %x[i], %0[i] -> [] : (tensor<5xf64>, tensor<5xf64>) -> tensor<f64>
  return %1 : tensor<f64>
}

// The gradient of ||XW - Y||^2 is 2 X'(XW - Y), with XW computed once.
// GRADIENT-LABEL: func.func @squared_loss_value_and_grad
// GRADIENT-SAME: (%[[X:.+]]: tensor<7x5xf32>, %[[W:.+]]: tensor<5x3xf32>, %[[Y:.+]]: tensor<7x3xf32>)
// GRADIENT: %[[TWO:.+]] = arith.constant dense<2.000000e+00> : tensor<f32>
// GRADIENT-NEXT: %[[XW:.+]] = tensornet.contract %[[X]][i, j], %[[W]][j, k] -> [i, k]
// GRADIENT-NEXT: %[[R:.+]] = arith.subf %[[XW]], %[[Y]]
// GRADIENT-NEXT: %[[L:.+]] = tensornet.contract %[[R]][i, j], %[[R]][i, j] -> []
// GRADIENT-NEXT: %[[G:.+]] = tensornet.contract %[[TWO]][], %[[R]][i, j], %[[X]][i, k] -> [k, j]
// GRADIENT-NEXT: return %[[L]], %[[G]]
func.func @squared_loss(%x: tensor<7x5xf32>, %w: tensor<5x3xf32>, %y: tensor<7x3xf32>) -> tensor<f32> {
  %0 = tensornet.contract %x[n, i], %w[i, j] -> [n, j] : (tensor<7x5xf32>, tensor<5x3xf32>) -> tensor<7x3xf32>
  %1 = arith.subf %0, %y : tensor<7x3xf32>
  %2 = tensornet.contract %1[n, j], %1[n, j] -> [] : (tensor<7x3xf32>, tensor<7x3xf32>) -> tensor<f32>
  return %2 : tensor<f32>
}
