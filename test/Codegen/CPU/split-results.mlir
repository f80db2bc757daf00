// RUN: tn-opt %s --tensornet-affine-contractions=vector-width=512 --canonicalize --cse | FileCheck %s

// The sum behind a diagonal is a contraction of its own.
// CHECK-LABEL: func.func @diagonal(
// CHECK: %[[SUM:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k]
// CHECK: linalg.generic {{.*}} ins(%[[SUM]]
func.func @diagonal(%a: tensor<32x24xf32>, %b: tensor<24x40xf32>) -> tensor<32x32x40xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, i, j]
       : (tensor<32x24xf32>, tensor<24x40xf32>) -> tensor<32x32x40xf32>
  return %c : tensor<32x32x40xf32>
}

// A strided scatter is a sum per residue class; their results lie side by side.
// CHECK-LABEL: func.func @strided(
// CHECK: tensornet.contract_into
// CHECK: tensor.collapse_shape {{.*}} : tensor<16x16x32x2xf32> into tensor<16x16x64xf32>
// CHECK: tensor.extract_slice {{.*}}[0, 0, 1] [16, 16, 62] [1, 1, 1]
func.func @strided(%y: tensor<16x24x31xf32>, %k: tensor<24x16x3xf32>) -> tensor<16x16x62xf32> {
  %x = tensornet.contract %y[b, o, h], %k[o, c, r] -> [b, c, 2 * h + r - 1]
       : (tensor<16x24x31xf32>, tensor<24x16x3xf32>) -> tensor<16x16x62xf32>
  return %x : tensor<16x16x62xf32>
}
