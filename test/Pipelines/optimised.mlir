// RUN: tn-opt %s --tensornet-to-cpu="style=optimised vector-width=512" | FileCheck %s

// A large contraction becomes a vector kernel that stores into the result.
// CHECK-NOT: unrealized_conversion_cast
// CHECK: llvm.func @matmul(
// CHECK: llvm.call @[[KERNEL:tensornet_kernel[_0-9]*]](
// CHECK: llvm.func @_mlir_ciface_matmul(
// CHECK: llvm.func internal @[[KERNEL]](
// CHECK: llvm.intr.{{fma|fmuladd}}{{.*}} vector<16xf32>
func.func @matmul(%a: tensor<256x256xf32>, %b: tensor<256x256xf32>) -> tensor<256x256xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
       : (tensor<256x256xf32>, tensor<256x256xf32>) -> tensor<256x256xf32>
  return %c : tensor<256x256xf32>
}
