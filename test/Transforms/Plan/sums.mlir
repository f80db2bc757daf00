// RUN: tn-opt %s --tensornet-plan --tensornet-verify-form=form=pairwise | FileCheck %s

// Private indices are summed first, result-only ones broadcast last;
// intermediates have the compute type.
// CHECK-LABEL: func.func @sums_first_broadcasts_last(
// CHECK-SAME: %[[A:[^:]+]]: {{.*}}, %[[B:.+]]: tensor<8x16x3xf16>)
// CHECK: %[[SA:.+]] = tensornet.contract %[[A]][i, j, k] -> [i, j] : (tensor<4x8x2xf16>) -> tensor<4x8xf32>
// CHECK: %[[SB:.+]] = tensornet.contract %[[B]][i, j, k] -> [i, j] : (tensor<8x16x3xf16>) -> tensor<8x16xf32>
// CHECK: %[[P:.+]] = tensornet.contract %[[SA]][i, j], %[[SB]][j, k] -> [i, k] : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
// CHECK: tensornet.contract %[[P]][i, j] -> [i, j, k] : (tensor<4x16xf32>) -> tensor<4x16x5xf16>
func.func @sums_first_broadcasts_last(%a: tensor<4x8x2xf16>, %b: tensor<8x16x3xf16>) -> tensor<4x16x5xf16> {
  %0 = tensornet.contract %a[i, j, p], %b[j, k, q] -> [i, k, r] : (tensor<4x8x2xf16>, tensor<8x16x3xf16>) -> tensor<4x16x5xf16>
  return %0 : tensor<4x16x5xf16>
}

// One nest over what is summed and what is broadcast would cost their product.
// CHECK-LABEL: func.func @unary_sums_first(
// CHECK-SAME: %[[A:[^:]+]]: {{.*}}, %[[S:.+]]: tensor<f32>)
// CHECK: %[[T:.+]] = tensornet.contract %[[A]][i, i, j] -> [i]
// CHECK: tensornet.contract %[[T]][i], %[[S]][] -> [j, i]
// CHECK-NEXT: return
func.func @unary_sums_first(%a: tensor<4x4x3xf32>, %s: tensor<f32>) -> tensor<5x4xf32> {
  %0 = tensornet.contract %a[i, i, j], %s[] -> [k, i] : (tensor<4x4x3xf32>, tensor<f32>) -> tensor<5x4xf32>
  return %0 : tensor<5x4xf32>
}

// CHECK-LABEL: func.func @unary_sum_stays
// CHECK: tensornet.contract %{{.+}}[i, i, j], %{{.+}}[] -> [i]
// CHECK-NEXT: return
func.func @unary_sum_stays(%a: tensor<4x4x3xf32>, %s: tensor<f32>) -> tensor<4xf32> {
  %0 = tensornet.contract %a[i, i, j], %s[] -> [i] : (tensor<4x4x3xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @integers_stay_wide(
// CHECK-SAME: %[[A:[^:]+]]: tensor<4xi8>, %[[B:[^:]+]]: tensor<4xi32>)
// CHECK: %[[P:.+]] = tensornet.contract %[[A]][i], %[[B]][i] -> [i] : (tensor<4xi8>, tensor<4xi32>) -> tensor<4xi32>
// CHECK: tensornet.contract %[[P]][i] -> [i, j] : (tensor<4xi32>) -> tensor<4x2xi16>
func.func @integers_stay_wide(%a: tensor<4xi8>, %b: tensor<4xi32>) -> tensor<4x2xi16> {
  %0 = tensornet.contract %a[i], %b[i] -> [i, j] : (tensor<4xi8>, tensor<4xi32>) -> tensor<4x2xi16>
  return %0 : tensor<4x2xi16>
}

// Conjugation stays with its operand.
// CHECK-LABEL: func.func @conj(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4x4xcomplex<f32>>, %[[Y:[^:]+]]: tensor<4xcomplex<f32>>)
// CHECK: %[[P:.+]] = tensornet.contract conj %[[X]][i, j], conj %[[Y]][j] -> [i]
// CHECK: %[[R:.+]] = tensornet.contract %[[X]][i, j], %[[P]][j] -> [i] {{.*}} -> tensor<4xcomplex<f32>>
// The type of the result may know fewer sizes than its operands do.
// CHECK: tensor.cast %[[R]] : tensor<4xcomplex<f32>> to tensor<?xcomplex<f32>>
func.func @conj(%x: tensor<4x4xcomplex<f32>>, %y: tensor<4xcomplex<f32>>) -> tensor<?xcomplex<f32>> {
  %0 = tensornet.contract %x[i, j], conj %x[j, k], conj %y[k] -> [i] : (tensor<4x4xcomplex<f32>>, tensor<4x4xcomplex<f32>>, tensor<4xcomplex<f32>>) -> tensor<?xcomplex<f32>>
  return %0 : tensor<?xcomplex<f32>>
}
