// RUN: tn-opt %s --tensornet-cse | FileCheck %s

// (AB)C and A(BC), where AB and BC are needed elsewhere: one product of three.
// CHECK-LABEL: func.func @two_orders(
// CHECK-NEXT: %[[AB:.+]] = tensornet.contract
// CHECK-NEXT: %[[ABC:.+]] = tensornet.contract %[[AB]][i, j]
// CHECK-NEXT: %[[BC:.+]] = tensornet.contract
// CHECK-NEXT: return %[[AB]], %[[ABC]], %[[BC]], %[[ABC]]
func.func @two_orders(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<6x7xf32>) -> (tensor<4x6xf32>, tensor<4x7xf32>, tensor<5x7xf32>, tensor<4x7xf32>) {
  %ab = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %0 = tensornet.contract %ab[i, j], %c[j, k] -> [i, k] : (tensor<4x6xf32>, tensor<6x7xf32>) -> tensor<4x7xf32>
  %bc = tensornet.contract %b[i, j], %c[j, k] -> [i, k] : (tensor<5x6xf32>, tensor<6x7xf32>) -> tensor<5x7xf32>
  %1 = tensornet.contract %a[i, j], %bc[j, k] -> [i, k] : (tensor<4x5xf32>, tensor<5x7xf32>) -> tensor<4x7xf32>
  return %ab, %0, %bc, %1 : tensor<4x6xf32>, tensor<4x7xf32>, tensor<5x7xf32>, tensor<4x7xf32>
}

// The same network as one contraction, transposed; its consumer absorbs that.
// CHECK-LABEL: func.func @shared_up_to_transposition(
// CHECK-SAME: %[[V:[^:]+]]: tensor<7xf32>)
// CHECK-NEXT: %[[AB:.+]] = tensornet.contract
// CHECK-NEXT: %[[ABC:.+]] = tensornet.contract %[[AB]][i, j]
// CHECK-NEXT: %[[W:.+]] = tensornet.contract %[[ABC]][i, j], %[[V]][j] -> [i]
// CHECK-NEXT: return %[[ABC]], %[[W]]
func.func @shared_up_to_transposition(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<6x7xf32>, %v: tensor<7xf32>) -> (tensor<4x7xf32>, tensor<4xf32>) {
  %ab = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %abc = tensornet.contract %ab[i, j], %c[j, k] -> [i, k] : (tensor<4x6xf32>, tensor<6x7xf32>) -> tensor<4x7xf32>
  %cba = tensornet.contract %c[k, l], %a[i, j], %b[j, k] -> [l, i] : (tensor<6x7xf32>, tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<7x4xf32>
  %w = tensornet.contract %cba[l, i], %v[l] -> [i] : (tensor<7x4xf32>, tensor<7xf32>) -> tensor<4xf32>
  return %abc, %w : tensor<4x7xf32>, tensor<4xf32>
}

// The conjugate of a product is the product of conjugates.
// CHECK-LABEL: func.func @conjugates(
// CHECK-NEXT: %[[AB:.+]] = tensornet.contract
// CHECK-NEXT: %[[T:.+]] = tensornet.contract conj %[[AB]]
// CHECK-NEXT: return %[[AB]], %[[T]], %[[T]]
func.func @conjugates(%a: tensor<4x4xcomplex<f32>>, %b: tensor<4x4xcomplex<f32>>, %c: tensor<4x4xcomplex<f32>>) -> (tensor<4x4xcomplex<f32>>, tensor<4x4xcomplex<f32>>, tensor<4x4xcomplex<f32>>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x4xcomplex<f32>>, tensor<4x4xcomplex<f32>>) -> tensor<4x4xcomplex<f32>>
  %1 = tensornet.contract conj %0[i, j], %c[j, k] -> [i, k] : (tensor<4x4xcomplex<f32>>, tensor<4x4xcomplex<f32>>) -> tensor<4x4xcomplex<f32>>
  %2 = tensornet.contract %c[j, k], conj %b[l, j], conj %a[i, l] -> [i, k] : (tensor<4x4xcomplex<f32>>, tensor<4x4xcomplex<f32>>, tensor<4x4xcomplex<f32>>) -> tensor<4x4xcomplex<f32>>
  return %0, %1, %2 : tensor<4x4xcomplex<f32>>, tensor<4x4xcomplex<f32>>, tensor<4x4xcomplex<f32>>
}

// Rounding in between is no part of the sum.
// CHECK-LABEL: func.func @keeps_rounding(
// CHECK-COUNT-4: tensornet.contract
func.func @keeps_rounding(%a: tensor<4x4xf16>, %b: tensor<4x4xf16>, %c: tensor<4x4xf16>) -> (tensor<4x4xf16>, tensor<4x4xf16>, tensor<4x4xf16>, tensor<4x4xf16>) {
  %ab = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x4xf16>, tensor<4x4xf16>) -> tensor<4x4xf16>
  %0 = tensornet.contract %ab[i, j], %c[j, k] -> [i, k] : (tensor<4x4xf16>, tensor<4x4xf16>) -> tensor<4x4xf16>
  %bc = tensornet.contract %b[i, j], %c[j, k] -> [i, k] : (tensor<4x4xf16>, tensor<4x4xf16>) -> tensor<4x4xf16>
  %1 = tensornet.contract %a[i, j], %bc[j, k] -> [i, k] : (tensor<4x4xf16>, tensor<4x4xf16>) -> tensor<4x4xf16>
  return %ab, %0, %bc, %1 : tensor<4x4xf16>, tensor<4x4xf16>, tensor<4x4xf16>, tensor<4x4xf16>
}

// Nor is a broadcast, whose index has its extent from the result alone.
// CHECK-LABEL: func.func @keeps_broadcasts(
// CHECK-COUNT-4: tensornet.contract
func.func @keeps_broadcasts(%v: tensor<4xf32>) -> (tensor<4x5xf32>, tensor<4x6xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = tensornet.contract %v[i], %v[i] -> [i, j] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4x5xf32>
  %1 = tensornet.contract %v[i], %v[i] -> [i, j] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4x6xf32>
  %2 = tensornet.contract %0[i, j] -> [i] : (tensor<4x5xf32>) -> tensor<4xf32>
  %3 = tensornet.contract %1[i, j] -> [i] : (tensor<4x6xf32>) -> tensor<4xf32>
  return %0, %1, %2, %3 : tensor<4x5xf32>, tensor<4x6xf32>, tensor<4xf32>, tensor<4xf32>
}
