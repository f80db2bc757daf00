// RUN: tn-opt %s --tensornet-simplify | FileCheck %s

// CHECK-LABEL: func.func @merges_equal_terms
// CHECK: %[[TWO:.+]] = arith.constant dense<2.000000e+00> : tensor<f32>
// CHECK: %[[A2:.+]] = tensornet.contract %[[TWO]][], %arg0[i] -> [i]
// CHECK: arith.addf %[[A2]], %arg1 fastmath<reassoc>
func.func @merges_equal_terms(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.addf %a, %b fastmath<reassoc> : tensor<4xf32>
  %1 = arith.addf %0, %a fastmath<reassoc> : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @cancels_opposite_terms
// CHECK-NEXT: return %arg0
func.func @cancels_opposite_terms(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.addf %a, %b fastmath<reassoc> : tensor<4xf32>
  %1 = arith.subf %0, %b fastmath<reassoc> : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @cancels_everything
// CHECK: %[[Z:.+]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// CHECK-NEXT: return %[[Z]]
func.func @cancels_everything(%a: tensor<4xf32>) -> tensor<4xf32> {
  %n = arith.negf %a : tensor<4xf32>
  %0 = arith.addf %a, %n fastmath<reassoc> : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @drops_zero
// CHECK-NEXT: return %arg0
func.func @drops_zero(%a: tensor<4xf32>) -> tensor<4xf32> {
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %0 = arith.addf %z, %a fastmath<reassoc> : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @drops_dynamic_zero
// CHECK-NEXT: return %arg0
func.func @drops_dynamic_zero(%a: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %z = arith.constant 0.0 : f32
  %zs = tensor.splat %z[%n] : tensor<?xf32>
  %0 = arith.addf %zs, %a fastmath<reassoc> : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: func.func @turns_negation_into_sign
// CHECK-NEXT: arith.subf %arg0, %arg1 fastmath<reassoc>
// CHECK-NEXT: return
func.func @turns_negation_into_sign(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %n = arith.negf %b : tensor<4xf32>
  %0 = arith.addf %n, %a fastmath<reassoc> : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @turns_difference_around
// CHECK-NEXT: arith.subf %arg1, %arg0 fastmath<reassoc>
// CHECK-NEXT: return
func.func @turns_difference_around(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.subf %a, %b fastmath<reassoc> : tensor<4xf32>
  %n = arith.negf %0 : tensor<4xf32>
  return %n : tensor<4xf32>
}

// Operand order and index names do not matter; a transpose does.
// CHECK-LABEL: func.func @merges_renamed_contractions
// CHECK: %[[TWO:.+]] = arith.constant dense<2.000000e+00> : tensor<f32>
// CHECK-DAG: %[[BA:.+]] = tensornet.contract %arg1[i, j], %arg0[k, i] -> [j, k]
// CHECK-DAG: %[[AB:.+]] = tensornet.contract %[[TWO]][], %arg0[i, j], %arg1[j, k] -> [i, k]
// CHECK: arith.addf %[[AB]], %[[BA]]
func.func @merges_renamed_contractions(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %b[j, k], %a[i, j] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = tensornet.contract %b[j, k], %a[i, j] -> [k, i] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = arith.addf %0, %1 fastmath<reassoc> : tensor<4x4xf32>
  %4 = arith.addf %3, %2 fastmath<reassoc> : tensor<4x4xf32>
  return %4 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @merges_multiples
// CHECK-NEXT: %[[AB:.+]] = tensornet.contract %arg0[i], %arg1[i] -> [i]
// CHECK-NEXT: arith.negf %[[AB]]
func.func @merges_multiples(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %c2 = arith.constant dense<2.0> : tensor<f32>
  %c3 = arith.constant dense<3.0> : tensor<f32>
  %0 = tensornet.contract %c2[], %a[i], %b[i] -> [i] : (tensor<f32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = tensornet.contract %c3[], %b[i], %a[i] -> [i] : (tensor<f32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = arith.subf %0, %1 fastmath<reassoc> : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: func.func @absorbs_sign
// CHECK: %[[T:.+]] = tensornet.contract %arg1[i, j] -> [j, i]
// CHECK: arith.subf %arg0, %[[T]]
func.func @absorbs_sign(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %m = arith.constant dense<-1.0> : tensor<f32>
  %0 = tensornet.contract %m[], %b[j, k] -> [k, j] : (tensor<f32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = arith.addf %0, %a fastmath<reassoc> : tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @merges_integers
// CHECK: %[[C:.+]] = arith.constant dense<2> : tensor<i32>
// CHECK: tensornet.contract %[[C]][], %arg0[i] -> [i]
func.func @merges_integers(%a: tensor<4xi32>, %b: tensor<4xi32>) -> tensor<4xi32> {
  %0 = arith.subi %a, %b : tensor<4xi32>
  %1 = arith.addi %0, %a : tensor<4xi32>
  %2 = arith.addi %1, %b : tensor<4xi32>
  return %2 : tensor<4xi32>
}

// CHECK-LABEL: func.func @keeps_strict_sum
// CHECK: arith.addf
// CHECK: arith.subf
func.func @keeps_strict_sum(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.addf %a, %b : tensor<4xf32>
  %1 = arith.subf %0, %b : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @keeps_sum_without_equal_terms
// CHECK: arith.addf %arg0, %arg1
// CHECK: arith.addf
func.func @keeps_sum_without_equal_terms(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.addf %a, %b fastmath<reassoc> : tensor<4xf32>
  %1 = arith.addf %0, %c fastmath<reassoc> : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// The inner sum is needed anyway.
// CHECK-LABEL: func.func @keeps_shared_inner_sum
// CHECK: %[[S:.+]] = arith.addf %arg0, %arg1
// CHECK: arith.addf %[[S]], %arg0
func.func @keeps_shared_inner_sum(%a: tensor<4xf32>, %b: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = arith.addf %a, %b fastmath<reassoc> : tensor<4xf32>
  %1 = arith.addf %0, %a fastmath<reassoc> : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @keeps_scalar_sum
// CHECK: arith.addf
// CHECK: arith.addf
func.func @keeps_scalar_sum(%a: f32, %b: f32) -> f32 {
  %0 = arith.addf %a, %b fastmath<reassoc> : f32
  %1 = arith.addf %0, %a fastmath<reassoc> : f32
  return %1 : f32
}

// Contractions have none of these element types.
// CHECK-LABEL: func.func @keeps_sums_of_other_types
// CHECK-COUNT-8: arith.add
func.func @keeps_sums_of_other_types(%a: tensor<4xindex>, %b: tensor<4xi1>, %c: tensor<4xf128>, %d: tensor<4xf32, "csr">) -> (tensor<4xindex>, tensor<4xi1>, tensor<4xf128>, tensor<4xf32, "csr">) {
  %0 = arith.addi %a, %a : tensor<4xindex>
  %1 = arith.addi %0, %a : tensor<4xindex>
  %2 = arith.addi %b, %b : tensor<4xi1>
  %3 = arith.addi %2, %b : tensor<4xi1>
  %4 = arith.addf %c, %c fastmath<reassoc> : tensor<4xf128>
  %5 = arith.addf %4, %c fastmath<reassoc> : tensor<4xf128>
  %6 = arith.addf %d, %d fastmath<reassoc> : tensor<4xf32, "csr">
  %7 = arith.addf %6, %d fastmath<reassoc> : tensor<4xf32, "csr">
  return %1, %3, %5, %7 : tensor<4xindex>, tensor<4xi1>, tensor<4xf128>, tensor<4xf32, "csr">
}

// Where all terms are negative, their sum is negated, once.
// CHECK-LABEL: func.func @negative_terms
// CHECK-SAME: %[[A:[^:]+]]: tensor<4xf32>, %[[B:[^:]+]]: tensor<4xf32>, %[[C:[^:]+]]: tensor<4xf32>)
// CHECK-NEXT: %[[AB:.+]] = arith.addf %[[A]], %[[B]]
// CHECK-NEXT: %[[ABC:.+]] = arith.addf %[[AB]], %[[C]]
// CHECK-NEXT: %[[N:.+]] = arith.negf %[[ABC]]
// CHECK-NEXT: return %[[N]]
func.func @negative_terms(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.negf %a fastmath<reassoc> : tensor<4xf32>
  %1 = arith.subf %0, %b fastmath<reassoc> : tensor<4xf32>
  %2 = arith.subf %1, %c fastmath<reassoc> : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: func.func @keeps_negative_sum
// CHECK-NEXT: %[[S:.+]] = arith.addf
// CHECK-NEXT: %[[N:.+]] = arith.negf %[[S]]
// CHECK-NEXT: return %[[N]]
func.func @keeps_negative_sum(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.addf %a, %b fastmath<reassoc> : tensor<4xf32>
  %1 = arith.negf %0 fastmath<reassoc> : tensor<4xf32>
  return %1 : tensor<4xf32>
}
