// RUN: tn-opt %s --tensornet-differentiate | FileCheck %s

func.func @square_norm(%x: tensor<3xf32>) -> tensor<f32> {
  %0 = tensornet.contract %x[i], %x[i] -> []
       : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

func.func @inlined(%x: tensor<3xf32>) -> tensor<f32> {
  %0 = call @square_norm(%x) : (tensor<3xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @of_inlined
func.func @of_inlined(%x: tensor<3xf32>) -> tensor<3xf32> {
  // CHECK-NOT: call
  // CHECK: return
  %0:2 = tensornet.value_and_grad @inlined(%x) wrt [0]
      : (tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>)
  return %0#1 : tensor<3xf32>
}

func.func @kept(%x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<f32> {
  %0 = call @square_norm(%x) {no_inline} : (tensor<3xf32>) -> tensor<f32>
  %1 = call @square_norm(%y) {no_inline} : (tensor<3xf32>) -> tensor<f32>
  %2 = arith.addf %0, %1 : tensor<f32>
  return %2 : tensor<f32>
}

// Two calls with one set of active arguments share one derivative function.
// CHECK-LABEL: func.func @of_kept
func.func @of_kept(%x: tensor<3xf32>, %y: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  // CHECK-COUNT-2: call @square_norm_vjp_0(
  // CHECK-NOT: square_norm_vjp
  // CHECK: return
  %0:3 = tensornet.value_and_grad @kept(%x, %y) wrt [0, 1]
      : (tensor<3xf32>, tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>, tensor<3xf32>)
  return %0#1, %0#2 : tensor<3xf32>, tensor<3xf32>
}

func.func @outer(%x: tensor<3xf32>) -> tensor<3x3xf32> {
  %0 = tensornet.contract %x[i], %x[j] -> [i, j]
       : (tensor<3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

func.func @keeps_outer(%x: tensor<3xf32>) -> tensor<3x3xf32> {
  %0 = call @outer(%x) {no_inline} : (tensor<3xf32>) -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

// A batch of tangents passes a call through the Jacobian of its callee.
// CHECK-LABEL: func.func @jacobian_of_kept
func.func @jacobian_of_kept(%x: tensor<3xf32>) -> tensor<3x3x3xf32> {
  // CHECK: call @outer_jacobian_0(
  %0 = tensornet.jacobian @keeps_outer(%x) wrt [0] : (tensor<3xf32>) -> tensor<3x3x3xf32>
  return %0 : tensor<3x3x3xf32>
}
