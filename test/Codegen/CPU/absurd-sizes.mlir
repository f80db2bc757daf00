// Sizes that no memory holds are left for the check of allocations to refuse.

// RUN: tn-opt %s --tensornet-cpu-kernels=vector-width=512 | FileCheck %s --check-prefix=KERNEL
// RUN: tn-opt %s --tensornet-fusible-contractions=vector-width=512 | FileCheck %s --check-prefix=FUSIBLE
// RUN: tn-opt %s --tensornet-vector-loops="vector-width=512 parallel" | FileCheck %s --check-prefix=LOOP

// KERNEL-LABEL: func.func @product
// KERNEL: tensornet.contract_into
func.func @product(%a: memref<2147483647x2147483647xf32>, %b: memref<2147483647x2147483647xf32>,
                   %c: memref<2147483647x2147483647xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<2147483647x2147483647xf32>, memref<2147483647x2147483647xf32>, memref<2147483647x2147483647xf32>) -> ()
  return
}

// FUSIBLE-LABEL: func.func @strides_out_of_range
// FUSIBLE: return
func.func @strides_out_of_range(%a: tensor<0x4294967296x4294967296xf32>, %b: tensor<4294967296xf32>)
    -> tensor<0x4294967296xf32> {
  %0 = tensornet.contract %a[i, j, k], %b[k] -> [i, j]
    : (tensor<0x4294967296x4294967296xf32>, tensor<4294967296xf32>) -> tensor<0x4294967296xf32>
  return %0 : tensor<0x4294967296xf32>
}

// LOOP-LABEL: func.func @elementwise
// LOOP: vector.load
#ijkl = affine_map<(i, j, k, l) -> (i, j, k, l)>
func.func @elementwise(%a: memref<2147483647x2147483647x2147483647x8xf32>) {
  linalg.generic {indexing_maps = [#ijkl, #ijkl], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%a : memref<2147483647x2147483647x2147483647x8xf32>) outs(%a : memref<2147483647x2147483647x2147483647x8xf32>) {
  ^bb0(%x: f32, %y: f32):
    %0 = math.exp %x : f32
    linalg.yield %0 : f32
  }
  return
}
