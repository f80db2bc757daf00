// RUN: tn-opt %s --tensornet-vector-loops=vector-width=512 | FileCheck %s

#ij = affine_map<(i, j) -> (i, j)>
#ji = affine_map<(i, j) -> (j, i)>
#i = affine_map<(i, j) -> (i)>
#j = affine_map<(i, j) -> (j)>

// Adjacent loops become one; math on vectors; the rest of a row is masked.
// CHECK-LABEL: func.func @elementwise
// CHECK: %[[END:.+]] = arith.constant 48 : index
// CHECK: scf.for %{{.+}} = %{{.+}} to %[[END]]
// CHECK: math.exp {{.*}} : vector<16xf32>
// CHECK: vector.store
// CHECK: vector.constant_mask [2] : vector<16xi1>
// CHECK: vector.maskedstore
// CHECK-NOT: linalg.generic
func.func @elementwise(%a: memref<5x10xf32>, %b: memref<5x10xf32>) {
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<5x10xf32>) outs(%b : memref<5x10xf32>) {
  ^bb0(%x: f32, %y: f32):
    %e = math.exp %x : f32
    linalg.yield %e : f32
  }
  return
}

// A row is summed in registers.
// CHECK-LABEL: func.func @row_sums
// CHECK: scf.for
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-4: arith.addf {{.*}} : vector<16xf32>
// CHECK: vector.reduction <add>
func.func @row_sums(%a: memref<8x640xf32>, %b: memref<8xf32>) {
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
    ins(%a : memref<8x640xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %y, %x fastmath<reassoc> : f32
    linalg.yield %s : f32
  }
  return
}

// Columns are summed a block at a time.
// CHECK-LABEL: func.func @column_sums
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-4: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: vector.reduction
func.func @column_sums(%a: memref<8x64xf32>, %b: memref<64xf32>) {
  linalg.generic {indexing_maps = [#ij, #j], iterator_types = ["reduction", "parallel"]}
    ins(%a : memref<8x64xf32>) outs(%b : memref<64xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %y, %x fastmath<reassoc> : f32
    linalg.yield %s : f32
  }
  return
}

// A transpose has no loop along which both operands are contiguous.
// CHECK-LABEL: func.func @keeps_transpose
// CHECK: linalg.generic
func.func @keeps_transpose(%a: memref<8x64xf32>, %b: memref<64x8xf32>) {
  linalg.generic {indexing_maps = [#ij, #ji], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x64xf32>) outs(%b : memref<64x8xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}

// Math without a vector form stays with the loops of linalg.
// CHECK-LABEL: func.func @keeps_erf
// CHECK: linalg.generic
func.func @keeps_erf(%a: memref<8x64xf32>) {
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x64xf32>) outs(%a : memref<8x64xf32>) {
  ^bb0(%x: f32, %y: f32):
    %e = math.erf %x : f32
    linalg.yield %e : f32
  }
  return
}

// An index is a number of every lane.
// CHECK-LABEL: func.func @index
// CHECK: scf.for %[[I:.+]] =
// CHECK: scf.for %[[J:.+]] =
// CHECK: %[[LANES:.+]] = vector.step : vector<16xindex>
// CHECK: arith.cmpi sge, %{{.+}}, %{{.+}} : vector<16xindex>
// CHECK: arith.select %{{.+}}, %{{.+}}, %{{.+}} : vector<16xi1>, vector<16xf32>
// CHECK: vector.store
func.func @index(%a: memref<8x32xf32>, %b: memref<8x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%a : memref<8x32xf32>) outs(%b : memref<8x32xf32>) {
  ^bb0(%x: f32, %y: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %d = affine.apply affine_map<(i, j) -> (i - j)>(%i, %j)
    %in = arith.cmpi sge, %d, %c0 : index
    %s = arith.select %in, %x, %zero : f32
    linalg.yield %s : f32
  }
  return
}

// An affine subscript of an operand moves it by sums of strides.
// CHECK-LABEL: func.func @window
// CHECK: vector.load
// CHECK: arith.addf {{.*}} : vector<16xf32>
// CHECK-NOT: linalg.generic
func.func @window(%a: memref<34xf32>, %w: memref<3xf32>, %b: memref<32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i + j)>, #j, #i],
                  iterator_types = ["parallel", "reduction"]}
    ins(%a, %w : memref<34xf32>, memref<3xf32>) outs(%b : memref<32xf32>) {
  ^bb0(%x: f32, %f: f32, %y: f32):
    %p = arith.mulf %x, %f : f32
    %s = arith.addf %p, %y : f32
    linalg.yield %s : f32
  }
  return
}
