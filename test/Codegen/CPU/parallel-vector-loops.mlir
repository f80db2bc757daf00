// RUN: tn-opt %s --tensornet-vector-loops="vector-width=256 parallel" | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#flat = affine_map<(i) -> (i)>
#scalar = affine_map<(i) -> ()>

// CHECK-LABEL: func.func @row_sums
// CHECK: scf.parallel (%{{.+}}) = (%{{.+}}) to (%{{.+}}) step
// CHECK: scf.for
// CHECK: vector.reduction
func.func @row_sums(%a: memref<1024x1024xf32>, %c: memref<1024xf32>) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%a : memref<1024x1024xf32>) outs(%c : memref<1024xf32>) {
  ^bb0(%x: f32, %sum: f32):
    %0 = arith.addf %x, %sum : f32
    linalg.yield %0 : f32
  }
  return
}

// Slices of one long loop; the rest comes after them.
// CHECK-LABEL: func.func @slices
// CHECK: scf.parallel
// CHECK: scf.for
// CHECK: math.exp
// CHECK: scf.reduce
// CHECK: scf.for
// CHECK: math.exp
func.func @slices(%a: memref<1000003xf32>, %c: memref<1000003xf32>) {
  linalg.generic {indexing_maps = [#flat, #flat], iterator_types = ["parallel"]}
    ins(%a : memref<1000003xf32>) outs(%c : memref<1000003xf32>) {
  ^bb0(%x: f32, %old: f32):
    %0 = math.exp %x : f32
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func.func @keeps_sum
// CHECK-NOT: scf.parallel
func.func @keeps_sum(%a: memref<1000000xf32>, %c: memref<f32>) {
  linalg.generic {indexing_maps = [#flat, #scalar], iterator_types = ["reduction"]}
    ins(%a : memref<1000000xf32>) outs(%c : memref<f32>) {
  ^bb0(%x: f32, %sum: f32):
    %0 = arith.addf %x, %sum : f32
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func.func @keeps_little_work
// CHECK-NOT: scf.parallel
func.func @keeps_little_work(%a: memref<1000xf32>, %c: memref<1000xf32>) {
  linalg.generic {indexing_maps = [#flat, #flat], iterator_types = ["parallel"]}
    ins(%a : memref<1000xf32>) outs(%c : memref<1000xf32>) {
  ^bb0(%x: f32, %old: f32):
    %0 = math.exp %x : f32
    linalg.yield %0 : f32
  }
  return
}
