// RUN: tn-opt %s --tensornet-plan --tensornet-verify-form=form=pairwise | FileCheck %s
// RUN: tn-opt %s --tensornet-plan=strategy=incoming --tensornet-verify-form=form=pairwise | FileCheck %s --check-prefix=INCOMING

// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[A:.+]]: tensor<4x8xf32>, %[[B:.+]]: tensor<8x16xf32>, %[[V:.+]]: tensor<16xf32>)
// CHECK: %[[BV:.+]] = tensornet.contract %[[B]][i, j], %[[V]][j] -> [i] : (tensor<8x16xf32>, tensor<16xf32>) -> tensor<8xf32>
// CHECK: %[[R:.+]] = tensornet.contract %[[A]][i, j], %[[BV]][j] -> [i] : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4xf32>
// CHECK: return %[[R]]
// INCOMING-LABEL: func.func @chain(
// INCOMING-SAME: %[[A:.+]]: tensor<4x8xf32>, %[[B:.+]]: tensor<8x16xf32>, %[[V:.+]]: tensor<16xf32>)
// INCOMING: %[[AB:.+]] = tensornet.contract %[[A]][i, j], %[[B]][j, k] -> [i, k]
// INCOMING: tensornet.contract %[[AB]][i, j], %[[V]][j] -> [i]
func.func @chain(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %v: tensor<16xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k], %v[k] -> [i] : (tensor<4x8xf32>, tensor<8x16xf32>, tensor<16xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// What is in pairwise form stays as it is.
// CHECK-LABEL: func.func @keeps_pairwise(
// CHECK-SAME: %[[A:.+]]: tensor<4x8xf32>, %[[B:.+]]: tensor<8x4xf32>)
// CHECK: %[[AB:.+]] = tensornet.contract %[[A]][i, j], %[[B]][j, k] -> [i, k]
// CHECK: tensornet.contract %[[AB]][i, j], %[[A]][j, k] -> [i, k]
func.func @keeps_pairwise(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>) -> tensor<4x8xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %0[i, j], %a[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @in_regions
// CHECK: scf.if
// CHECK-COUNT-2: tensornet.contract
// CHECK: } else {
func.func @in_regions(%c: i1, %a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = scf.if %c -> tensor<4x4xf32> {
    %1 = tensornet.contract %a[i, j], %a[j, k], %a[k, l] -> [i, l] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    scf.yield %1 : tensor<4x4xf32>
  } else {
    scf.yield %a : tensor<4x4xf32>
  }
  return %0 : tensor<4x4xf32>
}
