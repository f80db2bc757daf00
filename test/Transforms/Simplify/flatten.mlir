// RUN: tn-opt %s --tensornet-simplify | FileCheck %s
// RUN: tn-opt %s --tensornet-simplify=flatten=false | FileCheck %s --check-prefix=KEEP

// CHECK-LABEL: func.func @flattens_chain
// CHECK-SAME: (%[[A:.+]]: tensor<2x3xf32>, %[[B:.+]]: tensor<3x4xf32>, %[[C:.+]]: tensor<4x5xf32>, %[[D:.+]]: tensor<5x6xf32>)
// CHECK-NEXT: tensornet.contract %[[A]][i, j], %[[B]][j, k], %[[C]][k, l], %[[D]][l, m] -> [i, m]
// CHECK-NEXT: return
// KEEP-LABEL: func.func @flattens_chain
// KEEP-COUNT-3: tensornet.contract
func.func @flattens_chain(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %c: tensor<4x5xf32>, %d: tensor<5x6xf32>) -> tensor<2x6xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = tensornet.contract %0[i, j], %c[j, k] -> [i, k] : (tensor<2x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  %2 = tensornet.contract %1[i, j], %d[j, k] -> [i, k] : (tensor<2x5xf32>, tensor<5x6xf32>) -> tensor<2x6xf32>
  return %2 : tensor<2x6xf32>
}

// CHECK-LABEL: func.func @flattens_dynamic
// CHECK-SAME: (%[[A:.+]]: tensor<?x?xf32>, %[[B:.+]]: tensor<?x?xf32>, %[[C:.+]]: tensor<?x?xf32>)
// CHECK-NEXT: tensornet.contract %[[A]][i, j], %[[B]][j, k], %[[C]][k, l] -> [l, i]
// CHECK-NEXT: return
func.func @flattens_dynamic(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>, %c: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = tensornet.contract %0[i, j], %c[j, k] -> [k, i] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}

// The size of a producer is asked for without its data.
// CHECK-LABEL: func.func @size_is_no_use
// CHECK: tensor.dim %arg0
// CHECK-COUNT-1: tensornet.contract
// CHECK-NOT: tensornet.contract
func.func @size_is_no_use(%a: tensor<?x4xf32>, %b: tensor<4x4xf32>, %c: tensor<4xf32>) -> (tensor<?xf32>, index) {
  %c0 = arith.constant 0 : index
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %n = tensor.dim %0, %c0 : tensor<?x4xf32>
  %1 = tensornet.contract %0[i, j], %c[j] -> [i] : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?xf32>
  return %1, %n : tensor<?xf32>, index
}

// The conjugate of a product is the product of the conjugates.
// CHECK-LABEL: func.func @flips_conjugation
// CHECK: tensornet.contract %arg0[i, j], conj %arg1[j, k], %arg2[k] -> [i]
func.func @flips_conjugation(%a: tensor<2x3xcomplex<f32>>, %b: tensor<3x4xcomplex<f32>>, %c: tensor<4xcomplex<f32>>) -> tensor<2xcomplex<f32>> {
  %0 = tensornet.contract conj %a[i, j], %b[j, k] -> [i, k] : (tensor<2x3xcomplex<f32>>, tensor<3x4xcomplex<f32>>) -> tensor<2x4xcomplex<f32>>
  %1 = tensornet.contract conj %0[i, j], %c[j] -> [i] : (tensor<2x4xcomplex<f32>>, tensor<4xcomplex<f32>>) -> tensor<2xcomplex<f32>>
  return %1 : tensor<2xcomplex<f32>>
}

// A diagonal that the producer writes becomes one index of the consumer.
// CHECK-LABEL: func.func @merges_repeated_index
// CHECK: tensornet.contract %arg0[i, j], %arg1[j, i], %arg2[i, k] -> [i, k]
func.func @merges_repeated_index(%a: tensor<4x3xf32>, %b: tensor<3x4xf32>, %c: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, i] -> [i, i] : (tensor<4x3xf32>, tensor<3x4xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %0[i, j], %c[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x5xf32>) -> tensor<4x5xf32>
  return %1 : tensor<4x5xf32>
}

// A trace adds no index point, so that it may join an ordered tree.
// CHECK-LABEL: func.func @joins_sum
// CHECK: tensornet.contract %arg0[i, j], %arg1[j, i] -> []
// KEEP-LABEL: func.func @joins_sum
// KEEP: tensornet.contract %arg0[i, j], %arg1[j, i] -> []
func.func @joins_sum(%a: tensor<4x3xf32>, %b: tensor<3x4xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x3xf32>, tensor<3x4xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %0[i, i] -> [] : (tensor<4x4xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// CHECK-LABEL: func.func @keeps_producer_with_two_uses
// CHECK-COUNT-2: tensornet.contract
func.func @keeps_producer_with_two_uses(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %c: tensor<4x5xf32>) -> (tensor<2x4xf32>, tensor<2x5xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = tensornet.contract %0[i, j], %c[j, k] -> [i, k] : (tensor<2x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return %0, %1 : tensor<2x4xf32>, tensor<2x5xf32>
}

// CHECK-LABEL: func.func @keeps_producer_with_kernel
// CHECK: %[[AB:.+]] = tensornet.contract %arg0[i, j], %arg1[j, k] -> [i, k] {kernel
// CHECK: tensornet.contract %[[AB]][i, j], %arg2[j, k] -> [i, k]
func.func @keeps_producer_with_kernel(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %c: tensor<4x5xf32>) -> tensor<2x5xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] {kernel = #tensornet.kernel<row_tile = [2]>} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = tensornet.contract %0[i, j], %c[j, k] -> [i, k] : (tensor<2x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return %1 : tensor<2x5xf32>
}

// What a contraction with a kernel reads is simplified for itself.
// CHECK-LABEL: func.func @keeps_contraction_with_kernel
// CHECK: %[[ABC:.+]] = tensornet.contract %arg0[i, j], %arg1[j, k], %arg2[k, l] -> [i, l]
// CHECK: tensornet.contract %[[ABC]][i, j], %arg3[j, k] -> [i, k] {kernel
func.func @keeps_contraction_with_kernel(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %c: tensor<4x5xf32>, %d: tensor<5x6xf32>) -> tensor<2x6xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = tensornet.contract %0[i, j], %c[j, k] -> [i, k] : (tensor<2x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  %2 = tensornet.contract %1[i, j], %d[j, k] -> [i, k] {kernel = #tensornet.kernel<row_tile = [2]>} : (tensor<2x5xf32>, tensor<5x6xf32>) -> tensor<2x6xf32>
  return %2 : tensor<2x6xf32>
}

// CHECK-LABEL: func.func @keeps_square_of_producer
// CHECK: %[[AX:.+]] = tensornet.contract %arg0[i, j], %arg1[j] -> [i]
// CHECK: tensornet.contract %[[AX]][i], %[[AX]][i] -> []
func.func @keeps_square_of_producer(%a: tensor<2x3xf32>, %x: tensor<3xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i, j], %x[j] -> [i] : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
  %1 = tensornet.contract %0[i], %0[i] -> [] : (tensor<2xf32>, tensor<2xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// The loop would compute the product in every iteration.
// CHECK-LABEL: func.func @keeps_producer_in_another_block
// CHECK: tensornet.contract %arg0[i, j], %arg1[j, k] -> [i, k]
// CHECK: scf.for
// CHECK: tensornet.contract
func.func @keeps_producer_in_another_block(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>, %x: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%y = %x) -> tensor<4xf32> {
    %1 = tensornet.contract %0[i, j], %y[j] -> [i] : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
    scf.yield %1 : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// Two "same"-padded convolutions: the border of the first one counts, and its
// values are shared by the points of the second one.
// CHECK-LABEL: func.func @keeps_affine_producer
// CHECK: %[[Y:.+]] = tensornet.contract %arg0[i + j - 1], %arg1[j] -> [i]
// CHECK: tensornet.contract %[[Y]][i + j - 1], %arg1[j] -> [i]
func.func @keeps_affine_producer(%x: tensor<8xf32>, %w: tensor<3xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %x[h + k - 1], %w[k] -> [h] : (tensor<8xf32>, tensor<3xf32>) -> tensor<8xf32>
  %1 = tensornet.contract %0[h + k - 1], %w[k] -> [h] : (tensor<8xf32>, tensor<3xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// Scalars ride along with the one tensor of a view.
// KEEP-LABEL: func.func @reads_through_scaled_view
// KEEP: tensornet.contract %arg2[], %arg0[i, j], %arg1[j, k] -> [i, k]
func.func @reads_through_scaled_view(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %s: tensor<f32>) -> tensor<4x6xf32> {
  %0 = tensornet.contract %s[], %a[i, j] -> [j, i] : (tensor<f32>, tensor<4x5xf32>) -> tensor<5x4xf32>
  %1 = tensornet.contract %0[j, i], %b[j, k] -> [i, k] : (tensor<5x4xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// The transpose joins the product that reads it, not the one that makes it,
// so that both products stay pairwise.
// KEEP-LABEL: func.func @keeps_producer_behind_view
// KEEP: %[[AB:.+]] = tensornet.contract %arg0[i, j], %arg1[j, k] -> [i, k]
// KEEP: tensornet.contract %[[AB]][i, j], %arg2[i, k] -> [j, k]
func.func @keeps_producer_behind_view(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<4x7xf32>) -> tensor<6x7xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %1 = tensornet.contract %0[i, j] -> [j, i] : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %2 = tensornet.contract %1[i, j], %c[j, k] -> [i, k] : (tensor<6x4xf32>, tensor<4x7xf32>) -> tensor<6x7xf32>
  return %2 : tensor<6x7xf32>
}

// KEEP-LABEL: func.func @keeps_scalar_producers
// KEEP-COUNT-3: tensornet.contract
func.func @keeps_scalar_producers(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<5xf32>, %d: tensor<5xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %b[i] -> [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  %1 = tensornet.contract %c[i], %d[i] -> [] : (tensor<5xf32>, tensor<5xf32>) -> tensor<f32>
  %2 = tensornet.contract %0[], %1[] -> [] : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %2 : tensor<f32>
}
