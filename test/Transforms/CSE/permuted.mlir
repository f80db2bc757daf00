// RUN: tn-opt %s --tensornet-cse | FileCheck %s

// CHECK-LABEL: func.func @permuted_result(
// CHECK-SAME: %[[A:.+]]: tensor<4x8xf32>, %[[B:.+]]: tensor<8x16xf32>)
// CHECK-NEXT: %[[AB:.+]] = tensornet.contract %[[A]][i, j], %[[B]][j, k] -> [i, k]
// CHECK-NEXT: %[[T:.+]] = tensornet.contract %[[AB]][i, j] -> [j, i]
// CHECK-NEXT: return %[[AB]], %[[T]]
func.func @permuted_result(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<16x4xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %1 = tensornet.contract %b[j, k], %a[i, j] -> [k, i] : (tensor<8x16xf32>, tensor<4x8xf32>) -> tensor<16x4xf32>
  return %0, %1 : tensor<4x16xf32>, tensor<16x4xf32>
}

// The second chain reads a transposed product and is the same all the way.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[A:[^:]+]]: tensor<4x4xf32>, %[[B:[^:]+]]: {{.*}}, %[[C:[^:]+]]: tensor<5x6xf32>, %[[D:[^:]+]]: tensor<6x7xf32>)
// CHECK-NEXT: %[[AB:.+]] = tensornet.contract %[[A]][i, j], %[[B]][j, k]
// CHECK-NEXT: %[[ABC:.+]] = tensornet.contract %[[AB]][i, j], %[[C]][j, k]
// CHECK-NEXT: %[[ABCD:.+]] = tensornet.contract %[[ABC]][i, j], %[[D]][j, k]
// CHECK-NEXT: %[[T:.+]] = tensornet.contract %[[ABCD]][i, j] -> [j, i]
// CHECK-NEXT: return %[[ABCD]], %[[T]]
func.func @chain(%a: tensor<4x4xf32>, %b: tensor<4x5xf32>, %c: tensor<5x6xf32>, %d: tensor<6x7xf32>) -> (tensor<4x7xf32>, tensor<7x4xf32>) {
  %ab = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x5xf32>) -> tensor<4x5xf32>
  %abc = tensornet.contract %ab[i, j], %c[j, k] -> [i, k] : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %abcd = tensornet.contract %abc[i, j], %d[j, k] -> [i, k] : (tensor<4x6xf32>, tensor<6x7xf32>) -> tensor<4x7xf32>
  %ba = tensornet.contract %b[j, k], %a[i, j] -> [k, i] : (tensor<4x5xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %cba = tensornet.contract %c[i, j], %ba[i, k] -> [j, k] : (tensor<5x6xf32>, tensor<5x4xf32>) -> tensor<6x4xf32>
  %dcba = tensornet.contract %d[i, j], %cba[i, k] -> [j, k] : (tensor<6x7xf32>, tensor<6x4xf32>) -> tensor<7x4xf32>
  return %abcd, %dcba : tensor<4x7xf32>, tensor<7x4xf32>
}

// Elementwise ops on equal contractions are equal, and so is what reads them.
// CHECK-LABEL: func.func @through_elementwise(
// CHECK-NEXT: %[[P:.+]] = tensornet.contract
// CHECK-NEXT: %[[E:.+]] = math.exp %[[P]]
// CHECK-NEXT: %[[Q:.+]] = tensornet.contract %[[E]][i, j], %{{.+}}[j] -> [i]
// CHECK-NEXT: return %[[Q]], %[[Q]]
func.func @through_elementwise(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>, %v: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = math.exp %0 : tensor<4x4xf32>
  %2 = tensornet.contract %1[i, j], %v[j] -> [i] : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = tensornet.contract %b[k, j], %a[i, k] -> [i, j] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %4 = math.exp %3 : tensor<4x4xf32>
  %5 = tensornet.contract %v[j], %4[i, j] -> [i] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
  return %2, %5 : tensor<4xf32>, tensor<4xf32>
}

// The same tensor twice: the result is symmetric and needs no transposition.
// CHECK-LABEL: func.func @gram(
// CHECK-NEXT: %[[G:.+]] = tensornet.contract
// CHECK-NEXT: return %[[G]], %[[G]]
func.func @gram(%x: tensor<4x8xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>) {
  %0 = tensornet.contract %x[i, k], %x[j, k] -> [i, j] : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %x[i, k], %x[j, k] -> [j, i] : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x4xf32>
  return %0, %1 : tensor<4x4xf32>, tensor<4x4xf32>
}

// Rings of one tensor are equal wherever they start.
// CHECK-LABEL: func.func @rings(
// CHECK-NEXT: %[[R:.+]] = tensornet.contract
// CHECK-NEXT: return %[[R]], %[[R]]
func.func @rings(%a: tensor<4x4xf32>) -> (tensor<f32>, tensor<f32>) {
  %0 = tensornet.contract %a[i, j], %a[j, k], %a[k, l], %a[l, i] -> [] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<f32>
  %1 = tensornet.contract %a[i, j], %a[k, l], %a[l, i], %a[j, k] -> [] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}

// CHECK-LABEL: func.func @affine(
// CHECK-NEXT: %[[Y:.+]] = tensornet.contract
// CHECK-NEXT: return %[[Y]], %[[Y]]
func.func @affine(%x: tensor<9x9xf32>, %k: tensor<3x3xf32>) -> (tensor<7x7xf32>, tensor<7x7xf32>) {
  %0 = tensornet.contract %x[h + p, w + q], %k[p, q] -> [h, w] : (tensor<9x9xf32>, tensor<3x3xf32>) -> tensor<7x7xf32>
  %1 = tensornet.contract %k[a, b], %x[a + c, d + b] -> [c, d] : (tensor<3x3xf32>, tensor<9x9xf32>) -> tensor<7x7xf32>
  return %0, %1 : tensor<7x7xf32>, tensor<7x7xf32>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x?xf32>, %[[Y:[^:]+]]: tensor<?x?xf32>, %[[N:[^:]+]]: index, %[[M:[^:]+]]: index)
// CHECK-NEXT: %[[P:.+]] = tensornet.contract %[[X]][i, j], %[[Y]][j, k] -> [i, k + 1, l] extents(i = %[[N]]) sizes(%[[N]], %[[M]], %[[M]])
// CHECK-NEXT: %[[T:.+]] = tensornet.contract %[[P]][i, j, k] -> [j, k, i] : (tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
// CHECK-NEXT: return %[[P]], %[[T]]
func.func @dynamic(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>, %n: index, %m: index) -> (tensor<?x?x?xf32>, tensor<?x?x?xf32>) {
  %0 = tensornet.contract %x[i, j], %y[j, k] -> [i, k + 1, r] extents(i = %n) sizes(%n, %m, %m) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?x?xf32>
  %1 = tensornet.contract %y[j, k], %x[i, j] -> [k + 1, r, i] extents(i = %n) sizes(%m, %m, %n) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?x?xf32>
  return %0, %1 : tensor<?x?x?xf32>, tensor<?x?x?xf32>
}
