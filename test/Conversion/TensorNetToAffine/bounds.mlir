// RUN: tn-opt %s --convert-tensornet-to-affine | FileCheck %s

// CHECK-DAG: #[[$CONV:.+]] = affine_set<(d0, d1) : (d0 * 2 + d1 - 1 >= 0, -(d0 * 2 + d1 - 1) + 8 >= 0)>
// CHECK-DAG: #[[$SLICE:.+]] = affine_set<(d0)[s0] : (-d0 + s0 - 1 >= 0)>
// CHECK-DAG: #[[$BOUNDED:.+]] = affine_set<(d0, d1)[s0] : (d0 - d1 + s0 >= 0)>
// CHECK-DAG: #[[$CONSTANT:.+]] = affine_set<()[s0] : (s0 - 4 >= 0)>
// CHECK-DAG: #[[$SHIFT:.+]] = affine_set<(d0) : (-(d0 + 2) + 3 >= 0)>

// CHECK-LABEL: func.func @convolution
// CHECK: affine.for %[[H:.+]] = 0 to 5
// CHECK: affine.for %[[K:.+]] = 0 to 3
// CHECK-NEXT: affine.if #[[$CONV]](%[[H]], %[[K]])
// CHECK-NEXT: affine.load %{{.+}}[%[[H]] * 2 + %[[K]] - 1]
func.func @convolution(%x: memref<9xf32>, %w: memref<3xf32>, %y: memref<5xf32>) {
  tensornet.contract_into %x[2 * h + k - 1], %w[k] -> [h] outs(%y)
      : (memref<9xf32>, memref<3xf32>, memref<5xf32>) -> ()
  return
}

// CHECK-LABEL: func.func @convolution_within_bounds
// CHECK-NOT: affine.if
func.func @convolution_within_bounds(%x: memref<7xf32>, %w: memref<3xf32>, %y: memref<5xf32>) {
  tensornet.contract_into %x[h + k], %w[k] -> [h] outs(%y)
      : (memref<7xf32>, memref<3xf32>, memref<5xf32>) -> ()
  return
}

// CHECK-LABEL: func.func @slice_of_dynamic_size
// CHECK: %[[N:.+]] = memref.dim
// CHECK: affine.if #[[$SLICE]](%{{.+}})[%[[N]]]
func.func @slice_of_dynamic_size(%x: memref<?xf32>, %y: memref<6xf32>) {
  tensornet.contract_into %x[i] -> [i] extents(i = 6) outs(%y)
      : (memref<?xf32>, memref<6xf32>) -> ()
  return
}

// CHECK-LABEL: func.func @constant_subscript
// CHECK: affine.if #[[$CONSTANT]]()[%{{.+}}]
// CHECK-NEXT: affine.load %{{.+}}[3]
func.func @constant_subscript(%x: memref<?xf32>, %y: memref<f32>) {
  tensornet.contract_into %x[3] -> [] outs(%y) : (memref<?xf32>, memref<f32>) -> ()
  return
}

// CHECK-LABEL: func.func @scatter_out_of_range
// CHECK: affine.if #[[$SHIFT]](%{{.+}})
func.func @scatter_out_of_range(%x: memref<3xf32>, %y: memref<4xf32>) {
  tensornet.contract_into %x[i] -> [i + 2] outs(%y) : (memref<3xf32>, memref<4xf32>) -> ()
  return
}

// An extent computed in a loop is no affine symbol.
// CHECK-LABEL: func.func @extent_computed_in_loop
// CHECK: scf.for
// CHECK: %[[N:.+]] = arith.muli
// CHECK: scf.for %{{.+}} = %{{.+}} to %[[N]]
// CHECK: arith.cmpi slt
// CHECK: scf.if
// CHECK: memref.load
// CHECK: memref.store
func.func @extent_computed_in_loop(%x: memref<9xf32>, %y: memref<f32>, %from: index, %to: index) {
  %c1 = arith.constant 1 : index
  scf.for %t = %from to %to step %c1 {
    %n = arith.muli %t, %t : index
    tensornet.contract_into %x[i] -> [] extents(i = %n) outs(%y)
        : (memref<9xf32>, memref<f32>) -> ()
  }
  return
}

// What is in bounds needs no guard.
// CHECK-LABEL: func.func @in_bounds
// CHECK-NOT: affine.if
// CHECK: return
func.func @in_bounds(%x: memref<?xf32>, %w: memref<?xf32>, %y: memref<?xf32>) {
  tensornet.contract_into %x[i + k], %w[k] -> [i] outs(%y) {in_bounds}
      : (memref<?xf32>, memref<?xf32>, memref<?xf32>) -> ()
  return
}

// Points outside of bounds are left out.
// CHECK-LABEL: func.func @bounded
// CHECK-SAME: %[[ROW:[^ ]+]]: index)
// CHECK: affine.if #[[$BOUNDED]](%{{.+}}, %{{.+}})[%[[ROW]]]
// CHECK: affine.load
// CHECK: arith.muli
// CHECK: %[[IN:.+]] = arith.cmpi sge
// CHECK: scf.if %[[IN]]
// CHECK: memref.load
func.func @bounded(%x: memref<9x9xf32>, %y: memref<9xf32>, %row: index) {
  tensornet.contract_into %x[i, j] -> [i] outs(%y) origin(%row)
      {bounds = affine_set<(d0, d1)[s0] : (d0 - d1 + s0 >= 0)>, strict_bounds} : (memref<9x9xf32>, memref<9xf32>) -> ()
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %n = %c0 to %row step %c1 {
    %twice = arith.muli %n, %n : index
    tensornet.contract_into %x[i, j] -> [i] outs(%y) origin(%twice)
        {bounds = affine_set<(d0, d1)[s0] : (d0 - d1 + s0 >= 0)>, strict_bounds} : (memref<9x9xf32>, memref<9xf32>) -> ()
  }
  return
}

// Where a delta has no point, the product is not even taken.
// CHECK-LABEL: func.func @delta
// CHECK: %[[POINT:.+]] = arith.cmpf une, %{{.+}}, %{{.+}}
// CHECK: scf.if %[[POINT]]
// CHECK: arith.mulf
// CHECK: affine.store
func.func @delta(%x: tensor<4xf32>) -> tensor<4x4xf32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
  %0 = tensornet.contract %x[i], %id[i, j] -> [i, j]
       : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
