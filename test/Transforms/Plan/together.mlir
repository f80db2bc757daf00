// RUN: tn-opt %s --tensornet-plan --tensornet-verify-form=form=pairwise | FileCheck %s
// RUN: tn-opt %s --tensornet-plan --remarks-filter-passed=tensornet-plan --remark-format=emitRemark 2>&1 >%t | FileCheck %s --check-prefix=REMARK

// (A B) v, written as two ops, is A (B v).
// REMARK: [Passed] JointPlan | Category:tensornet-plan
// REMARK-SAME: Multiplications=128, MultiplicationsIncoming=576, Remark="contractions planned together", Shared=0, SharedIncoming=0
// CHECK-LABEL: func.func @reassociates(
// CHECK-SAME: %[[A:.+]]: tensor<8x8xf32>, %[[B:.+]]: tensor<8x8xf32>, %[[V:.+]]: tensor<8xf32>)
// CHECK: %[[BV:.+]] = tensornet.contract %[[B]][i, j], %[[V]][j] -> [i]
// CHECK: %[[R:.+]] = tensornet.contract %[[A]][i, j], %[[BV]][j] -> [i]
// CHECK: return %[[R]]
func.func @reassociates(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %v: tensor<8xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = tensornet.contract %0[i, j], %v[j] -> [i] : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// A kernel is for the contraction as it is written.
// CHECK-LABEL: func.func @keeps_kernels(
// CHECK: %[[AB:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k] {kernel
// CHECK: tensornet.contract %[[AB]][i, j], %{{.+}}[j] -> [i]
func.func @keeps_kernels(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %v: tensor<8xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] {kernel = #tensornet.kernel<row_tile = [4]>} : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = tensornet.contract %0[i, j], %v[j] -> [i] : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// A B is wanted anyway.
// CHECK-LABEL: func.func @keeps_results(
// CHECK: %[[AB:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k]
// CHECK: tensornet.contract %[[AB]][i, j], %{{.+}}[j] -> [i]
func.func @keeps_results(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %v: tensor<8xf32>) -> (tensor<8xf32>, tensor<8x8xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = tensornet.contract %0[i, j], %v[j] -> [i] : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %1, %0 : tensor<8xf32>, tensor<8x8xf32>
}

// Rounding to f16 is part of what the program says.
// CHECK-LABEL: func.func @keeps_rounding(
// CHECK: %[[AB:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf16>
// CHECK: tensornet.contract %[[AB]][i, j], %{{.+}}[j] -> [i]
func.func @keeps_rounding(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %v: tensor<8xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf16>
  %1 = tensornet.contract %0[i, j], %v[j] -> [i] : (tensor<8x8xf16>, tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// So is computing in f32 what f64 reads.
// CHECK-LABEL: func.func @keeps_compute_types(
// CHECK: %[[AB:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
// CHECK: tensornet.contract %[[AB]][i, j], %{{.+}}[j] -> [i]
func.func @keeps_compute_types(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %v: tensor<8xf64>) -> tensor<8xf64> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = tensornet.contract %0[i, j], %v[j] -> [i] : (tensor<8x8xf32>, tensor<8xf64>) -> tensor<8xf64>
  return %1 : tensor<8xf64>
}

// CHECK-LABEL: func.func @stops_at_elementwise_ops(
// CHECK: %[[AB:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k]
// CHECK: %[[T:.+]] = math.tanh %[[AB]]
// CHECK: tensornet.contract %[[T]][i, j], %{{.+}}[j] -> [i]
func.func @stops_at_elementwise_ops(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %v: tensor<8xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = math.tanh %0 : tensor<8x8xf32>
  %2 = tensornet.contract %1[i, j], %v[j] -> [i] : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// The product is broadcast and rounded at its end; the scalar goes with a step.
// CHECK-LABEL: func.func @finishes_results(
// CHECK-SAME: %[[A:.+]]: tensor<8x8xf32>, %[[B:.+]]: tensor<8x8xf32>, %[[V:.+]]: tensor<8xf32>, %[[S:.+]]: tensor<f32>)
// CHECK: %[[BV:.+]] = tensornet.contract {{.*}}-> [i] : {{.*}} -> tensor<8xf32>
// CHECK: %[[ABV:.+]] = tensornet.contract {{.*}}%[[BV]][{{.*}} -> tensor<8xf32>
// CHECK: tensornet.contract %[[ABV]][i] -> [i, j] : (tensor<8xf32>) -> tensor<8x2xf16>
func.func @finishes_results(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %v: tensor<8xf32>, %s: tensor<f32>) -> tensor<8x2xf16> {
  %0 = tensornet.contract %a[i, j], %b[j, k], %s[] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>, tensor<f32>) -> tensor<8x8xf32>
  %1 = tensornet.contract %0[i, j], %v[j] -> [i] : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = tensornet.contract %1[i] -> [i, j] : (tensor<8xf32>) -> tensor<8x2xf16>
  return %2 : tensor<8x2xf16>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK: %[[BV:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j] -> [i] : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?xf32>
// CHECK: tensornet.contract %{{.+}}[i, j], %[[BV]][j] -> [i] : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?xf32>
func.func @dynamic(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>, %v: tensor<?xf32>) -> tensor<?xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = tensornet.contract %0[i, j], %v[j] -> [i] : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

// Neither op makes A B, which both need.
// REMARK: [Passed] SharedProduct | Category:tensornet-plan
// REMARK-SAME: Elements=64, Multiplications=512, Readers=2, Remark="product shared"
// CHECK-LABEL: func.func @shares_products(
// CHECK-SAME: %[[A:[^:]+]]: tensor<8x8xf32>, %[[B:[^:]+]]: tensor<8x8xf32>,
// CHECK: %[[AB:.+]] = tensornet.contract %[[A]][i, j], %[[B]][j, k] -> [i, k]
// CHECK: tensornet.contract %[[AB]]
// CHECK: tensornet.contract %[[AB]]
// CHECK-NOT: tensornet.contract
func.func @shares_products(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %v: tensor<8x8xf32>, %w: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %0 = tensornet.contract %b[i, j], %w[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = tensornet.contract %a[i, j], %0[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %2 = tensornet.contract %b[i, j], %v[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = tensornet.contract %a[i, j], %2[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %1, %3 : tensor<8x8xf32>, tensor<8x8xf32>
}

// What both need is made before the first that needs it, wherever its op stood.
// CHECK-LABEL: func.func @moves_products(
// CHECK-COUNT-3: tensornet.contract
// CHECK-NOT: tensornet.contract
func.func @moves_products(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %w: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %0 = tensornet.contract %b[i, j], %w[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = tensornet.contract %a[i, j], %0[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %2 = math.tanh %1 : tensor<8x8xf32>
  %3 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %4 = tensornet.contract %3[i, j], %2[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %2, %4 : tensor<8x8xf32>, tensor<8x8xf32>
}
