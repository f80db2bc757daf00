// RUN: tn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

// CHECK-DAG: #[[$DOUBLED:.+]] = affine_map<()[s0] -> (s0 * 2)>
// CHECK-DAG: #[[$MOVED:.+]] = affine_set<(d0, d1)[s0] : (d0 + s0 - d1 >= 0)>
// CHECK-DAG: #[[$MIRRORED:.+]] = affine_map<()[s0] -> (-s0 + 6)>

module attributes {transform.with_named_sequence} {

// Loops over i and k; j is summed whole.
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[A:.+]]: tensor<4x8xf32>, %[[B:.+]]: tensor<8x6xf32>, %[[C:.+]]: tensor<4x6xf32>)
// CHECK: scf.for %[[I:[^ ]+]] = %{{.+}} to %{{.+}} step %{{.+}} iter_args(%[[D:[^ ]+]] = %[[C]])
// CHECK: scf.for %[[K:[^ ]+]] = %{{.+}} to %{{.+}} step %{{.+}} iter_args(%[[E:[^ ]+]] = %[[D]])
// CHECK-DAG: %[[AT:.+]] = tensor.extract_slice %[[A]][%[[I]], 0] [2, 8] [1, 1]
// CHECK-DAG: %[[BT:.+]] = tensor.extract_slice %[[B]][0, %[[K]]] [8, 3] [1, 1]
// CHECK-DAG: %[[CT:.+]] = tensor.extract_slice %[[E]][%[[I]], %[[K]]] [2, 3] [1, 1]
// CHECK: %[[T:.+]] = tensornet.contract_into %[[AT]][i, j], %[[BT]][j, k] -> [i, k] outs(%[[CT]])
// CHECK: tensor.insert_slice %[[T]] into %[[E]][%[[I]], %[[K]]] [2, 3] [1, 1]
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>, %c: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %0 = tensornet.contract_into %a[i, j], %b[j, k] -> [i, k] outs(%c) {sizes_2_0_3}
       : (tensor<4x8xf32>, tensor<8x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// A loop over j sums up in the destination.
// CHECK-LABEL: func.func @sum(
// CHECK-SAME: %[[A:.+]]: tensor<4x8xf32>, %[[C:.+]]: tensor<4xf32>)
// CHECK: scf.for %[[J:[^ ]+]] = {{.+}} iter_args(%[[D:[^ ]+]] = %[[C]])
// CHECK: %[[AT:.+]] = tensor.extract_slice %[[A]][0, %[[J]]] [4, 2] [1, 1]
// CHECK: %[[T:.+]] = tensornet.contract_into %[[AT]][i, j] -> [i] outs(%[[D]])
// CHECK: scf.yield %[[T]]
func.func @sum(%a: tensor<4x8xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract_into %a[i, j] -> [i] outs(%c) {sizes_0_2}
       : (tensor<4x8xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The last tile of a dynamic extent may be smaller.
// CHECK-LABEL: func.func @dynamic(
// CHECK: scf.for %[[J:[^ ]+]] =
// CHECK: %[[SIZE:.+]] = affine.min
// CHECK: tensor.extract_slice %{{.+}}[0, %[[J]]] [4, %[[SIZE]]] [1, 1]
// CHECK: tensornet.contract_into {{.*}} (tensor<4x?xf32>, tensor<?xf32>, tensor<4xf32>)
func.func @dynamic(%a: tensor<4x?xf32>, %b: tensor<?xf32>, %c: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract_into %a[i, j], %b[j] -> [i] outs(%c) {sizes_0_2}
       : (tensor<4x?xf32>, tensor<?xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A tile of a convolution reads as much more as the kernel is wide.
// CHECK-LABEL: func.func @convolution(
// CHECK-SAME: %[[X:.+]]: tensor<17xf32>, %[[W:.+]]: tensor<3xf32>, %[[C:.+]]: tensor<8xf32>)
// CHECK: scf.for %[[H:[^ ]+]] =
// CHECK: %[[START:.+]] = affine.apply #[[$DOUBLED]]()[%[[H]]]
// CHECK: %[[XT:.+]] = tensor.extract_slice %[[X]][%[[START]]] [5] [1]
// CHECK: tensornet.contract_into %[[XT]][2 * i + j], %[[W]][j] -> [i]
func.func @convolution(%x: tensor<17xf32>, %w: tensor<3xf32>, %c: tensor<8xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract_into %x[2 * h + kh], %w[kh] -> [h] outs(%c) {sizes_2_0}
       : (tensor<17xf32>, tensor<3xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// A mirrored subscript: the slice ends where the tile begins.
// CHECK-LABEL: func.func @mirrored(
// CHECK-SAME: %[[X:[^ ]+]]: tensor<8xf32>,
// CHECK: scf.for %[[I:[^ ]+]] =
// CHECK: %[[START:.+]] = affine.apply #[[$MIRRORED]]()[%[[I]]]
// CHECK: %[[XT:.+]] = tensor.extract_slice %[[X]][%[[START]]] [2] [1]
// CHECK: tensornet.contract_into %[[XT]][-i + 1], %{{.+}}[j] -> [i]
func.func @mirrored(%x: tensor<8xf32>, %y: tensor<3xf32>, %c: tensor<8xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract_into %x[-i + 7], %y[j] -> [i] outs(%c) {sizes_2_0}
       : (tensor<8xf32>, tensor<3xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// Padding on an index that is not tiled stays as it is.
// CHECK-LABEL: func.func @padded_elsewhere(
// CHECK: scf.for %[[I:[^ ]+]] =
// CHECK: %[[XT:.+]] = tensor.extract_slice %{{.+}}[%[[I]], 0] [2, 8] [1, 1]
// CHECK: tensornet.contract_into %[[XT]][i, j + k - 1], %{{.+}}[k] -> [i, j]
func.func @padded_elsewhere(%x: tensor<4x8xf32>, %w: tensor<3xf32>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = tensornet.contract_into %x[b, h + kh - 1], %w[kh] -> [b, h] outs(%c) {sizes_2_0}
       : (tensor<4x8xf32>, tensor<3xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// The same where only the run knows the extents.
// CHECK-LABEL: func.func @dynamic_elsewhere(
// CHECK: scf.for %[[I:[^ ]+]] =
// CHECK: %[[XT:.+]] = tensor.extract_slice %{{.+}}[%[[I]], 0] [2, %{{.+}}] [1, 1]
// CHECK: tensornet.contract_into %[[XT]][i, j + k - 1], %{{.+}}[k] -> [i, j]
func.func @dynamic_elsewhere(%x: tensor<4x?xf32>, %w: tensor<?xf32>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = tensornet.contract_into %x[b, h + kh - 1], %w[kh] -> [b, h] outs(%c) {sizes_2_0}
       : (tensor<4x?xf32>, tensor<?xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// A tile of a scatter adds to a slice that its neighbours overlap: the loop
// sums up one after the other.
// CHECK-LABEL: func.func @scatter(
// CHECK: scf.for %[[H:[^ ]+]] = {{.+}} iter_args(%[[D:[^ ]+]] = %{{.+}})
// CHECK: %[[CT:.+]] = tensor.extract_slice %[[D]][%[[H]]] [4] [1]
// CHECK: %[[T:.+]] = tensornet.contract_into %{{.+}}[i], %{{.+}}[j] -> [i + j] outs(%[[CT]])
// CHECK: tensor.insert_slice %[[T]] into %[[D]][%[[H]]] [4] [1]
func.func @scatter(%y: tensor<8xf32>, %w: tensor<3xf32>, %c: tensor<10xf32>) -> tensor<10xf32> {
  %0 = tensornet.contract_into %y[h], %w[kh] -> [h + kh] outs(%c) {sizes_2_0}
       : (tensor<8xf32>, tensor<3xf32>, tensor<10xf32>) -> tensor<10xf32>
  return %0 : tensor<10xf32>
}

// An explicit extent becomes that of the tile.
// CHECK-LABEL: func.func @explicit_extent(
// CHECK: scf.for %[[I:[^ ]+]] =
// CHECK: tensor.extract_slice %{{.+}}[%[[I]]] [2] [1]
// CHECK: tensornet.contract_into %{{.+}}[i] -> [] extents(i = 2)
func.func @explicit_extent(%x: tensor<8xf32>, %c: tensor<f32>) -> tensor<f32> {
  %0 = tensornet.contract_into %x[i] -> [] extents(i = 6) outs(%c) {sizes_2}
       : (tensor<8xf32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @buffers(
// CHECK: scf.for %[[I:[^ ]+]] =
// CHECK: %[[AT:.+]] = memref.subview %{{.+}}[%[[I]], 0] [2, 8] [1, 1]
// CHECK: %[[CT:.+]] = memref.subview %{{.+}}[%[[I]]] [2] [1]
// CHECK: tensornet.contract_into %[[AT]][i, j] -> [i] outs(%[[CT]])
func.func @buffers(%a: memref<4x8xf32>, %c: memref<4xf32>) {
  tensornet.contract_into %a[i, j] -> [i] outs(%c) {sizes_2_0} : (memref<4x8xf32>, memref<4xf32>) -> ()
  return
}

// Bounds of a tile know where it begins.
// CHECK-LABEL: func.func @bounds(
// CHECK: scf.for %[[I:[^ ]+]] =
// CHECK: tensornet.contract_into {{.*}} origin(%[[I]]) {bounds = #[[$MOVED]], strict_bounds}
func.func @bounds(%a: memref<4x8xf32>, %c: memref<4xf32>) {
  tensornet.contract_into %a[i, j] -> [i] outs(%c)
    {sizes_2_0, bounds = affine_set<(d0, d1) : (d0 - d1 >= 0)>, strict_bounds} : (memref<4x8xf32>, memref<4xf32>) -> ()
  return
}

// A tile of the consumer makes the tile of the producer that it reads.
// CHECK-LABEL: func.func @fused(
// CHECK: scf.for %[[I:[^ ]+]] =
// CHECK: %[[T:.+]] = tensornet.contract_into %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k] outs(%{{.+}}) : (tensor<2x8xf32>, tensor<8x6xf32>, tensor<2x6xf32>)
// CHECK: tensornet.contract_into %[[T]][i, j] -> [i] {{.*}} (tensor<2x6xf32>, tensor<2xf32>)
func.func @fused(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>, %c: tensor<4x6xf32>, %d: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract_into %a[i, j], %b[j, k] -> [i, k] outs(%c) {producer}
       : (tensor<4x8xf32>, tensor<8x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = tensornet.contract_into %0[i, k] -> [i] outs(%d) {consumer}
       : (tensor<4x6xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

  transform.named_sequence @__transform_main(%root: !transform.any_op) {
    %0 = transform.structured.match attributes {sizes_2_0_3} in %root : (!transform.any_op) -> !transform.any_op
    %t0, %l0:2 = transform.structured.tile_using_for %0 tile_sizes [2, 0, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    %1 = transform.structured.match attributes {sizes_0_2} in %root : (!transform.any_op) -> !transform.any_op
    %t1, %l1 = transform.structured.tile_using_for %1 tile_sizes [0, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %2 = transform.structured.match attributes {sizes_2_0} in %root : (!transform.any_op) -> !transform.any_op
    %t2, %l2 = transform.structured.tile_using_for %2 tile_sizes [2, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %3 = transform.structured.match attributes {sizes_2} in %root : (!transform.any_op) -> !transform.any_op
    %t3, %l3 = transform.structured.tile_using_for %3 tile_sizes [2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %4 = transform.structured.match attributes {consumer} in %root : (!transform.any_op) -> !transform.any_op
    %5 = transform.structured.match attributes {producer} in %root : (!transform.any_op) -> !transform.any_op
    %t4, %l4 = transform.structured.tile_using_for %4 tile_sizes [2, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %f, %l = transform.structured.fuse_into_containing_op %5 into %l4 : (!transform.any_op, !transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
