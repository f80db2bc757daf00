// RUN: tn-opt %s --tensornet-simplify | FileCheck %s
// RUN: tn-opt %s --tensornet-simplify=flatten=false | FileCheck %s

// CHECK-LABEL: func.func @reads_through_transpose
// CHECK: tensornet.contract %arg0[i, j], %arg1[i, k] -> [j, k]
// CHECK-NEXT: return
func.func @reads_through_transpose(%a: tensor<4x5xf32>, %b: tensor<4x6xf32>) -> tensor<5x6xf32> {
  %t = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x5xf32>) -> tensor<5x4xf32>
  %r = tensornet.contract %t[i, j], %b[j, k] -> [i, k] : (tensor<5x4xf32>, tensor<4x6xf32>) -> tensor<5x6xf32>
  return %r : tensor<5x6xf32>
}

// CHECK-LABEL: func.func @reads_through_shared_transpose
// CHECK-DAG: tensornet.contract %arg0[i, j], %arg1[i, k] -> [j, k]
// CHECK-DAG: tensornet.contract %arg0[i, j] -> [j, i]
func.func @reads_through_shared_transpose(%a: tensor<4x5xf32>, %b: tensor<4x6xf32>) -> (tensor<5x6xf32>, tensor<5x4xf32>) {
  %t = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x5xf32>) -> tensor<5x4xf32>
  %r = tensornet.contract %t[i, j], %b[j, k] -> [i, k] : (tensor<5x4xf32>, tensor<4x6xf32>) -> tensor<5x6xf32>
  return %r, %t : tensor<5x6xf32>, tensor<5x4xf32>
}

// CHECK-LABEL: func.func @undoes_transpose
// CHECK-NEXT: return %arg0
func.func @undoes_transpose(%a: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %0 = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x5xf32>) -> tensor<5x4xf32>
  %1 = tensornet.contract %0[i, j] -> [j, i] : (tensor<5x4xf32>) -> tensor<4x5xf32>
  return %1 : tensor<4x5xf32>
}

// No diagonal matrix is made.
// CHECK-LABEL: func.func @reads_through_diagonal
// CHECK-NEXT: tensornet.contract %arg0[i], %arg1[i, j] -> [i, j]
// CHECK-NEXT: return
func.func @reads_through_diagonal(%v: tensor<4xf32>, %b: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %0 = tensornet.contract %v[i] -> [i, i] : (tensor<4xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %0[i, j], %b[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Summing a broadcast multiplies by the extent.
// CHECK-LABEL: func.func @reads_through_broadcast
// CHECK: %[[N:.+]] = arith.constant dense<5.000000e+00> : tensor<f32>
// CHECK: tensornet.contract %[[N]][], %arg0[i] -> [i]
func.func @reads_through_broadcast(%v: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract %v[i] -> [i, j] : (tensor<4xf32>) -> tensor<4x5xf32>
  %1 = tensornet.contract %0[i, j] -> [i] : (tensor<4x5xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @counts_dynamic_broadcast
// CHECK: %[[ONES:.+]] = tensornet.contract -> [i] sizes(%arg1) : () -> tensor<?xf32>
// CHECK: tensornet.contract %arg0[i], %[[ONES]][j] -> [i]
func.func @counts_dynamic_broadcast(%v: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %0 = tensornet.contract %v[i] -> [i, j] sizes(%n) : (tensor<4xf32>) -> tensor<4x?xf32>
  %1 = tensornet.contract %0[i, j] -> [i] : (tensor<4x?xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @merges_padding_into_convolution
// CHECK-NEXT: tensornet.contract %arg0[i + j - 1], %arg1[j] -> [i]
// CHECK-NEXT: return
func.func @merges_padding_into_convolution(%x: tensor<8xf32>, %w: tensor<3xf32>) -> tensor<8xf32> {
  %p = tensornet.contract %x[i] -> [i + 1] : (tensor<8xf32>) -> tensor<10xf32>
  %y = tensornet.contract %p[h + k], %w[k] -> [h] : (tensor<10xf32>, tensor<3xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// The slice ends at 3, so that one tap of the last window meets nothing.
// CHECK-LABEL: func.func @keeps_bounds_of_slice
// CHECK: %[[ONES:.+]] = tensornet.contract -> [i] : () -> tensor<3xf32>
// CHECK: tensornet.contract %arg0[i + j], %arg1[j], %[[ONES]][i + j] -> [i]
func.func @keeps_bounds_of_slice(%x: tensor<8xf32>, %w: tensor<2xf32>) -> tensor<3xf32> {
  %p = tensornet.contract %x[i] -> [i] extents(i = 3) : (tensor<8xf32>) -> tensor<3xf32>
  %y = tensornet.contract %p[h + k], %w[k] -> [h] : (tensor<3xf32>, tensor<2xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @reads_through_slice
// CHECK: tensornet.contract %arg0[i], %arg1[i] -> [] extents(i = 3)
func.func @reads_through_slice(%x: tensor<8xf32>, %w: tensor<3xf32>) -> tensor<f32> {
  %p = tensornet.contract %x[i] -> [i] extents(i = 3) : (tensor<8xf32>) -> tensor<3xf32>
  %y = tensornet.contract %p[i], %w[i] -> [] : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// One multiplication serves both readers.
// CHECK-LABEL: func.func @keeps_shared_scaled_view
// CHECK-COUNT-3: tensornet.contract
func.func @keeps_shared_scaled_view(%a: tensor<4xf32>, %s: tensor<f32>, %b: tensor<4xf32>) -> (tensor<f32>, tensor<f32>) {
  %0 = tensornet.contract %s[], %a[i] -> [i] : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = tensornet.contract %0[i], %b[i] -> [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  %2 = tensornet.contract %0[i], %a[i] -> [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %1, %2 : tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @keeps_affine_view_with_two_uses
// CHECK: %[[P:.+]] = tensornet.contract %arg0[i] -> [i + 1]
// CHECK: tensornet.contract %[[P]][i], %arg1[i] -> []
func.func @keeps_affine_view_with_two_uses(%x: tensor<8xf32>, %w: tensor<10xf32>) -> (tensor<f32>, tensor<10xf32>) {
  %p = tensornet.contract %x[i] -> [i + 1] : (tensor<8xf32>) -> tensor<10xf32>
  %y = tensornet.contract %p[i], %w[i] -> [] : (tensor<10xf32>, tensor<10xf32>) -> tensor<f32>
  return %y, %p : tensor<f32>, tensor<10xf32>
}

// CHECK-LABEL: func.func @keeps_view_without_solution
// CHECK: %[[P:.+]] = tensornet.contract %arg0[i] -> [2 * i]
// CHECK: tensornet.contract %[[P]][3 * i], %arg1[i] -> []
func.func @keeps_view_without_solution(%x: tensor<8xf32>, %w: tensor<5xf32>) -> tensor<f32> {
  %p = tensornet.contract %x[i] -> [2 * i] : (tensor<8xf32>) -> tensor<15xf32>
  %y = tensornet.contract %p[3 * i], %w[i] -> [] : (tensor<15xf32>, tensor<5xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: func.func @keeps_view_that_overflows
// CHECK-COUNT-2: tensornet.contract
func.func @keeps_view_that_overflows(%x: tensor<8xf32>) -> tensor<1xf32> {
  %p = tensornet.contract %x[9223372036854775807 * i] -> [i] : (tensor<8xf32>) -> tensor<2xf32>
  %y = tensornet.contract %p[2 * i] -> [i] : (tensor<2xf32>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}
