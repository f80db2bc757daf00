// RUN: tn-opt %s --tensornet-cse --remarks-filter-passed=tensornet-cse --remark-format=emitRemark 2>&1 >%t | FileCheck %s

// A remark for every contraction that goes away, with the place of the one that
// stays.
// CHECK: remarks.mlir:[[#@LINE+8]]:{{.*}}[Passed] ContractionMerged | Category:tensornet-cse
// CHECK-SAME: Remark="contraction merged with an equal one"
// CHECK-SAME: With=loc({{.*}}remarks.mlir{{.*}}:[[#@LINE+5]]:
// CHECK: remarks.mlir:[[#@LINE+6]]:{{.*}}[Passed] ContractionMerged | Category:tensornet-cse
// CHECK-SAME: Remark="contraction merged with a transposed one"
// CHECK-NOT: Passed
func.func @merged(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %b[j, k], %a[i, j] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = tensornet.contract %a[i, j], %b[j, k] -> [k, i] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0, %1, %2 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}
