// RUN: tn-opt %s --tensornet-plan --tensornet-verify-form=form=pairwise | FileCheck %s

// 0-d operands are multiplied with each other, then with the smallest tensor:
// here with the vector, before the matrices.
// CHECK-LABEL: func.func @scales_the_smallest(
// CHECK-SAME: %[[A:[^:]+]]: tensor<8x6xf32>, %[[B:[^:]+]]: tensor<6x4xf32>, %[[V:[^:]+]]: tensor<4xf32>, %[[S:[^:]+]]: tensor<f32>, %[[T:[^:]+]]: tensor<2xf32>)
// CHECK: %[[ST:.+]] = tensornet.contract %[[S]][], %[[T]][1] -> []
// CHECK: %[[SCALED:.+]] = tensornet.contract %[[V]][i], %[[ST]][] -> [i]
// CHECK: %[[BV:.+]] = tensornet.contract %[[B]][i, j], %[[SCALED]][j] -> [i]
// CHECK: tensornet.contract %[[A]][i, j], %[[BV]][j] -> [i]
func.func @scales_the_smallest(%a: tensor<8x6xf32>, %b: tensor<6x4xf32>, %v: tensor<4xf32>, %s: tensor<f32>, %t: tensor<2xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %s[], %a[i, j], %t[1], %b[j, k], %v[k] -> [i] : (tensor<f32>, tensor<8x6xf32>, tensor<2xf32>, tensor<6x4xf32>, tensor<4xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// Where the result is the smallest, it is scaled.
// CHECK-LABEL: func.func @scales_the_result(
// CHECK: %[[SUM:.+]] = tensornet.contract %{{.+}}[i], %{{.+}}[i] -> []
// CHECK: tensornet.contract %[[SUM]][], %{{.+}}[] -> []
func.func @scales_the_result(%a: tensor<8x6xf32>, %b: tensor<6xf32>, %v: tensor<8xf32>, %s: tensor<f32>) -> tensor<f32> {
  %0 = tensornet.contract %s[], %a[i, j], %b[j], %v[i] -> [] : (tensor<f32>, tensor<8x6xf32>, tensor<6xf32>, tensor<8xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// Two tensors and scalars are in pairwise form as they stand.
// CHECK-LABEL: func.func @keeps_scaled_product(
// CHECK-NEXT: tensornet.contract %{{.+}}[i, j], %{{.+}}[j], %{{.+}}[] -> [i]
// CHECK-NEXT: return
func.func @keeps_scaled_product(%a: tensor<8x6xf32>, %b: tensor<6xf32>, %s: tensor<f32>) -> tensor<8xf32> {
  %0 = tensornet.contract %a[i, j], %b[j], %s[] -> [i] : (tensor<8x6xf32>, tensor<6xf32>, tensor<f32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// A scaled sum that is broadcast: the scaling broadcasts.
// CHECK-LABEL: func.func @scales_before_broadcasting(
// CHECK: %[[SUM:.+]] = tensornet.contract %{{.+}}[i, j] -> [i]
// CHECK-NEXT: tensornet.contract %[[SUM]][i], %{{.+}}[] -> [i, j] : (tensor<8xf32>, tensor<f32>) -> tensor<8x3xf32>
// CHECK-NEXT: return
func.func @scales_before_broadcasting(%a: tensor<8x6xf32>, %s: tensor<f32>) -> tensor<8x3xf32> {
  %0 = tensornet.contract %a[i, j], %s[] -> [i, k] : (tensor<8x6xf32>, tensor<f32>) -> tensor<8x3xf32>
  return %0 : tensor<8x3xf32>
}
