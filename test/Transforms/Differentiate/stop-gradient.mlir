// RUN: tn-opt %s --tensornet-differentiate | FileCheck %s
// RUN: tn-opt %s --tensornet-differentiate="function=loss" | FileCheck %s --check-prefix=KEPT

// x * stop_gradient(x) has the gradient stop_gradient(x); no request is left
// that could tell it from x.
// CHECK-LABEL: func.func @loss(
// CHECK-SAME: %[[X:.+]]: tensor<4xf32>)
// CHECK: tensornet.contract %[[X]][i], %[[X]][i] -> []
// A later pass may ask for other derivatives of a function.
// KEPT-LABEL: func.func @loss(
// KEPT: tensornet.stop_gradient
// KEPT-LABEL: func.func @loss_value_and_grad(
// KEPT: tensornet.stop_gradient
func.func @loss(%x: tensor<4xf32>) -> tensor<f32> {
  %c = tensornet.stop_gradient %x : tensor<4xf32>
  %0 = tensornet.contract %x[i], %c[i] -> [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @gradient(
// CHECK-SAME: %[[X:.+]]: tensor<4xf32>)
// CHECK-NEXT: %[[Y:.+]] = tensornet.contract %[[X]][i], %[[X]][i] -> []
// CHECK-NEXT: return %[[Y]], %[[X]]
func.func @gradient(%x: tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  %0:2 = tensornet.value_and_grad @loss(%x) wrt [0] : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %0#0, %0#1 : tensor<f32>, tensor<4xf32>
}

// The second derivative is zero: the first level keeps the mark for it.
// CHECK-LABEL: func.func @second(
// CHECK: %[[ZERO:.+]] = arith.constant dense<0.0{{.*}}> : tensor<4x4xf32>
// CHECK: return %[[ZERO]]
func.func @second(%x: tensor<4xf32>) -> tensor<4x4xf32> {
  %0 = tensornet.hessian @loss(%x) wrt [0] : (tensor<4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
