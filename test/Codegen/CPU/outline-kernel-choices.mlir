// RUN: tn-opt %s --tensornet-outline-kernels | FileCheck %s

// Equal contractions share a function where their kernels are equal too.
// CHECK-LABEL: func.func @kernels
// CHECK: call @[[$K:tensornet_kernel[_0-9]*]](
// CHECK: call @[[$L:tensornet_kernel[_0-9]*]](
// CHECK: call @[[$K]](
func.func @kernels(%a: memref<8x8xf32>, %b: memref<8x8xf32>, %c: memref<8x8xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [4]>} : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [8]>} : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [4]>} : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  return
}

// CHECK: func.func private @[[$K]](
// CHECK: row_tile = [4]
// CHECK: func.func private @[[$L]](
// CHECK: row_tile = [8]
// CHECK-NOT: func.func
