// RUN: tn-opt %s --tensornet-plan --tensornet-verify-form=form=pairwise | FileCheck %s

// CHECK-LABEL: func.func @convolution(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3x9x9xf32>, %[[K:[^:]+]]: tensor<3x3x3x5xf32>, %[[W:[^:]+]]: tensor<5x7xf32>)
// CHECK: %[[Y:.+]] = tensornet.contract %[[X]][i, j, k + l, m + n], %[[K]][j, l, n, o] -> [i, k, m, o]
// CHECK: tensornet.contract %[[Y]][i, j, k, l], %[[W]][l, m] -> [i, m, j, k]
func.func @convolution(%x: tensor<2x3x9x9xf32>, %k: tensor<3x3x3x5xf32>, %w: tensor<5x7xf32>) -> tensor<2x7x7x7xf32> {
  %0 = tensornet.contract %x[b, c, h + kh, w + kw], %k[c, kh, kw, o], %w[o, p] -> [b, p, h, w] : (tensor<2x3x9x9xf32>, tensor<3x3x3x5xf32>, tensor<5x7xf32>) -> tensor<2x7x7x7xf32>
  return %0 : tensor<2x7x7x7xf32>
}

// Explicit extents and result sizes go where their index goes.
// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x?xf32>, %[[Y:[^:]+]]: tensor<?x?xf32>, %[[Z:[^:]+]]: tensor<?x4xf32>, %[[N:[^:]+]]: index, %[[M:[^:]+]]: index)
// CHECK-NEXT: %[[SZ:.+]] = tensornet.contract %[[Z]][i, j] -> [i] : (tensor<?x4xf32>) -> tensor<?xf32>
// CHECK-NEXT: %[[YZ:.+]] = tensornet.contract %[[Y]][i, j], %[[SZ]][j] -> [i] extents(i = 3) : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<3xf32>
// CHECK-NEXT: %[[XYZ:.+]] = tensornet.contract %[[X]][i, 2 * j + k], %[[YZ]][k] -> [i, j] extents(j = %[[N]]) sizes(%[[N]])
// CHECK-NEXT: tensornet.contract %[[XYZ]][i, j] -> [i + 1, k, j] extents(j = %[[N]]) sizes(%[[M]], %[[M]], %[[M]])
func.func @dynamic(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>, %z: tensor<?x4xf32>, %n: index, %m: index) -> tensor<?x?x?xf32> {
  %0 = tensornet.contract %x[i, 2 * j + p], %y[p, k], %z[k, l] -> [i + 1, r, j] extents(p = 3, j = %n) sizes(%m, %m, %m) : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x4xf32>) -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}

// A size that only another operand gives is asked for.
// CHECK-LABEL: func.func @size_of_other_operand(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?xf32>, %[[Y:[^:]+]]: tensor<300xf32>, %[[Z:[^:]+]]: tensor<?xf32>)
// CHECK: %[[D:.+]] = tensor.dim %[[Z]]
// CHECK: tensornet.contract %[[X]][i + j], %[[Y]][j] -> [i] sizes(%[[D]])
func.func @size_of_other_operand(%x: tensor<?xf32>, %y: tensor<300xf32>, %z: tensor<?xf32>) -> tensor<f32> {
  %0 = tensornet.contract %x[h + k], %y[k], %z[h] -> [] : (tensor<?xf32>, tensor<300xf32>, tensor<?xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
