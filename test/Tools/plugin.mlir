// The module loads dialect and passes into the stock optimiser.
// UNSUPPORTED: sanitize
// RUN: mlir-opt --load-dialect-plugin=%libdir/TensorNetPlugin.so \
// RUN:   --load-pass-plugin=%libdir/TensorNetPlugin.so --canonicalize %s | FileCheck %s

// CHECK-LABEL: func.func @matmul
// CHECK: tensornet.contract
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x2xf32>) -> tensor<4x2xf32> {
  %c = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  return %c : tensor<4x2xf32>
}
