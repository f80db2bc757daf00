// RUN: tn-opt %s --tensornet-affine-contractions=vector-width=512 | FileCheck %s

// Patches side by side: a product of matrices.
// CHECK-LABEL: func.func @patches
// CHECK: %[[X:.+]] = tensor.expand_shape %arg0 {{.*}} : tensor<8x32x48xf32> into tensor<8x8x4x12x4xf32>
// CHECK: tensornet.contract %[[X]][i, j, k, l, m], %arg1[k, m, n] -> [i, j, l, n]
func.func @patches(%x: tensor<8x32x48xf32>, %w: tensor<4x4x20xf32>) -> tensor<8x8x12x20xf32> {
  %y = tensornet.contract %x[n, 4 * h + r, 4 * w + s], %w[r, s, o] -> [n, h, w, o]
    : (tensor<8x32x48xf32>, tensor<4x4x20xf32>) -> tensor<8x8x12x20xf32>
  return %y : tensor<8x8x12x20xf32>
}

// The adjoint of a mean over windows repeats numbers and adds nothing.
// CHECK-LABEL: func.func @upsample
// CHECK: %[[Y:.+]] = tensornet.contract %arg0[i, j] -> [i, k, j, l]
// CHECK: tensor.collapse_shape %[[Y]] {{\[\[}}0, 1], [2, 3]] : tensor<6x2x5x3xf32> into tensor<12x15xf32>
func.func @upsample(%x: tensor<6x5xf32>) -> tensor<12x15xf32> {
  %y = tensornet.contract %x[h, w] -> [2 * h + r, 3 * w + s] extents(r = 2, s = 3)
    : (tensor<6x5xf32>) -> tensor<12x15xf32>
  return %y : tensor<12x15xf32>
}

// Windows in windows.
// CHECK-LABEL: func.func @nested
// CHECK: tensor.expand_shape %arg0 {{.*}} : tensor<24xf32> into tensor<4x3x2xf32>
// CHECK: tensornet.contract %{{.+}}[i, j, k] -> [k, i]
func.func @nested(%x: tensor<24xf32>) -> tensor<2x4xf32> {
  %y = tensornet.contract %x[6 * a + 2 * b + c] -> [c, a] extents(a = 4, b = 3, c = 2)
    : (tensor<24xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// Windows that overlap, leave gaps, begin elsewhere or do not reach the end.
// CHECK-LABEL: func.func @others
// CHECK-NOT: tensor.expand_shape
func.func @others(%x: tensor<12xf32>) -> (tensor<5xf32>, tensor<4xf32>, tensor<6xf32>, tensor<5xf32>) {
  %overlap = tensornet.contract %x[2 * h + r] -> [h] extents(h = 5, r = 3) : (tensor<12xf32>) -> tensor<5xf32>
  %gaps = tensornet.contract %x[3 * h + r] -> [h] extents(h = 4, r = 2) : (tensor<12xf32>) -> tensor<4xf32>
  %shifted = tensornet.contract %x[2 * h + r - 1] -> [h] extents(h = 6, r = 2) : (tensor<12xf32>) -> tensor<6xf32>
  %short = tensornet.contract %x[2 * h + r] -> [h] extents(h = 5, r = 2) : (tensor<12xf32>) -> tensor<5xf32>
  return %overlap, %gaps, %shifted, %short : tensor<5xf32>, tensor<4xf32>, tensor<6xf32>, tensor<5xf32>
}
