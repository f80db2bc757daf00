// RUN: tn-opt %s --convert-tensornet-to-linalg | FileCheck %s

// CHECK-DAG: #[[$CONV:.+]] = affine_map<(d0, d1) -> (d0 * 2 + d1)>
// CHECK-DAG: #[[$DIAGONAL:.+]] = affine_map<(d0) -> (d0, d0)>

// Zeros from padding are not enough beside another factor, which may be
// infinite: the body drops the points.
// CHECK-LABEL: func.func @convolution
// CHECK: tensor.pad %{{.+}} low[1] high[1]
// CHECK: linalg.generic {indexing_maps = [#[[$CONV]],
// CHECK-SAME: iterator_types = ["parallel", "reduction"]
// CHECK: arith.select
func.func @convolution(%x: tensor<9xf32>, %w: tensor<3xf32>) -> tensor<5xf32> {
  %y = tensornet.contract %x[2 * h + k - 1], %w[k] -> [h]
       : (tensor<9xf32>, tensor<3xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// CHECK-LABEL: func.func @convolution_within_bounds
// CHECK-NOT: tensor.pad
// CHECK-NOT: arith.select
// CHECK: return
func.func @convolution_within_bounds(%x: tensor<11xf32>, %w: tensor<3xf32>) -> tensor<5xf32> {
  %y = tensornet.contract %x[2 * h + k], %w[k] -> [h]
       : (tensor<11xf32>, tensor<3xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// The sum runs over a larger result, which is cropped.
// CHECK-LABEL: func.func @transposed_convolution
// CHECK: linalg.fill {{.*}} -> tensor<11xf32>
// CHECK: %[[SUM:.+]] = linalg.generic
// CHECK-SAME: iterator_types = ["reduction", "reduction"]
// CHECK: tensor.extract_slice %[[SUM]][1] [9] [1]
func.func @transposed_convolution(%y: tensor<5xf32>, %w: tensor<3xf32>) -> tensor<9xf32> {
  %x = tensornet.contract %y[h], %w[k] -> [2 * h + k - 1]
       : (tensor<5xf32>, tensor<3xf32>) -> tensor<9xf32>
  return %x : tensor<9xf32>
}

// CHECK-LABEL: func.func @slice
// CHECK: tensor.extract_slice %{{.+}}[0] [3] [1]
// CHECK-NOT: tensor.pad
// CHECK: return
func.func @slice(%x: tensor<6xf32>) -> tensor<3xf32> {
  %0 = tensornet.contract %x[i] -> [i] extents(i = 3) : (tensor<6xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: func.func @pad
// CHECK: tensor.pad %{{.+}} low[2] high[1]
// CHECK: return
func.func @pad(%x: tensor<3xf32>) -> tensor<6xf32> {
  %0 = tensornet.contract %x[i] -> [i + 2] : (tensor<3xf32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// CHECK-LABEL: func.func @row
// CHECK: tensor.extract_slice %{{.+}}[2, 0] [1, 8] [1, 1] : tensor<4x8xf32> to tensor<8xf32>
func.func @row(%x: tensor<4x8xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %x[2, j] -> [j] : (tensor<4x8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func.func @diagonal
// CHECK: linalg.generic {indexing_maps = [#[[$DIAGONAL]],
// CHECK-SAME: iterator_types = ["parallel"]
func.func @diagonal(%x: tensor<4x4xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract %x[i, i] -> [i] : (tensor<4x4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A map that is no permutation keeps sequential semantics.
// CHECK-LABEL: func.func @diagonal_matrix
// CHECK: linalg.fill
// CHECK: linalg.generic {indexing_maps = [#{{.+}}, #[[$DIAGONAL]]], iterator_types = ["reduction"]
func.func @diagonal_matrix(%x: tensor<4xf32>) -> tensor<4x4xf32> {
  %0 = tensornet.contract %x[i] -> [i, i] : (tensor<4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// Index i is a dimension of no tensor: a tensor without data gives its extent.
// CHECK-LABEL: func.func @shape_only
// CHECK: %[[SHAPE:.+]] = tensor.empty() : tensor<3xf32>
// CHECK: linalg.generic
// CHECK-SAME: ins(%{{.+}}, %[[SHAPE]] :
func.func @shape_only(%x: tensor<5xf32>) -> tensor<f32> {
  %0 = tensornet.contract %x[2 * i] -> [] extents(i = 3) : (tensor<5xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// The run pads by what it finds missing.
// CHECK-LABEL: func.func @dynamic_convolution(
// CHECK-SAME: %[[X:.+]]: tensor<?xf32>
// CHECK: %[[HIGH:.+]] = affine.max
// CHECK: %[[PADDED:.+]] = tensor.pad %[[X]] low[0] high[%[[HIGH]]]
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[PADDED]]
// CHECK: arith.cmpi slt
// CHECK: arith.select
// CHECK-NOT: scf.for
// CHECK: return
func.func @dynamic_convolution(%x: tensor<?xf32>, %w: tensor<3xf32>) -> tensor<5xf32> {
  %y = tensornet.contract %x[h + k], %w[k] -> [h]
       : (tensor<?xf32>, tensor<3xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// A window of dynamic size: what of it exists is sliced out.
// CHECK-LABEL: func.func @dynamic_window(
// CHECK-SAME: %[[X:.+]]: tensor<?xf32>
// CHECK: %[[FIRST:.+]] = affine.min
// CHECK: %[[KEPT:.+]] = affine.min
// CHECK: %[[SLICE:.+]] = tensor.extract_slice %[[X]][%[[FIRST]]] [%[[KEPT]]] [1]
// CHECK: tensor.pad %[[SLICE]] low[0]
func.func @dynamic_window(%x: tensor<?xf32>) -> tensor<5xf32> {
  %y = tensornet.contract %x[h + 2] -> [h] : (tensor<?xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// A subscript that falls with k, whose extent only the run knows: k counts from
// the far end.
// CHECK-LABEL: func.func @falling(
// CHECK-SAME: %[[X:.+]]: tensor<7xf32>, %[[W:.+]]: tensor<?xf32>
// CHECK: %[[SLICE:.+]] = tensor.extract_slice %[[X]]
// CHECK: %[[PADDED:.+]] = tensor.pad %[[SLICE]]
// CHECK: %[[REVERSED:.+]] = linalg.generic
// CHECK: tensor.extract %[[W]]
// CHECK: linalg.generic {{.*}} ins(%[[PADDED]], %[[REVERSED]]
func.func @falling(%x: tensor<7xf32>, %w: tensor<?xf32>) -> tensor<5xf32> {
  %y = tensornet.contract %x[h - k] , %w[k] -> [h]
       : (tensor<7xf32>, tensor<?xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// It cannot where another subscript rises with it: guarded loops.
// CHECK-LABEL: func.func @rising_and_falling
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.if
// CHECK: tensor.extract
// CHECK: tensor.insert
func.func @rising_and_falling(%x: tensor<7xf32>, %w: tensor<?xf32>) -> tensor<5xf32> {
  %y = tensornet.contract %x[h - k] , %w[h + k], %w[k] -> [h]
       : (tensor<7xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// Padding would dwarf the tensor.
// CHECK-LABEL: func.func @far_away
// CHECK-NOT: tensor.pad
// CHECK: scf.if
func.func @far_away(%x: tensor<5xf32>) -> tensor<4xf32> {
  %y = tensornet.contract %x[1000000 * h] -> [h] : (tensor<5xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
