// RUN: tn-opt %s --tensornet-plan=memory-limit=600 --tensornet-verify-form=form=pairwise | FileCheck %s
// RUN: tn-opt %s --tensornet-plan=memory-limit=600 --remarks-filter-passed=tensornet-plan --remark-format=emitRemark 2>&1 >%t | FileCheck %s --check-prefix=REMARK
// RUN: tn-opt %s --tensornet-plan=memory-limit=600 --tensornet-print-cost -o %t | FileCheck %s --check-prefix=COST
// RUN: tn-opt %s --tensornet-plan=memory-limit=100000 -o %t && FileCheck %s --check-prefix=FITS < %t

// FITS-NOT: scf.for

// REMARK: [Passed] ContractionSliced | Category:tensornet-plan
// REMARK-SAME: MemoryLimit=600
// REMARK-SAME: PeakWhole=4608
// REMARK-SAME: Sliced="'{{[i-n]}}' (8)"

// One index of an intermediate of 8 x 8 x 8 x 8 elements.
// CHECK-LABEL: func.func @sum_over_slices(
// CHECK-SAME: %[[A:[^:]+]]: tensor<8x8x8xf64>
// CHECK: %[[EMPTY:.+]] = tensor.empty() : tensor<f64>
// CHECK: %[[ZERO:.+]] = linalg.fill {{.*}} outs(%[[EMPTY]]
// CHECK: %[[R:.+]] = scf.for %[[I:.+]] = %{{.+}} to %{{.+}} step %{{.+}} iter_args(%[[SUM:.+]] = %[[ZERO]]) -> (tensor<f64>) {
// CHECK: tensor.extract_slice
// CHECK: %[[PART:.+]] = tensornet.contract {{.*}} -> []
// CHECK-NEXT: %[[NEXT:.+]] = arith.addf %[[SUM]], %[[PART]]
// CHECK-NEXT: scf.yield %[[NEXT]]
// CHECK: return %[[R]]
// COST: @sum_over_slices: multiplications=66048 largest=512 peak=577
func.func @sum_over_slices(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8xf64>) -> tensor<f64> {
  %0 = tensornet.contract %a[i, j, k], %b[i, l, m], %c[j, l, n], %d[k, m, n] -> []
   : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) -> tensor<f64>
  return %0 : tensor<f64>
}

// A batch index costs nothing to slice; each slice has its place in the result.
// CHECK-LABEL: func.func @slices_of_the_result(
// CHECK: %[[EMPTY:.+]] = tensor.empty() : tensor<64x2x3xf64>
// CHECK: scf.for %[[I:.+]] = {{.*}} iter_args(%[[ALL:.+]] = %[[EMPTY]])
// CHECK-COUNT-3: tensor.extract_slice %{{.+}}[%[[I]], 0, 0]
// CHECK: %[[PART:.+]] = tensornet.contract {{.*}} -> tensor<2x3xf64>
// CHECK-NEXT: %[[NEXT:.+]] = tensor.insert_slice %[[PART]] into %[[ALL]][%[[I]], 0, 0] [1, 2, 3] [1, 1, 1]
// CHECK-NEXT: scf.yield %[[NEXT]]
func.func @slices_of_the_result(%a: tensor<64x2x9xf64>, %b: tensor<64x9x4xf64>, %c: tensor<64x4x3xf64>) -> tensor<64x2x3xf64> {
  %0 = tensornet.contract %a[b, i, j], %b[b, j, k], %c[b, k, l] -> [b, i, l]
   : (tensor<64x2x9xf64>, tensor<64x9x4xf64>, tensor<64x4x3xf64>) -> tensor<64x2x3xf64>
  return %0 : tensor<64x2x3xf64>
}

// The diagonals of operands and result are read and written at one place.
// CHECK-LABEL: func.func @diagonals(
// CHECK: scf.for %[[I:.+]] = {{.*}} iter_args(%[[ALL:.+]] = %{{.+}})
// CHECK: tensor.extract_slice %{{.+}}[%[[I]], %[[I]], 0] [1, 1, 40]
// CHECK: tensor.insert_slice %{{.+}} into %[[ALL]][%[[I]], %[[I]]] [1, 1]
func.func @diagonals(%a: tensor<20x20x40xf64>, %b: tensor<40x30xf64>, %c: tensor<30x20xf64>) -> tensor<20x20xf64> {
  %0 = tensornet.contract %a[i, i, j], %b[j, k], %c[k, i] -> [i, i]
   : (tensor<20x20x40xf64>, tensor<40x30xf64>, tensor<30x20xf64>) -> tensor<20x20xf64>
  return %0 : tensor<20x20xf64>
}

// The half that has no sliced index is computed once. (Indices with explicit
// extents are not sliced.)
// CHECK-LABEL: func.func @invariant_half(
// CHECK-SAME: %[[A:[^:]+]]: tensor<9x30xf64>, %[[B:[^:]+]]: tensor<30x9xf64>
// CHECK: %[[AB:.+]] = tensornet.contract %[[A]][i, j], %[[B]][j, k] -> [i, k]
// CHECK: scf.for
// CHECK-NOT: %[[A]][
// CHECK: %[[AB]][
func.func @invariant_half(%a: tensor<9x30xf64>, %b: tensor<30x9xf64>, %c: tensor<64x8x8xf64>, %d: tensor<64x9x9xf64>, %e: tensor<64x8x8xf64>) -> tensor<f64> {
  %0 = tensornet.contract %a[i, j], %b[j, k], %c[s, k, l], %d[s, l, m], %e[s, m, i] -> [] extents(i = 8, k = 8, l = 8, m = 8)
   : (tensor<9x30xf64>, tensor<30x9xf64>, tensor<64x8x8xf64>, tensor<64x9x9xf64>, tensor<64x8x8xf64>) -> tensor<f64>
  return %0 : tensor<f64>
}

// Sums have the compute type and are rounded once.
// CHECK-LABEL: func.func @rounds_once(
// CHECK: scf.for {{.*}} -> (tensor<f32>)
// CHECK: tensornet.contract %{{.+}}[] -> [] : (tensor<f32>) -> tensor<f16>
func.func @rounds_once(%a: tensor<8x8x8xf16>, %b: tensor<8x8x8xf16>, %c: tensor<8x8x8xf16>, %d: tensor<8x8x8xf16>) -> tensor<f16> {
  %0 = tensornet.contract %a[i, j, k], %b[i, l, m], %c[j, l, n], %d[k, m, n] -> []
   : (tensor<8x8x8xf16>, tensor<8x8x8xf16>, tensor<8x8x8xf16>, tensor<8x8x8xf16>) -> tensor<f16>
  return %0 : tensor<f16>
}

// CHECK-LABEL: func.func @integers(
// CHECK: scf.for
// CHECK: arith.addi
func.func @integers(%a: tensor<8x8x8xi32>, %b: tensor<8x8x8xi32>, %c: tensor<8x8x8xi32>, %d: tensor<8x8x8xi32>) -> tensor<i32> {
  %0 = tensornet.contract %a[i, j, k], %b[i, l, m], %c[j, l, n], %d[k, m, n] -> []
   : (tensor<8x8x8xi32>, tensor<8x8x8xi32>, tensor<8x8x8xi32>, tensor<8x8x8xi32>) -> tensor<i32>
  return %0 : tensor<i32>
}
