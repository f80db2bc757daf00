// RUN: tn-opt %s --tensornet-plan="strategy=greedy trials=4 seed=7" --tensornet-verify-form=form=pairwise -o %t1
// RUN: tn-opt %s --tensornet-plan="strategy=greedy trials=4 seed=7" -o %t2
// RUN: diff %t1 %t2
// RUN: FileCheck %s < %t1
// RUN: not tn-opt %s --tensornet-plan=strategy=best 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: tn-opt %s --tensornet-plan --remarks-filter-passed=tensornet-plan --remark-format=emitRemark 2>&1 >%t3 | FileCheck %s --check-prefix=REMARK

// UNKNOWN: tensornet-plan: unknown strategy 'best'; expected one of auto, exact, greedy, elimination, bisection, sweep, annealing, incoming

// REMARK: [Passed] ContractionOrder | Category:tensornet-plan
// REMARK-SAME: Multiplications=16, MultiplicationsIncoming=48, Order="(0 (1 2))", Remark="contraction ordered", Strategy=exact

// CHECK-LABEL: func.func @vector_last(
// CHECK-SAME: %[[A:.+]]: tensor<4x2xf32>, %[[B:.+]]: tensor<2x4xf32>, %[[V:.+]]: tensor<4xf32>)
// CHECK: tensornet.contract %[[B]][i, j], %[[V]][j] -> [i]
func.func @vector_last(%a: tensor<4x2xf32>, %b: tensor<2x4xf32>, %v: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k], %v[k] -> [i] : (tensor<4x2xf32>, tensor<2x4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
