// RUN: tn-opt %s | tn-opt | FileCheck %s
// RUN: tn-opt %s --mlir-print-op-generic | tn-opt | FileCheck %s
// RUN: tn-opt %s --emit-bytecode | tn-opt | FileCheck %s

// CHECK-LABEL: func.func @whole
// CHECK: tensornet.contract
// CHECK-SAME: {kernel = #tensornet.kernel<batch = [i], rows = [j], columns = [l], sum = [k], swap = false, row_tile = [6], column_tile = [64], join_columns = false, block = [96, 512, 384], row_group = [12], pack_a = true, pack_b = false, distribute = rows>}
func.func @whole(%a: tensor<2x8x8xf32>, %b: tensor<2x8x8xf32>) -> tensor<2x8x8xf32> {
  %c = tensornet.contract %a[i, j, k], %b[i, k, l] -> [i, j, l]
    {kernel = #tensornet.kernel<batch = [i], rows = [j], columns = [l], sum = [k], swap = false, row_tile = [6], column_tile = [64], join_columns = false, block = [96, 512, 384], row_group = [12], pack_a = true, pack_b = false, distribute = rows>}
    : (tensor<2x8x8xf32>, tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
  return %c : tensor<2x8x8xf32>
}

// Entries may come in any order and be left out.
// CHECK-LABEL: func.func @parts
// CHECK: kernel = #tensornet.kernel<rows = [], row_tile = [4], pack_b = true>
func.func @parts(%a: memref<8xf32>, %b: memref<8x8xf32>, %c: memref<8xf32>) {
  tensornet.contract_into %a[i], %b[i, j] -> [j] outs(%c)
    {kernel = #tensornet.kernel<pack_b = true, row_tile = [4], rows = []>}
    : (memref<8xf32>, memref<8x8xf32>, memref<8xf32>) -> ()
  return
}

// Indices after the twenty-sixth have numbers in their names.
// CHECK-LABEL: func.func private @names
// CHECK-SAME: #tensornet.kernel<rows = [h, i1, j27]>
func.func private @names() attributes {test.kernel = #tensornet.kernel<rows = [h, i1, j27]>}

// CHECK-LABEL: func.func private @nothing
// CHECK-SAME: #tensornet.kernel<>
func.func private @nothing() attributes {test.kernel = #tensornet.kernel<>}
