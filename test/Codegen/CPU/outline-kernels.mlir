// RUN: tn-opt %s --tensornet-outline-kernels | FileCheck %s

#i = affine_map<(d0) -> (d0)>

// Two equal contractions with their fills call one function.
// CHECK-LABEL: func.func @twice
// CHECK-NOT: linalg.fill
// CHECK: call @[[$K:tensornet_kernel[_0-9]*]](%[[C:[a-z0-9_]+]], %{{.+}}, %{{.+}}) :
// CHECK: call @[[$K]](%{{.+}}, %{{.+}}, %[[C]]) :
func.func @twice(%a: memref<8x8xf32>, %b: memref<8x8xf32>, %d: memref<8x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %c = memref.alloc() : memref<8x8xf32>
  linalg.fill ins(%zero : f32) outs(%c : memref<8x8xf32>)
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  linalg.fill ins(%zero : f32) outs(%d : memref<8x8xf32>)
  tensornet.contract_into %a[i, k], %c[k, j] -> [i, j] outs(%d)
    : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  memref.dealloc %c : memref<8x8xf32>
  return
}

// Constants move along, other numbers are arguments.
// CHECK-LABEL: func.func @captures
// CHECK-SAME: %[[S:[a-z0-9]+]]: f32
// CHECK: call @[[$G:tensornet_kernel[_0-9]*]](%{{.+}}, %[[S]])
func.func @captures(%a: memref<8xf32>, %s: f32) {
  %two = arith.constant 2.0 : f32
  linalg.generic {indexing_maps = [#i], iterator_types = ["parallel"]} outs(%a : memref<8xf32>) {
  ^bb0(%x: f32):
    %0 = arith.mulf %x, %two : f32
    %1 = arith.addf %0, %s : f32
    linalg.yield %1 : f32
  }
  return
}

// What sums start from moves along with them.
// CHECK-LABEL: func.func @filled_sums
// CHECK-NOT: linalg.fill
// CHECK: call @[[$F:tensornet_kernel[_0-9]*]]
func.func @filled_sums(%a: memref<8x9xf32>, %b: memref<8xf32>) {
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%one : f32) outs(%b : memref<8xf32>)
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%a : memref<8x9xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%e: f32, %sum: f32):
    %s = arith.addf %sum, %e : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK: func.func private @[[$K]](
// CHECK: linalg.fill
// CHECK: tensornet.contract_into
// CHECK: func.func private @[[$G]](%{{.+}}: memref<8xf32>, %{{.+}}: f32)
// CHECK: arith.constant 2.0
// CHECK: func.func private @[[$F]](
// CHECK: arith.constant 1.0
// CHECK: linalg.fill
// CHECK: linalg.generic
// CHECK-NOT: func.func
