// RUN: tn-opt %s --tensornet-affine-contractions=vector-width=512 --canonicalize --cse | FileCheck %s

// A mask of the result is applied to it: the kernel beside it is plain, and told
// what of its result nobody reads.
// CHECK: #[[$BOUNDS:.+]] = affine_set<(d0, d1, d2) : (d0 - d2 >= 0)>
// CHECK-LABEL: func.func @mask_of_result(
// CHECK-SAME: %[[A:.+]]: tensor<32x24xf32>, %[[B:.+]]: tensor<24x40xf32>
// CHECK: %[[SUM:.+]] = tensornet.contract_into %[[A]][i, j], %[[B]][j, k] -> [i, k] outs(%{{.+}}) {bounds = #[[$BOUNDS]], in_bounds}
// CHECK-NOT: scf.if
// CHECK: linalg.generic {{.*}} ins(%[[SUM]]
// CHECK: %[[IN:.+]] = arith.cmpi sge
// CHECK: arith.select %[[IN]]
func.func @mask_of_result(%a: tensor<32x24xf32>, %b: tensor<24x40xf32>) -> tensor<32x40xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<40xf32>
  %c = tensornet.contract %a[i, k], %one[i - j], %b[k, j] -> [i, j]
       : (tensor<32x24xf32>, tensor<40xf32>, tensor<24x40xf32>) -> tensor<32x40xf32>
  return %c : tensor<32x40xf32>
}

// A mask of the sum is left to the kernel.
// CHECK-LABEL: func.func @mask_of_sum(
// CHECK-SAME: %[[A:.+]]: tensor<32x24xf32>, %[[B:.+]]: tensor<24x40xf32>
// CHECK-NOT: arith.select
// CHECK: tensornet.contract_into %[[A]][i, j], %[[B]][j, k] -> [i, k] outs(%{{.+}}) {bounds = #{{.+}}, in_bounds, strict_bounds}
func.func @mask_of_sum(%a: tensor<32x24xf32>, %b: tensor<24x40xf32>) -> tensor<32x40xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<32xf32>
  %c = tensornet.contract %a[i, k], %one[i - k], %b[k, j] -> [i, j]
       : (tensor<32x24xf32>, tensor<32xf32>, tensor<24x40xf32>) -> tensor<32x40xf32>
  return %c : tensor<32x40xf32>
}

// Where the kernel would test each point, or cannot, a mask of an operand puts
// zeros into it. They drop points only while the other operand is finite.
// CHECK-LABEL: func.func @mask_of_operand(
// CHECK-SAME: %[[A:.+]]: tensor<32x24xf32>, %[[B:.+]]: tensor<24x40xf32>
// CHECK: %[[L:.+]] = linalg.generic {{.*}} ins(%[[A]]
// CHECK: arith.select
// CHECK: linalg.generic {{.*}}"reduction", "reduction"{{.*}} ins(%[[B]]
// CHECK: arith.mulf %{{.+}}, %{{.+}} : f32
// CHECK: %[[FINITE:.+]] = arith.cmpf oeq
// CHECK: scf.if %[[FINITE]]
// CHECK: tensornet.contract_into %[[L]][i, j], %[[B]][j, k]
// CHECK: else
// CHECK: linalg.generic {{.*}} ins(%[[L]], %[[B]]
// CHECK: arith.select
func.func @mask_of_operand(%a: tensor<32x24xf32>, %b: tensor<24x40xf32>) -> tensor<32x40xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<32xf32>
  %c = tensornet.contract %a[i, k], %one[i - 2 * k], %b[k, j] -> [i, j]
       : (tensor<32x24xf32>, tensor<32xf32>, tensor<24x40xf32>) -> tensor<32x40xf32>
  return %c : tensor<32x40xf32>
}

// A matrix unit adds several points of the sum at a time: nor for halves.
// CHECK-LABEL: func.func @halves
// CHECK: scf.if
// CHECK: tensornet.contract_into {{.*}} {bounds = #{{[^ ]+}}, in_bounds}
func.func @halves(%a: tensor<32x24xbf16>, %b: tensor<24x40xbf16>) -> tensor<32x40xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<32xbf16>
  %c = tensornet.contract %a[i, k], %one[i - k], %b[k, j] -> [i, j]
       : (tensor<32x24xbf16>, tensor<32xbf16>, tensor<24x40xbf16>) -> tensor<32x40xf32>
  return %c : tensor<32x40xf32>
}

// Integers are always finite.
// CHECK-LABEL: func.func @integers
// CHECK-NOT: scf.if
// CHECK: tensornet.contract_into
func.func @integers(%a: tensor<32x24xi32>, %b: tensor<24x40xi32>) -> tensor<32x40xi32> {
  %one = tensornet.contract -> [u] : () -> tensor<32xi32>
  %c = tensornet.contract %a[i, k], %one[i - 2 * k], %b[k, j] -> [i, j]
       : (tensor<32x24xi32>, tensor<32xi32>, tensor<24x40xi32>) -> tensor<32x40xi32>
  return %c : tensor<32x40xi32>
}

// No tensor has all indices of the mask: the kernel tests points at the edge.
// CHECK-LABEL: func.func @mask_of_points
// CHECK: tensornet.contract_into {{.*}} strict_bounds}
func.func @mask_of_points(%a: tensor<32x24xf32>, %b: tensor<24x40xf32>) -> tensor<32x40xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<32xf32>
  %c = tensornet.contract %a[i, k], %one[i + j - k], %b[k, j] -> [i, j]
       : (tensor<32x24xf32>, tensor<32xf32>, tensor<24x40xf32>) -> tensor<32x40xf32>
  return %c : tensor<32x40xf32>
}

// Without a step of one along the sum, or in a kernel, every point is tested.
// CHECK-LABEL: func.func @steps_of_two
// CHECK-NOT: tensornet.contract_into
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: arith.select
func.func @steps_of_two(%a: tensor<32x24xf32>, %b: tensor<24x40xf32>) -> tensor<32x40xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<32xf32>
  %c = tensornet.contract %a[i, k], %one[i + j - 2 * k], %b[k, j] -> [i, j]
       : (tensor<32x24xf32>, tensor<32xf32>, tensor<24x40xf32>) -> tensor<32x40xf32>
  return %c : tensor<32x40xf32>
}

// The subscripts of a virtual operand are solved for its indices.
// CHECK-LABEL: func.func @superdiagonal
// CHECK: arith.cmpi eq
// CHECK-NOT: tensornet.contract
func.func @superdiagonal(%a: tensor<8x9xf32>) -> tensor<8x9xf32> {
  %next = tensornet.contract -> [u, u + 1] : () -> tensor<8x9xf32>
  %c = tensornet.contract %a[i, j], %next[i, j] -> [i, j]
       : (tensor<8x9xf32>, tensor<8x9xf32>) -> tensor<8x9xf32>
  return %c : tensor<8x9xf32>
}

// Affine subscripts in bounds are strides to a kernel.
// CHECK-LABEL: func.func @convolution(
// CHECK-SAME: %[[X:.+]]: tensor<2x3x13x20xf32>, %[[K:.+]]: tensor<4x3x3x5xf32>
// CHECK-NOT: tensor.pad
// CHECK-NOT: scf.if
// CHECK: tensornet.contract_into %[[X]][i, j, k + l, m + n], %[[K]][o, j, l, n] -> [i, o, k, m]
// CHECK-SAME: {in_bounds}
func.func @convolution(%x: tensor<2x3x13x20xf32>, %k: tensor<4x3x3x5xf32>) -> tensor<2x4x11x16xf32> {
  %y = tensornet.contract %x[b, c, h + r, w + s], %k[o, c, r, s] -> [b, o, h, w]
       : (tensor<2x3x13x20xf32>, tensor<4x3x3x5xf32>) -> tensor<2x4x11x16xf32>
  return %y : tensor<2x4x11x16xf32>
}

// Dynamic extents go the same way, padded by what the run finds missing.
// CHECK-LABEL: func.func @dynamic(
// CHECK: tensor.insert_slice
// CHECK: scf.if
// CHECK: tensornet.contract_into %{{.+}}[i, j, k + l], %{{.+}}[m, j, l] -> [i, m, k]
// CHECK-SAME: {in_bounds}
func.func @dynamic(%x: tensor<?x?x?xf32>, %k: tensor<?x?x?xf32>, %n: index) -> tensor<?x?x?xf32> {
  %y = tensornet.contract %x[b, c, w + s], %k[o, c, s] -> [b, o, w] sizes(%n)
       : (tensor<?x?x?xf32>, tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  return %y : tensor<?x?x?xf32>
}

// The adjoint of a convolution gathers instead of scattering.
// CHECK-LABEL: func.func @gathers
// CHECK: %[[PADDED:.+]] = tensor.insert_slice
// CHECK: tensornet.contract_into %[[PADDED]][i, j, k - l + 4], %{{.+}}[j, m, l] -> [i, m, k]
func.func @gathers(%y: tensor<2x4x16xf32>, %k: tensor<4x3x5xf32>) -> tensor<2x3x20xf32> {
  %x = tensornet.contract %y[b, o, w], %k[o, c, s] -> [b, c, w + s]
       : (tensor<2x4x16xf32>, tensor<4x3x5xf32>) -> tensor<2x3x20xf32>
  return %x : tensor<2x3x20xf32>
}

// A contraction that bare subscripts describe stays.
// CHECK-LABEL: func.func @plain
// CHECK: tensornet.contract %
func.func @plain(%a: tensor<32x24xf32>, %b: tensor<24x40xf32>) -> tensor<32x40xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
       : (tensor<32x24xf32>, tensor<24x40xf32>) -> tensor<32x40xf32>
  return %c : tensor<32x40xf32>
}

// So does one whose padding only the run can lay out.
// CHECK-LABEL: func.func @dynamic_start
// CHECK: tensornet.contract %
func.func @dynamic_start(%x: tensor<7xf32>, %w: tensor<?xf32>) -> tensor<5xf32> {
  %y = tensornet.contract %x[h - k], %w[h + k], %w[k] -> [h]
       : (tensor<7xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}
