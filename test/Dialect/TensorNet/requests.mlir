// RUN: tn-opt %s | tn-opt | FileCheck %s
// RUN: tn-opt %s --mlir-print-op-generic | tn-opt | FileCheck %s
// RUN: tn-opt %s --emit-bytecode | tn-opt | FileCheck %s

func.func private @loss(tensor<8x4xf32>, tensor<4xf32>, i32) -> (f32, tensor<2xi8>)
func.func private @f(tensor<4xf32>, tensor<?xf32>) -> (tensor<3xf32>, i32, tensor<f64>)

// CHECK-LABEL: func.func @all_requests
func.func @all_requests(%w: tensor<8x4xf32>, %b: tensor<4xf32>, %i: i32,
                        %x: tensor<?xf32>, %c0: tensor<3xf32>, %c1: tensor<f64>) {
  // CHECK: tensornet.value_and_grad @loss(%arg0, %arg1, %arg2) wrt [1, 0] :
  // CHECK-SAME: (tensor<8x4xf32>, tensor<4xf32>, i32) -> (f32, tensor<2xi8>, tensor<4xf32>, tensor<8x4xf32>)
  %0:4 = tensornet.value_and_grad @loss(%w, %b, %i) wrt [1, 0]
      : (tensor<8x4xf32>, tensor<4xf32>, i32) -> (f32, tensor<2xi8>, tensor<4xf32>, tensor<8x4xf32>)
  // CHECK: tensornet.vjp @f(%arg1, %arg3) cotangents(%arg4, %arg5) wrt [1] :
  %1:4 = tensornet.vjp @f(%b, %x) cotangents(%c0, %c1) wrt [1]
      : (tensor<4xf32>, tensor<?xf32>, tensor<3xf32>, tensor<f64>)
      -> (tensor<3xf32>, i32, tensor<f64>, tensor<?xf32>)
  // CHECK: tensornet.jvp @f(%arg1, %arg3) tangents(%arg3) wrt [1] :
  %2:5 = tensornet.jvp @f(%b, %x) tangents(%x) wrt [1]
      : (tensor<4xf32>, tensor<?xf32>, tensor<?xf32>)
      -> (tensor<3xf32>, i32, tensor<f64>, tensor<3xf32>, tensor<f64>)
  // CHECK: tensornet.jacobian @f(%arg1, %arg3) wrt [0, 1] :
  // CHECK-SAME: -> (tensor<3x4xf32>, tensor<3x?xf32>, tensor<4xf64>, tensor<?xf64>)
  %3:4 = tensornet.jacobian @f(%b, %x) wrt [0, 1]
      : (tensor<4xf32>, tensor<?xf32>) -> (tensor<3x4xf32>, tensor<3x?xf32>, tensor<4xf64>, tensor<?xf64>)
  // CHECK: tensornet.hessian @loss(%arg0, %arg1, %arg2) wrt [1] :
  // CHECK-SAME: -> tensor<4x4xf32>
  %4 = tensornet.hessian @loss(%w, %b, %i) wrt [1]
      : (tensor<8x4xf32>, tensor<4xf32>, i32) -> tensor<4x4xf32>
  return
}

// CHECK-LABEL: func.func @stops
func.func @stops(%x: tensor<4xf32>, %s: f64) {
  // CHECK: tensornet.stop_gradient %arg0 : tensor<4xf32>
  %0 = tensornet.stop_gradient %x : tensor<4xf32>
  // CHECK: tensornet.stop_gradient %arg1 : f64
  %1 = tensornet.stop_gradient %s : f64
  return
}
