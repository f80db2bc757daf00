// RUN: tn-opt %s --convert-tensornet-to-linalg --canonicalize | FileCheck %s

// Ones under bare subscripts vanish.
// CHECK-LABEL: func.func @ones(
// CHECK-SAME: %[[A:.+]]: tensor<4xf32>
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[A]] : tensor<4xf32>)
// CHECK-NOT: arith.select
// CHECK: return
func.func @ones(%a: tensor<4xf32>) -> tensor<4x8xf32> {
  %ones = tensornet.contract -> [i, j] : () -> tensor<4x8xf32>
  %0 = tensornet.contract %ones[i, j], %a[i] -> [i, j]
       : (tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// A mask is a condition on indices.
// CHECK-LABEL: func.func @causal_mask(
// CHECK-SAME: %[[A:.+]]: tensor<8x8xf32>
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[A]] : tensor<8x8xf32>)
// CHECK: %[[D:.+]] = affine.apply
// CHECK: %[[IN:.+]] = arith.cmpi sge, %[[D]], %{{.+}}
// CHECK: arith.select %[[IN]]
func.func @causal_mask(%a: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %ones = tensornet.contract -> [i] : () -> tensor<8xf32>
  %0 = tensornet.contract %a[i, j], %ones[i - j] -> [i, j]
       : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// CHECK-LABEL: func.func @delta(
// CHECK-NOT: tensor<8x8xf32>)
// CHECK: linalg.generic
// CHECK: arith.cmpi eq
// CHECK: arith.select
func.func @delta(%a: tensor<8xf32>) -> tensor<8x8xf32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<8x8xf32>
  %0 = tensornet.contract %a[i], %id[i, j] -> [i, j]
       : (tensor<8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// A size of a virtual tensor needs no data.
// CHECK-LABEL: func.func @size(
// CHECK-NOT: linalg
// CHECK: return
func.func @size(%n: index) -> index {
  %c0 = arith.constant 0 : index
  %ones = tensornet.contract -> [i] sizes(%n) : () -> tensor<?xf32>
  %d = tensor.dim %ones, %c0 : tensor<?xf32>
  return %d : index
}

// Dimensions that there are not have no size to find.
// CHECK-LABEL: func.func @keeps_sizes_of_missing_dimensions
// CHECK-COUNT-2: tensor.dim
func.func @keeps_sizes_of_missing_dimensions(%n: index) -> (index, index) {
  %c1 = arith.constant 1 : index
  %negative = arith.constant -1 : index
  %ones = tensornet.contract -> [i] sizes(%n) : () -> tensor<?xf32>
  %0 = tensor.dim %ones, %c1 : tensor<?xf32>
  %1 = tensor.dim %ones, %negative : tensor<?xf32>
  return %0, %1 : index, index
}

// What leaves the function is stored.
// CHECK-LABEL: func.func @stored
// CHECK: linalg.generic
// CHECK: return %{{.+}} : tensor<4x4xf32>
func.func @stored() -> tensor<4x4xf32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
  return %id : tensor<4x4xf32>
}
