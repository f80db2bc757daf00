// RUN: tn-opt %s --tensornet-simplify | FileCheck %s
// RUN: tn-opt %s --tensornet-simplify=flatten=false | FileCheck %s

// CHECK-LABEL: func.func @drops_delta
// CHECK-NEXT: return %arg0
func.func @drops_delta(%a: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
  %r = tensornet.contract %id[i, j], %a[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x5xf32>) -> tensor<4x5xf32>
  return %r : tensor<4x5xf32>
}

// CHECK-LABEL: func.func @drops_delta_with_two_uses
// CHECK-NEXT: return %arg0, %arg1
func.func @drops_delta_with_two_uses(%a: tensor<4x5xf32>, %b: tensor<4xf32>) -> (tensor<4x5xf32>, tensor<4xf32>) {
  %id = tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
  %0 = tensornet.contract %id[i, j], %a[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x5xf32>) -> tensor<4x5xf32>
  %1 = tensornet.contract %id[i, j], %b[j] -> [i] : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4x5xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @drops_dynamic_delta
// CHECK-NEXT: return %arg0
func.func @drops_dynamic_delta(%a: tensor<?x5xf32>, %n: index) -> tensor<?x5xf32> {
  %id = tensornet.contract -> [i, i] sizes(%n) : () -> tensor<?x?xf32>
  %r = tensornet.contract %id[i, j], %a[j, k] -> [i, k] : (tensor<?x?xf32>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return %r : tensor<?x5xf32>
}

// CHECK-LABEL: func.func @drops_product_of_deltas
// CHECK-NEXT: return %arg0
func.func @drops_product_of_deltas(%a: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %id = tensornet.contract -> [i, j, i, j] : () -> tensor<4x5x4x5xf32>
  %r = tensornet.contract %id[i, j, k, l], %a[k, l] -> [i, j] : (tensor<4x5x4x5xf32>, tensor<4x5xf32>) -> tensor<4x5xf32>
  return %r : tensor<4x5xf32>
}

// The zeros of the result stay symbolic.
// CHECK-LABEL: func.func @keeps_delta_symbolic
// CHECK-NEXT: tensornet.contract %arg0[i] -> [i, i]
func.func @keeps_delta_symbolic(%x: tensor<4xf32>) -> tensor<4x4xf32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
  %r = tensornet.contract %x[i], %id[i, j] -> [i, j] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @merges_deltas
// CHECK-NEXT: tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
// CHECK-NEXT: return
func.func @merges_deltas() -> tensor<4x4xf32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
  %r = tensornet.contract %id[i, j], %id[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @trace_of_delta
// CHECK: arith.constant dense<4.000000e+00> : tensor<f32>
// CHECK-NEXT: return
func.func @trace_of_delta() -> tensor<f32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
  %r = tensornet.contract %id[i, j] -> [] : (tensor<4x4xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: func.func @substitutes_affine_subscript_of_delta
// CHECK-NEXT: tensornet.contract %arg0[i], %arg1[j], %arg2[i + j] -> []
func.func @substitutes_affine_subscript_of_delta(%a: tensor<4xf32>, %b: tensor<5xf32>, %c: tensor<8xf32>) -> tensor<f32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<8x8xf32>
  %r = tensornet.contract %a[i], %b[j], %id[i + j, k], %c[k] -> [] : (tensor<4xf32>, tensor<5xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: func.func @keeps_delta_without_solution
// CHECK: %[[ID:.+]] = tensornet.contract -> [i, i] : () -> tensor<8x8xf32>
// CHECK: tensornet.contract %arg0[i], %arg1[j], %[[ID]][2 * i, 3 * j] -> []
func.func @keeps_delta_without_solution(%a: tensor<4xf32>, %b: tensor<3xf32>) -> tensor<f32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<8x8xf32>
  %r = tensornet.contract %a[i], %b[j], %id[2 * i, 3 * j] -> [] : (tensor<4xf32>, tensor<3xf32>, tensor<8x8xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: func.func @drops_ones
// CHECK-NEXT: tensornet.contract %arg0[i, j] -> [j]
func.func @drops_ones(%a: tensor<4x5xf32>) -> tensor<5xf32> {
  %one = tensornet.contract -> [i] : () -> tensor<4xf32>
  %r = tensornet.contract %one[j], %a[j, k] -> [k] : (tensor<4xf32>, tensor<4x5xf32>) -> tensor<5xf32>
  return %r : tensor<5xf32>
}

// CHECK-LABEL: func.func @drops_scalar_ones
// CHECK-NEXT: return %arg0
func.func @drops_scalar_ones(%a: tensor<5xf32>) -> tensor<5xf32> {
  %one = tensornet.contract -> [] : () -> tensor<f32>
  %r = tensornet.contract %one[], %a[k] -> [k] : (tensor<f32>, tensor<5xf32>) -> tensor<5xf32>
  return %r : tensor<5xf32>
}

// CHECK-LABEL: func.func @drops_ones_in_bounds
// CHECK-NEXT: tensornet.contract %arg0[i], %arg1[j] -> [i, j]
func.func @drops_ones_in_bounds(%a: tensor<4xf32>, %b: tensor<5xf32>) -> tensor<4x5xf32> {
  %one = tensornet.contract -> [i] : () -> tensor<8xf32>
  %r = tensornet.contract %a[i], %b[j], %one[i + j] -> [i, j] : (tensor<4xf32>, tensor<5xf32>, tensor<8xf32>) -> tensor<4x5xf32>
  return %r : tensor<4x5xf32>
}

// CHECK-LABEL: func.func @keeps_mask
// CHECK: %[[ONES:.+]] = tensornet.contract -> [i]
// CHECK: tensornet.contract %arg0[i, j], %[[ONES]][i - j] -> [i, j]
func.func @keeps_mask(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %one = tensornet.contract -> [i] : () -> tensor<4xf32>
  %r = tensornet.contract %a[i, j], %one[i - j] -> [i, j] : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @keeps_smaller_ones
// CHECK: tensornet.contract %arg0[i] -> [i] extents(i = 3) : (tensor<4xf32>) -> tensor<4xf32>
func.func @keeps_smaller_ones(%a: tensor<4xf32>) -> tensor<4xf32> {
  %one = tensornet.contract -> [i] : () -> tensor<3xf32>
  %r = tensornet.contract %a[i], %one[i] -> [i] extents(i = 4) : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// What alone states an extent stays, for the run to compare it with that of the
// dynamic dimension.
// CHECK-LABEL: func.func @keeps_stated_extents
// CHECK: %[[ONE:.+]] = tensornet.contract -> [i] : () -> tensor<5xf32>
// CHECK: tensornet.contract %arg0[i], %[[ONE]][i] -> []
// CHECK: tensornet.contract %arg0[i], %{{.+}}[i] -> [] : (tensor<?xf32>, tensor<5xf32>)
// CHECK: %[[VIEW:.+]] = tensornet.contract %arg0[i] -> [i] : (tensor<?xf32>) -> tensor<5xf32>
// CHECK: tensornet.contract %[[VIEW]][i], %arg1[i] -> []
func.func @keeps_stated_extents(%a: tensor<?xf32>, %b: tensor<?xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  %one = tensornet.contract -> [u] : () -> tensor<5xf32>
  %0 = tensornet.contract %a[c], %one[c] -> [] : (tensor<?xf32>, tensor<5xf32>) -> tensor<f32>
  %two = arith.constant dense<2.0> : tensor<5xf32>
  %1 = tensornet.contract %a[c], %two[c] -> [] : (tensor<?xf32>, tensor<5xf32>) -> tensor<f32>
  %view = tensornet.contract %a[i] -> [i] : (tensor<?xf32>) -> tensor<5xf32>
  %2 = tensornet.contract %view[c], %b[c] -> [] : (tensor<5xf32>, tensor<?xf32>) -> tensor<f32>
  return %0, %1, %2 : tensor<f32>, tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @drops_what_others_state
// CHECK-NEXT: tensornet.contract %arg0[i], %arg1[i] -> []
func.func @drops_what_others_state(%a: tensor<?xf32>, %b: tensor<5xf32>) -> tensor<f32> {
  %one = tensornet.contract -> [u] : () -> tensor<5xf32>
  %0 = tensornet.contract %a[c], %b[c], %one[c] -> [] : (tensor<?xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
