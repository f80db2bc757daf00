// RUN: tn-opt %s --tensornet-cse | FileCheck %s

// Contractions that look alike and differ: nothing merges.

// CHECK-LABEL: func.func @matrix_and_its_transpose
// CHECK-COUNT-2: tensornet.contract %{{.+}}[i], %{{.+}} -> 
func.func @matrix_and_its_transpose(%a: tensor<4x4xf32>, %v: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = tensornet.contract %v[i], %a[i, j] -> [j] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
  %1 = tensornet.contract %v[i], %a[j, i] -> [j] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @a_plus_its_transpose
// CHECK: %[[T:.+]] = tensornet.contract %[[A:.+]][i, j] -> [j, i]
// CHECK: arith.addf %[[A]], %[[T]]
func.func @a_plus_its_transpose(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = arith.addf %a, %0 : tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// One ring of six and two of three have the same tensors with the same bonds.
// CHECK-LABEL: func.func @ring_of_six_and_two_of_three
// CHECK-COUNT-2: tensornet.contract
func.func @ring_of_six_and_two_of_three(%a: tensor<4x4xf32>) -> (tensor<f32>, tensor<f32>) {
  %0 = tensornet.contract %a[i, j], %a[j, k], %a[k, l], %a[l, m], %a[m, n], %a[n, i] -> [] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<f32>
  %1 = tensornet.contract %a[i, j], %a[j, k], %a[k, i], %a[l, m], %a[m, n], %a[n, l] -> [] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}

// tr(ABCABC), and the same with the ends of C turned around.
// CHECK-LABEL: func.func @twisted_ring
// CHECK-COUNT-2: tensornet.contract
func.func @twisted_ring(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>, %c: tensor<4x4xf32>) -> (tensor<f32>, tensor<f32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k], %c[k, l], %a[l, m], %b[m, n], %c[n, i] -> [] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<f32>
  %1 = tensornet.contract %a[i, j], %b[j, k], %c[l, k], %a[l, m], %b[m, n], %c[i, n] -> [] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @diagonal_and_sum
// CHECK-COUNT-2: tensornet.contract
func.func @diagonal_and_sum(%a: tensor<4x4xf32>) -> (tensor<f32>, tensor<f32>) {
  %0 = tensornet.contract %a[i, i] -> [] : (tensor<4x4xf32>) -> tensor<f32>
  %1 = tensornet.contract %a[i, j] -> [] : (tensor<4x4xf32>) -> tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @conjugation
// CHECK-COUNT-3: tensornet.contract
func.func @conjugation(%a: tensor<4xcomplex<f32>>) -> (tensor<complex<f32>>, tensor<complex<f32>>, tensor<complex<f32>>) {
  %0 = tensornet.contract %a[i], %a[i] -> [] : (tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>) -> tensor<complex<f32>>
  %1 = tensornet.contract %a[i], conj %a[i] -> [] : (tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>) -> tensor<complex<f32>>
  %2 = tensornet.contract conj %a[i], conj %a[i] -> [] : (tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>) -> tensor<complex<f32>>
  return %0, %1, %2 : tensor<complex<f32>>, tensor<complex<f32>>, tensor<complex<f32>>
}

// CHECK-LABEL: func.func @extents
// CHECK-COUNT-4: tensornet.contract
func.func @extents(%x: tensor<9xf32>, %n: index, %m: index) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) {
  %0 = tensornet.contract %x[i], %x[i + 1] -> [] extents(i = 3) : (tensor<9xf32>, tensor<9xf32>) -> tensor<f32>
  %1 = tensornet.contract %x[i], %x[i + 1] -> [] extents(i = 4) : (tensor<9xf32>, tensor<9xf32>) -> tensor<f32>
  %2 = tensornet.contract %x[i], %x[i + 1] -> [] extents(i = %n) : (tensor<9xf32>, tensor<9xf32>) -> tensor<f32>
  %3 = tensornet.contract %x[i], %x[i + 1] -> [] extents(i = %m) : (tensor<9xf32>, tensor<9xf32>) -> tensor<f32>
  return %0, %1, %2, %3 : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @result_types
// CHECK-COUNT-3: tensornet.contract
func.func @result_types(%x: tensor<4xf32>) -> (tensor<4x5xf32>, tensor<4x6xf32>, tensor<4x5xf64>) {
  %0 = tensornet.contract %x[i], %x[i] -> [i, j] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4x5xf32>
  %1 = tensornet.contract %x[i], %x[i] -> [i, j] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4x6xf32>
  %2 = tensornet.contract %x[i], %x[i] -> [i, j] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4x5xf64>
  return %0, %1, %2 : tensor<4x5xf32>, tensor<4x6xf32>, tensor<4x5xf64>
}

// A permuted copy of a copy would be no gain.
// CHECK-LABEL: func.func @copies(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x4xf32>, %[[V:[^:]+]]: tensor<4xf32>)
// CHECK-NEXT: tensornet.contract %[[X]][i, j, k] -> [j, i, k]
// CHECK-NEXT: tensornet.contract %[[X]][i, j, k] -> [k, j, i]
// CHECK-NEXT: tensornet.contract %[[V]][i] -> [i, j]
// CHECK-NEXT: tensornet.contract %[[V]][i] -> [j, i]
func.func @copies(%x: tensor<2x3x4xf32>, %v: tensor<4xf32>) -> (tensor<3x2x4xf32>, tensor<4x3x2xf32>, tensor<4x5xf32>, tensor<5x4xf32>) {
  %0 = tensornet.contract %x[i, j, k] -> [j, i, k] : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
  %1 = tensornet.contract %0[j, i, k] -> [k, j, i] : (tensor<3x2x4xf32>) -> tensor<4x3x2xf32>
  %2 = tensornet.contract %v[i] -> [i, j] : (tensor<4xf32>) -> tensor<4x5xf32>
  %3 = tensornet.contract %v[i] -> [j, i] : (tensor<4xf32>) -> tensor<5x4xf32>
  return %0, %1, %2, %3 : tensor<3x2x4xf32>, tensor<4x3x2xf32>, tensor<4x5xf32>, tensor<5x4xf32>
}
