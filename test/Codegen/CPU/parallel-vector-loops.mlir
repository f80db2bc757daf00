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

// Slices of one long loop; the last one may be shorter.
// CHECK-LABEL: func.func @slices
// CHECK: scf.parallel
// CHECK: arith.minsi
// CHECK: scf.for
// CHECK: math.exp
// CHECK: scf.reduce
func.func @slices(%a: memref<1000003xf32>, %c: memref<1000003xf32>) {
  linalg.generic {indexing_maps = [#flat, #flat], iterator_types = ["parallel"]}
    ins(%a : memref<1000003xf32>) outs(%c : memref<1000003xf32>) {
  ^bb0(%x: f32, %old: f32):
    %0 = math.exp %x : f32
    linalg.yield %0 : f32
  }
  return
}

// A sum of rows that come from memory has few slices, with long pieces of each
// row; one that the second cache holds has many.
// CHECK-LABEL: func.func @column_sums
// CHECK: %[[FEW:c[0-9]+]] = arith.constant 2 : index
// CHECK: scf.parallel (%{{.+}}) = (%{{.+}}) to (%[[FEW]])
// CHECK: scf.for %{{.+}} to %c2048
func.func @column_sums(%a: memref<2048x4096xf32>, %c: memref<4096xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, #row], iterator_types = ["parallel", "reduction"]}
    ins(%a : memref<2048x4096xf32>) outs(%c : memref<4096xf32>) {
  ^bb0(%x: f32, %sum: f32):
    %0 = arith.addf %x, %sum : f32
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func.func @near_column_sums
// CHECK: %[[MANY:c[0-9]+]] = arith.constant 16 : index
// CHECK: scf.parallel (%{{.+}}) = (%{{.+}}) to (%[[MANY]])
func.func @near_column_sums(%a: memref<128x4096xf32>, %c: memref<4096xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, #row], iterator_types = ["parallel", "reduction"]}
    ins(%a : memref<128x4096xf32>) outs(%c : memref<4096xf32>) {
  ^bb0(%x: f32, %sum: f32):
    %0 = arith.addf %x, %sum : f32
    linalg.yield %0 : f32
  }
  return
}

// A fill of 1 MB is worth sharing out; LLVM writes the small one.
// CHECK-LABEL: func.func @fills
// CHECK: scf.parallel
// CHECK: vector.store
// CHECK: scf.reduce
// CHECK: linalg.generic
func.func @fills(%a: memref<64x4096xf32>, %b: memref<64x64xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [affine_map<(i, j) -> ()>, #id], iterator_types = ["parallel", "parallel"]}
    ins(%zero : f32) outs(%a : memref<64x4096xf32>) {
  ^bb0(%x: f32, %old: f32):
    linalg.yield %x : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, j) -> ()>, #id], iterator_types = ["parallel", "parallel"]}
    ins(%zero : f32) outs(%b : memref<64x64xf32>) {
  ^bb0(%x: f32, %old: f32):
    linalg.yield %x : f32
  }
  return
}

// Threads sum chunks, which are then added in order.
// CHECK-LABEL: func.func @chunks
// CHECK: memref.alloca
// CHECK: scf.parallel
// CHECK: vector.reduction
// CHECK: scf.reduce
// CHECK: scf.for
// CHECK: arith.addf
func.func @chunks(%a: memref<1000000xf32>, %c: memref<f32>) {
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

// The run decides where extents are its own.
// CHECK-LABEL: func.func @dynamic
// CHECK: %[[LARGE:.+]] = arith.cmpi sge
// CHECK: scf.if %[[LARGE]]
// CHECK: scf.parallel
// CHECK: } else {
// CHECK-NOT: scf.parallel
// CHECK: scf.for
func.func @dynamic(%a: memref<?xf32>, %c: memref<?xf32>) {
  linalg.generic {indexing_maps = [#flat, #flat], iterator_types = ["parallel"]}
    ins(%a : memref<?xf32>) outs(%c : memref<?xf32>) {
  ^bb0(%x: f32, %old: f32):
    %0 = math.exp %x : f32
    linalg.yield %0 : f32
  }
  return
}

// Rows of tiles of a transpose.
// CHECK-LABEL: func.func @transpose
// CHECK: scf.parallel
// CHECK: vector.shuffle
func.func @transpose(%a: memref<1024x1024xf32>, %c: memref<1024x1024xf32>) {
  linalg.generic {indexing_maps = [#id, affine_map<(i, j) -> (j, i)>], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<1024x1024xf32>) outs(%c : memref<1024x1024xf32>) {
  ^bb0(%x: f32, %old: f32):
    linalg.yield %x : f32
  }
  return
}
