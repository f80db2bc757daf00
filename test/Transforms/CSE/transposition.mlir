// RUN: tn-opt %s --tensornet-cse | FileCheck %s

// Contractions read through transpositions and conjugations.
// CHECK-LABEL: func.func @read_through(
// CHECK-SAME: %[[A:[^:]+]]: tensor<4x8xcomplex<f32>>, %[[V:[^:]+]]: tensor<8xcomplex<f32>>)
// CHECK-NEXT: %[[R:.+]] = tensornet.contract conj %[[A]][i, j], %[[V]][j] -> [i]
// CHECK-NEXT: return %[[R]]
func.func @read_through(%a: tensor<4x8xcomplex<f32>>, %v: tensor<8xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %0 = tensornet.contract conj %a[i, j] -> [j, i] : (tensor<4x8xcomplex<f32>>) -> tensor<8x4xcomplex<f32>>
  %1 = tensornet.contract %0[j, i], %v[j] -> [i] : (tensor<8x4xcomplex<f32>>, tensor<8xcomplex<f32>>) -> tensor<4xcomplex<f32>>
  return %1 : tensor<4xcomplex<f32>>
}

// CHECK-LABEL: func.func @there_and_back(
// CHECK-SAME: %[[A:[^:]+]]: tensor<4x8xf32>)
// CHECK-NEXT: return %[[A]]
func.func @there_and_back(%a: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %1 = tensornet.contract %0[i, j] -> [j, i] : (tensor<8x4xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// A change of type or of sizes is no transposition.
// CHECK-LABEL: func.func @keeps_conversions
// CHECK-COUNT-4: tensornet.contract
func.func @keeps_conversions(%a: tensor<4x8xf16>, %x: tensor<8xf32>) -> (tensor<8xf16>, tensor<6xf32>) {
  %0 = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x8xf16>) -> tensor<8x4xf32>
  %1 = tensornet.contract %0[i, j] -> [i] : (tensor<8x4xf32>) -> tensor<8xf16>
  %2 = tensornet.contract %x[i] -> [i] extents(i = 6) : (tensor<8xf32>) -> tensor<6xf32>
  %3 = tensornet.contract %2[i], %2[i] -> [i] : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xf32>
  return %1, %3 : tensor<8xf16>, tensor<6xf32>
}

// The rebuilt contraction may know sizes that its type left open.
// CHECK-LABEL: func.func @open_sizes
// CHECK: tensor.cast %{{.+}} : tensor<4xf32> to tensor<?xf32>
func.func @open_sizes(%a: tensor<4x8xf32>) -> tensor<?xf32> {
  %0 = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %1 = tensornet.contract %0[i, j] -> [j] : (tensor<8x4xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

// Elementwise ops let transpositions pass, so that what comes after is shared.
// CHECK-LABEL: func.func @through_elementwise(
// CHECK-SAME: %[[A:[^:]+]]: tensor<4x8xf32>, %[[B:[^:]+]]: tensor<8x5xf32>, %[[V:[^:]+]]: tensor<5xf32>)
// CHECK-NEXT: %[[AB:.+]] = tensornet.contract %[[A]][i, j], %[[B]][j, k] -> [i, k]
// CHECK-NEXT: %[[E:.+]] = math.exp %[[AB]] : tensor<4x5xf32>
// CHECK-NEXT: %[[W:.+]] = tensornet.contract %[[E]][i, j], %[[V]][j] -> [i]
// CHECK-NEXT: return %[[E]], %[[W]]
func.func @through_elementwise(%a: tensor<4x8xf32>, %b: tensor<8x5xf32>, %v: tensor<5xf32>) -> (tensor<4x5xf32>, tensor<4xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x8xf32>, tensor<8x5xf32>) -> tensor<4x5xf32>
  %1 = math.exp %0 : tensor<4x5xf32>
  %2 = tensornet.contract %b[j, k], %a[i, j] -> [k, i] : (tensor<8x5xf32>, tensor<4x8xf32>) -> tensor<5x4xf32>
  %3 = math.exp %2 : tensor<5x4xf32>
  %4 = tensornet.contract %3[k, i], %v[k] -> [i] : (tensor<5x4xf32>, tensor<5xf32>) -> tensor<4xf32>
  return %1, %4 : tensor<4x5xf32>, tensor<4xf32>
}

// Operands that are permuted in different ways stay, and so does a
// transposition that is needed as it is.
// CHECK-LABEL: func.func @keeps_transpositions(
// CHECK: %[[T:.+]] = tensornet.contract %{{.+}}[i, j] -> [j, i]
// CHECK-NEXT: %[[S:.+]] = arith.addf %{{.+}}, %[[T]]
// CHECK-NEXT: %[[E:.+]] = math.exp %[[T]]
// CHECK-NEXT: return %[[S]], %[[E]]
func.func @keeps_transpositions(%a: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = arith.addf %a, %0 : tensor<4x4xf32>
  %2 = math.exp %0 : tensor<4x4xf32>
  return %1, %2 : tensor<4x4xf32>, tensor<4x4xf32>
}
