// RUN: tn-opt %s --tensornet-to-cpu=style=plain | FileCheck %s

// Gradients, contractions and elementwise ops all arrive in the LLVM dialect.
// CHECK-NOT: unrealized_conversion_cast
// CHECK: llvm.func @_mlir_ciface_step(
func.func private @loss(%w: tensor<4x8xf32>, %x: tensor<8xf32>) -> tensor<f32> {
  %y = tensornet.contract %w[i, j], %x[j] -> [i]
       : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4xf32>
  %l = tensornet.contract %y[i], %y[i] -> [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

func.func @step(%w: tensor<4x8xf32>, %x: tensor<8xf32>) -> (tensor<f32>, tensor<4x8xf32>) {
  %l, %g = tensornet.value_and_grad @loss(%w, %x) wrt [0]
           : (tensor<4x8xf32>, tensor<8xf32>) -> (tensor<f32>, tensor<4x8xf32>)
  %n = arith.subf %w, %g : tensor<4x8xf32>
  return %l, %n : tensor<f32>, tensor<4x8xf32>
}
