// RUN: tn-opt %s --tensornet-simplify | FileCheck %s

// CHECK-LABEL: func.func @keeps_producer_that_rounds
// CHECK-COUNT-2: tensornet.contract
func.func @keeps_producer_that_rounds(%a: tensor<2x3xbf16>, %b: tensor<3x4xbf16>, %c: tensor<4xf32>) -> tensor<2xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<2x3xbf16>, tensor<3x4xbf16>) -> tensor<2x4xbf16>
  %1 = tensornet.contract %0[i, j], %c[j] -> [i] : (tensor<2x4xbf16>, tensor<4xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @keeps_narrowing_copy
// CHECK-COUNT-2: tensornet.contract
func.func @keeps_narrowing_copy(%a: tensor<2x3xf64>, %c: tensor<3xf32>) -> tensor<2xf32> {
  %0 = tensornet.contract %a[i, j] -> [i, j] : (tensor<2x3xf64>) -> tensor<2x3xf32>
  %1 = tensornet.contract %0[i, j], %c[j] -> [i] : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @reads_through_half_copy
// CHECK: tensornet.contract %arg0[i, j], %arg1[i] -> [j] : (tensor<2x3xbf16>, tensor<2xbf16>) -> tensor<3xf32>
// CHECK-NEXT: return
func.func @reads_through_half_copy(%a: tensor<2x3xbf16>, %c: tensor<2xbf16>) -> tensor<3xf32> {
  %0 = tensornet.contract %a[i, j] -> [j, i] : (tensor<2x3xbf16>) -> tensor<3x2xbf16>
  %1 = tensornet.contract %0[i, j], %c[j] -> [i] : (tensor<3x2xbf16>, tensor<2xbf16>) -> tensor<3xf32>
  return %1 : tensor<3xf32>
}

// CHECK-LABEL: func.func @flattens_half_operands
// CHECK: tensornet.contract %arg0[i, j], %arg1[j, k], %arg2[k] -> [i]
// CHECK-NEXT: return
func.func @flattens_half_operands(%a: tensor<2x3xbf16>, %b: tensor<3x4xbf16>, %c: tensor<4xbf16>) -> tensor<2xbf16> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<2x3xbf16>, tensor<3x4xbf16>) -> tensor<2x4xf32>
  %1 = tensornet.contract %0[i, j], %c[j] -> [i] : (tensor<2x4xf32>, tensor<4xbf16>) -> tensor<2xbf16>
  return %1 : tensor<2xbf16>
}

// The product wraps at 8 bits; in the consumer it would not.
// CHECK-LABEL: func.func @keeps_producer_that_wraps
// CHECK-COUNT-2: tensornet.contract
func.func @keeps_producer_that_wraps(%a: tensor<2x3xi8>, %b: tensor<3x4xi8>, %c: tensor<4xi32>) -> tensor<2xi32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<2x3xi8>, tensor<3x4xi8>) -> tensor<2x4xi8>
  %1 = tensornet.contract %0[i, j], %c[j] -> [i] : (tensor<2x4xi8>, tensor<4xi32>) -> tensor<2xi32>
  return %1 : tensor<2xi32>
}

// CHECK-LABEL: func.func @flattens_equal_integers
// CHECK-COUNT-1: tensornet.contract
// CHECK-NEXT: return
func.func @flattens_equal_integers(%a: tensor<2x3xi8>, %b: tensor<3x4xi32>, %c: tensor<4xi32>) -> tensor<2xi32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<2x3xi8>, tensor<3x4xi32>) -> tensor<2x4xi32>
  %1 = tensornet.contract %0[i, j], %c[j] -> [i] : (tensor<2x4xi32>, tensor<4xi32>) -> tensor<2xi32>
  return %1 : tensor<2xi32>
}

// A contraction computes in the widest type of its tensors: a wide constant
// that goes away leaves its type behind.
// CHECK-LABEL: func.func @keeps_compute_type
// CHECK: %[[ONE:.+]] = arith.constant dense<1.000000e+00> : tensor<f64>
// CHECK: tensornet.contract %[[ONE]][], %arg0[i], %arg1[i] -> []
func.func @keeps_compute_type(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<f32> {
  %ones = tensornet.contract -> [i] : () -> tensor<4xf64>
  %0 = tensornet.contract %a[i], %b[i], %ones[i] -> [] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf64>) -> tensor<f32>
  return %0 : tensor<f32>
}
