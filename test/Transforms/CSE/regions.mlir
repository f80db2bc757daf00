// RUN: tn-opt %s --tensornet-cse | FileCheck %s

// An op of an enclosing block counts as earlier.
// CHECK-LABEL: func.func @enclosing_block
// CHECK: %[[P:.+]] = tensornet.contract
// CHECK: scf.if
// CHECK-NEXT: scf.yield %[[P]]
func.func @enclosing_block(%c: i1, %a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = scf.if %c -> tensor<4x4xf32> {
    %2 = tensornet.contract %b[j, k], %a[i, j] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    scf.yield %2 : tensor<4x4xf32>
  } else {
    scf.yield %a : tensor<4x4xf32>
  }
  return %0, %1 : tensor<4x4xf32>, tensor<4x4xf32>
}

// A sibling region does not.
// CHECK-LABEL: func.func @sibling_regions
// CHECK: scf.if
// CHECK-NEXT: tensornet.contract
// CHECK: else
// CHECK-NEXT: tensornet.contract
func.func @sibling_regions(%c: i1, %a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = scf.if %c -> tensor<4x4xf32> {
    %1 = tensornet.contract %a[i, k], %b[j, k] -> [i, j] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    scf.yield %1 : tensor<4x4xf32>
  } else {
    %1 = tensornet.contract %b[j, k], %a[i, k] -> [i, j] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    scf.yield %1 : tensor<4x4xf32>
  }
  return %0 : tensor<4x4xf32>
}

// Nor does another function.
// CHECK-LABEL: func.func @first
// CHECK: tensornet.contract
func.func @first(%a: tensor<4xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %a[i] -> [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
// CHECK-LABEL: func.func @second
// CHECK: tensornet.contract
func.func @second(%a: tensor<4xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %a[i] -> [] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
