// RUN: tn-opt %s --tensornet-simplify | FileCheck %s

// CHECK-LABEL: func.func @broadcasts_last
// CHECK: %[[ONE:.+]] = arith.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK: %[[EXP:.+]] = math.exp %arg0 : tensor<4xf32>
// CHECK: %[[DIV:.+]] = arith.divf %[[ONE]], %[[EXP]] : tensor<4xf32>
// CHECK: tensornet.contract %[[DIV]][i] -> [i, j]
func.func @broadcasts_last(%a: tensor<4xf32>) -> tensor<4x5xf32> {
  %one = arith.constant dense<1.0> : tensor<4x5xf32>
  %0 = tensornet.contract %a[i] -> [i, j] : (tensor<4xf32>) -> tensor<4x5xf32>
  %1 = math.exp %0 : tensor<4x5xf32>
  %2 = arith.divf %one, %1 : tensor<4x5xf32>
  return %2 : tensor<4x5xf32>
}

// CHECK-LABEL: func.func @broadcasts_dynamic_last
// CHECK: %[[SUM:.+]] = arith.addf %arg0, %arg1 : tensor<?xf32>
// CHECK: tensornet.contract %[[SUM]][i] -> [j, i] sizes(%arg2)
func.func @broadcasts_dynamic_last(%a: tensor<?xf32>, %b: tensor<?xf32>, %n: index) -> tensor<?x?xf32> {
  %0 = tensornet.contract %a[i] -> [j, i] sizes(%n) : (tensor<?xf32>) -> tensor<?x?xf32>
  %1 = tensornet.contract %b[i] -> [j, i] sizes(%n) : (tensor<?xf32>) -> tensor<?x?xf32>
  %2 = arith.addf %0, %1 : tensor<?x?xf32>
  return %2 : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @keeps_different_broadcasts
// CHECK-COUNT-2: tensornet.contract
// CHECK: arith.addf
func.func @keeps_different_broadcasts(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4x4xf32> {
  %0 = tensornet.contract %a[i] -> [i, j] : (tensor<4xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %b[i] -> [j, i] : (tensor<4xf32>) -> tensor<4x4xf32>
  %2 = arith.addf %0, %1 : tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// The exponential of a zero is 1.
// CHECK-LABEL: func.func @keeps_exponential_of_diagonal
// CHECK: tensornet.contract %arg0[i] -> [i, i]
// CHECK: math.exp
func.func @keeps_exponential_of_diagonal(%a: tensor<4xf32>) -> tensor<4x4xf32> {
  %0 = tensornet.contract %a[i] -> [i, i] : (tensor<4xf32>) -> tensor<4x4xf32>
  %1 = math.exp %0 : tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @keeps_comparison_of_broadcast
// CHECK: tensornet.contract
// CHECK: arith.cmpf
func.func @keeps_comparison_of_broadcast(%a: tensor<4xf32>) -> tensor<4x5xi1> {
  %zero = arith.constant dense<0.0> : tensor<4x5xf32>
  %0 = tensornet.contract %a[i] -> [i, j] : (tensor<4xf32>) -> tensor<4x5xf32>
  %1 = arith.cmpf ogt, %0, %zero : tensor<4x5xf32>
  return %1 : tensor<4x5xi1>
}
