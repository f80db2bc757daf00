// RUN: tn-opt %s --canonicalize | FileCheck %s
// RUN: tn-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize | FileCheck %s --check-prefix=SIZES

// CHECK-LABEL: func.func @folds_identity(
// CHECK-SAME: %[[A:.+]]: tensor<4x?xf32>
func.func @folds_identity(%a: tensor<4x?xf32>) -> tensor<4x?xf32> {
  // CHECK: return %[[A]]
  %0 = tensornet.contract %a[p, q] -> [p, q] : (tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: func.func @keeps_diagonal
func.func @keeps_diagonal(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK: tensornet.contract
  %0 = tensornet.contract %a[i, i] -> [i, i] : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @keeps_conjugate
func.func @keeps_conjugate(%a: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  // CHECK: tensornet.contract
  %0 = tensornet.contract conj %a[i] -> [i] : (tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>
  return %0 : tensor<4xcomplex<f32>>
}

// CHECK-LABEL: func.func @keeps_prefix_in_place
func.func @keeps_prefix_in_place(%a: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: tensornet.contract %{{.+}}[i] -> [i] extents(i = 3)
  %0 = tensornet.contract %a[i] -> [i] extents(i = 3) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @folds_zero_operand
func.func @folds_zero_operand(%a: tensor<4xf32>) -> (tensor<f32>, tensor<complex<f32>>) {
  // CHECK-DAG: arith.constant dense<0.000000e+00> : tensor<f32>
  // CHECK-DAG: arith.constant dense<(0.000000e+00,0.000000e+00)> : tensor<complex<f32>>
  // CHECK-NOT: tensornet.contract
  %zero = arith.constant dense<-0.0> : tensor<4xf32>
  %0 = tensornet.contract %a[i], %zero[i] -> [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  %z = arith.constant dense<(0.0, 0.0)> : tensor<4xcomplex<f32>>
  %1 = tensornet.contract %z[i] -> [] : (tensor<4xcomplex<f32>>) -> tensor<complex<f32>>
  return %0, %1 : tensor<f32>, tensor<complex<f32>>
}

// CHECK-LABEL: func.func @folds_empty_sum
func.func @folds_empty_sum(%a: tensor<4x0xi32>) -> tensor<4xi32> {
  // CHECK: arith.constant dense<0> : tensor<4xi32>
  // CHECK-NOT: tensornet.contract
  %0 = tensornet.contract %a[i, j] -> [i] : (tensor<4x0xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}

// CHECK-LABEL: func.func @folds_out_of_bounds
func.func @folds_out_of_bounds(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<3xf32>) {
  // CHECK-NOT: tensornet.contract
  %0 = tensornet.contract %a[i + 4] -> [i] : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tensornet.contract %a[i] -> [i + 3] : (tensor<4xf32>) -> tensor<3xf32>
  return %0, %1 : tensor<4xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @drops_redundant_extents
func.func @drops_redundant_extents(%a: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: tensornet.contract %{{.+}}[i], %{{.+}}[i] -> [i] : (tensor<4xf32>
  %0 = tensornet.contract %a[i], %a[i] -> [i] extents(i = 4) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @makes_constant_extents_static
func.func @makes_constant_extents_static(%a: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: tensornet.contract %{{.+}}[i + j] -> [i] extents(j = 3) : (tensor<?xf32>) -> tensor<5xf32>
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %0 = tensornet.contract %a[i + j] -> [i] extents(i = %c5, j = %c3) sizes(%c5) : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// A negative extent is an error of the run, not of the compiler.
// CHECK-LABEL: func.func @keeps_negative_extent
func.func @keeps_negative_extent(%a: tensor<?xf32>) -> tensor<f32> {
  // CHECK: extents(i = %{{.+}})
  %c = arith.constant -1 : index
  %0 = tensornet.contract %a[i] -> [] extents(i = %c) : (tensor<?xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @reads_through_cast(
// CHECK-SAME: %[[A:.+]]: tensor<4xf32>
func.func @reads_through_cast(%a: tensor<4xf32>) -> tensor<f32> {
  // CHECK: tensornet.contract %[[A]][i], %[[A]][i] -> [] : (tensor<4xf32>, tensor<4xf32>)
  %0 = tensor.cast %a : tensor<4xf32> to tensor<?xf32>
  %1 = tensornet.contract %0[i], %a[i] -> [] : (tensor<?xf32>, tensor<4xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// CHECK-LABEL: func.func @keeps_cast_where_sizes_disagree
func.func @keeps_cast_where_sizes_disagree(%a: tensor<4xf32>, %b: tensor<5xf32>) -> tensor<f32> {
  // CHECK: tensor.cast
  %0 = tensor.cast %a : tensor<4xf32> to tensor<?xf32>
  %1 = tensornet.contract %0[i], %b[i] -> [] : (tensor<?xf32>, tensor<5xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

// A size asked of a result keeps no data alive.
func.func @size_of_result(%a: tensor<?x?xf32>, %n: index) -> (index, index) {
  // SIZES-LABEL: func.func @size_of_result(
  // SIZES-SAME: %[[A:.+]]: tensor<?x?xf32>, %[[N:.+]]: index
  // SIZES: %[[D:.+]] = tensor.dim %[[A]], %c1
  // SIZES-NEXT: return %[[D]], %[[N]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = tensornet.contract %a[j, i] -> [i, k] sizes(%n) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %d0 = tensor.dim %0, %c0 : tensor<?x?xf32>
  %d1 = tensor.dim %0, %c1 : tensor<?x?xf32>
  return %d0, %d1 : index, index
}
