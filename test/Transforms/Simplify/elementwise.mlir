// RUN: tn-opt %s --tensornet-simplify | FileCheck %s
// RUN: tn-opt %s --tensornet-simplify=real-arithmetic=true | FileCheck %s --check-prefix=REAL

// CHECK-LABEL: func.func @scales_contraction
// CHECK: %[[C:.+]] = arith.constant dense<6.000000e+00> : tensor<f32>
// CHECK: tensornet.contract %[[C]][], %arg0[i, j], %arg1[j] -> [i]
// CHECK-NEXT: return
// REAL-LABEL: func.func @scales_contraction
func.func @scales_contraction(%a: tensor<4x5xf32>, %x: tensor<5xf32>) -> tensor<4xf32> {
  %c2 = arith.constant dense<2.0> : tensor<f32>
  %c3 = arith.constant dense<3.0> : tensor<4xf32>
  %0 = tensornet.contract %c2[], %a[i, j], %x[j] -> [i] : (tensor<f32>, tensor<4x5xf32>, tensor<5xf32>) -> tensor<4xf32>
  %1 = arith.mulf %0, %c3 fastmath<reassoc> : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @scales_strictly
// CHECK: arith.mulf
// REAL-LABEL: func.func @scales_strictly
// REAL-NOT: arith.mulf
func.func @scales_strictly(%a: tensor<4x5xf32>, %x: tensor<5xf32>) -> tensor<4xf32> {
  %c3 = arith.constant dense<3.0> : tensor<4xf32>
  %0 = tensornet.contract %a[i, j], %x[j] -> [i] : (tensor<4x5xf32>, tensor<5xf32>) -> tensor<4xf32>
  %1 = arith.mulf %0, %c3 : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @reads_through_scaling
// CHECK: %[[C:.+]] = arith.constant dense<3.000000e+00> : tensor<f32>
// CHECK: tensornet.contract %[[C]][], %arg0[i, j], %arg1[j] -> [i]
func.func @reads_through_scaling(%a: tensor<4x5xf32>, %x: tensor<5xf32>) -> tensor<4xf32> {
  %c3 = arith.constant dense<3.0> : tensor<5xf32>
  %0 = arith.mulf %x, %c3 fastmath<reassoc> : tensor<5xf32>
  %1 = tensornet.contract %a[i, j], %0[j] -> [i] : (tensor<4x5xf32>, tensor<5xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @multiplies_by_zero
// CHECK: arith.mulf
// REAL-LABEL: func.func @multiplies_by_zero
// REAL: %[[Z:.+]] = arith.constant dense<0.000000e+00>
// REAL-NEXT: return %[[Z]]
func.func @multiplies_by_zero(%x: tensor<5xf32>) -> tensor<5xf32> {
  %z = arith.constant dense<0.0> : tensor<5xf32>
  %0 = arith.mulf %x, %z fastmath<reassoc> : tensor<5xf32>
  return %0 : tensor<5xf32>
}

// CHECK-LABEL: func.func @multiplies_by_one
// CHECK-NEXT: return %arg0
func.func @multiplies_by_one(%x: tensor<5xf32>) -> tensor<5xf32> {
  %c = arith.constant dense<1.0> : tensor<5xf32>
  %0 = arith.mulf %x, %c : tensor<5xf32>
  return %0 : tensor<5xf32>
}

// CHECK-LABEL: func.func @multiplies_by_delta
// CHECK-NEXT: tensornet.contract %arg0[i, i] -> [i, i]
// CHECK-NEXT: return
func.func @multiplies_by_delta(%x: tensor<5x5xf32>) -> tensor<5x5xf32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<5x5xf32>
  %0 = arith.mulf %x, %id fastmath<reassoc> : tensor<5x5xf32>
  return %0 : tensor<5x5xf32>
}

// CHECK-LABEL: func.func @keeps_strict_product_with_delta
// CHECK: arith.mulf
func.func @keeps_strict_product_with_delta(%x: tensor<5x5xf32>) -> tensor<5x5xf32> {
  %id = tensornet.contract -> [i, i] : () -> tensor<5x5xf32>
  %0 = arith.mulf %x, %id : tensor<5x5xf32>
  return %0 : tensor<5x5xf32>
}

// CHECK-LABEL: func.func @keeps_half_product
// CHECK: arith.mulf
func.func @keeps_half_product(%a: tensor<4x5xbf16>, %x: tensor<5xbf16>) -> tensor<4xbf16> {
  %c3 = arith.constant dense<3.0> : tensor<4xbf16>
  %0 = tensornet.contract %a[i, j], %x[j] -> [i] : (tensor<4x5xbf16>, tensor<5xbf16>) -> tensor<4xbf16>
  %1 = arith.mulf %0, %c3 fastmath<reassoc> : tensor<4xbf16>
  return %1 : tensor<4xbf16>
}

// CHECK-LABEL: func.func @keeps_scaling_of_shared_contraction
// CHECK: arith.mulf
func.func @keeps_scaling_of_shared_contraction(%a: tensor<4x5xf32>, %x: tensor<5xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %c3 = arith.constant dense<3.0> : tensor<4xf32>
  %0 = tensornet.contract %a[i, j], %x[j] -> [i] : (tensor<4x5xf32>, tensor<5xf32>) -> tensor<4xf32>
  %1 = arith.mulf %0, %c3 fastmath<reassoc> : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @permutes_terms
// CHECK-DAG: %[[AB:.+]] = tensornet.contract %arg0[i, j], %arg1[j, k] -> [k, i]
// CHECK-DAG: %[[C:.+]] = tensornet.contract %arg2[i, j] -> [j, i]
// CHECK: arith.addf %[[AB]], %[[C]]
func.func @permutes_terms(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<4x6xf32>) -> tensor<6x4xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %1 = arith.addf %0, %c : tensor<4x6xf32>
  %2 = tensornet.contract %1[i, j] -> [j, i] : (tensor<4x6xf32>) -> tensor<6x4xf32>
  return %2 : tensor<6x4xf32>
}

// CHECK-LABEL: func.func @keeps_permuted_sum_of_arguments
// CHECK: arith.addf
// CHECK-NEXT: tensornet.contract
func.func @keeps_permuted_sum_of_arguments(%b: tensor<4x6xf32>, %c: tensor<4x6xf32>) -> tensor<6x4xf32> {
  %1 = arith.addf %b, %c : tensor<4x6xf32>
  %2 = tensornet.contract %1[i, j] -> [j, i] : (tensor<4x6xf32>) -> tensor<6x4xf32>
  return %2 : tensor<6x4xf32>
}

// CHECK-LABEL: func.func @keeps_permuted_shared_sum
// CHECK: arith.addf
// CHECK-NEXT: tensornet.contract
func.func @keeps_permuted_shared_sum(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<4x6xf32>) -> (tensor<4x6xf32>, tensor<6x4xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %1 = arith.addf %0, %c : tensor<4x6xf32>
  %2 = tensornet.contract %1[i, j] -> [j, i] : (tensor<4x6xf32>) -> tensor<6x4xf32>
  return %1, %2 : tensor<4x6xf32>, tensor<6x4xf32>
}

// Scalars go into 0-d tensors and out again without a trace.
// CHECK-LABEL: func.func @scalar_round_trip
// CHECK-NEXT: return %arg0
func.func @scalar_round_trip(%s: f32) -> f32 {
  %0 = tensor.from_elements %s : tensor<f32>
  %1 = tensor.extract %0[] : tensor<f32>
  return %1 : f32
}

// CHECK-LABEL: func.func @tensor_round_trip
// CHECK-NEXT: return %arg0
func.func @tensor_round_trip(%s: tensor<f32>) -> tensor<f32> {
  %0 = tensor.extract %s[] : tensor<f32>
  %1 = tensor.from_elements %0 : tensor<f32>
  return %1 : tensor<f32>
}
