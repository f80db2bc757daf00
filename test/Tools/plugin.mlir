// The module loads dialect, derivative rules and passes into the stock optimiser.
// UNSUPPORTED: sanitize
// RUN: mlir-opt --load-dialect-plugin=%libdir/TensorNetPlugin.so \
// RUN:   --load-pass-plugin=%libdir/TensorNetPlugin.so \
// RUN:   --pass-pipeline='builtin.module(tensornet-differentiate,canonicalize)' %s | FileCheck %s

func.func @norm(%x: tensor<4xf32>) -> tensor<f32> {
  %y = tensornet.contract %x[i], %x[i] -> [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: func.func @norm_and_gradient
// CHECK-NOT: tensornet.value_and_grad
// CHECK: tensornet.contract
// CHECK: return
func.func @norm_and_gradient(%x: tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  %y, %dx = tensornet.value_and_grad @norm(%x) wrt [0]
          : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %y, %dx : tensor<f32>, tensor<4xf32>
}
