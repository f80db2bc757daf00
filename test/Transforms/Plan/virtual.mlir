// RUN: tn-opt %s --tensornet-plan --tensornet-verify-form=form=pairwise | FileCheck %s

// Virtual operands go with the first step that spans their indices.
// They go with later steps too, until an index of theirs is summed: what they drop
// stays dropped beside infinities.
// CHECK-LABEL: func.func @ride_along(
// CHECK-SAME: %[[X:[^:]+]]: tensor<6xf32>, %[[Y:[^:]+]]: tensor<6xf32>, %[[Z:[^:]+]]: tensor<6xf32>)
// CHECK: %[[ONE:.+]] = tensornet.contract -> [i] : () -> tensor<6xf32>
// CHECK: %[[YZ:.+]] = tensornet.contract %[[Y]][i], %[[Z]][i], %[[ONE]][i - 2] -> [i]
// CHECK: %[[XYZ:.+]] = tensornet.contract %[[X]][i], %[[YZ]][j], %[[ONE]][i - j], %[[ONE]][j - 2] -> [i]
// CHECK: tensornet.contract %[[XYZ]][i], %[[ONE]][-i + j], %{{.+}}[i - 2] -> [j]
func.func @ride_along(%x: tensor<6xf32>, %y: tensor<6xf32>, %z: tensor<6xf32>) -> tensor<6xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<6xf32>
  %0 = tensornet.contract %x[i], %one[i - j], %y[j], %z[j], %one[j - 2], %one[k - i] -> [k] : (tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// A mask on an index of one operand alone is summed with it.
// CHECK-LABEL: func.func @masked_sum(
// CHECK-SAME: %[[X:[^:]+]]: tensor<6x4xf32>, %[[Y:[^:]+]]: tensor<4x3xf32>)
// CHECK: %[[ONE:.+]] = tensornet.contract -> [i]
// CHECK: %[[SUM:.+]] = tensornet.contract %[[X]][i, j], %[[ONE]][i] -> [j] extents(i = 6)
// CHECK: tensornet.contract %[[SUM]][i], %[[Y]][i, j] -> [j] :
func.func @masked_sum(%x: tensor<6x4xf32>, %y: tensor<4x3xf32>) -> tensor<3xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<3xf32>
  %0 = tensornet.contract %x[i, j], %y[j, k], %one[i] -> [k] extents(i = 6) : (tensor<6x4xf32>, tensor<4x3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// An index on a delta and the result alone is left to a unary contraction.
// CHECK-LABEL: func.func @delta_to_result(
// CHECK-SAME: %[[X:[^:]+]]: tensor<6xf32>, %[[Y:[^:]+]]: tensor<6xf32>)
// CHECK: %[[ID:.+]] = tensornet.contract -> [i, i]
// CHECK: %[[XY:.+]] = tensornet.contract %[[X]][i], %[[Y]][i] -> [i]
// CHECK: tensornet.contract %[[XY]][i], %[[ID]][i, j] -> [j]
func.func @delta_to_result(%x: tensor<6xf32>, %y: tensor<6xf32>) -> tensor<6xf32> {
  %id = tensornet.contract -> [u, u] : () -> tensor<6x6xf32>
  %0 = tensornet.contract %x[i], %y[i], %id[i, k] -> [k] : (tensor<6xf32>, tensor<6xf32>, tensor<6x6xf32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// CHECK-LABEL: func.func @scalars_alone
// CHECK: tensornet.contract %{{.+}}[], %{{.+}}[], %{{.+}}[1] -> [i]
// CHECK-NEXT: return
func.func @scalars_alone(%s: tensor<f32>, %t: tensor<2xf32>) -> tensor<3xf32> {
  %0 = tensornet.contract %s[], %s[], %t[1] -> [i] : (tensor<f32>, tensor<f32>, tensor<2xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// A mask on indices of one operand keeps none of them alive: v is not multiplied
// by w before it is summed.
// CHECK-LABEL: func.func @mask_of_one_operand(
// CHECK-SAME: %[[P:[^:]+]]: tensor<8x8xf32>, %[[V:[^:]+]]: tensor<8x4xf32>, %[[W:[^:]+]]: tensor<4x16xf32>)
// CHECK: %[[ONE:.+]] = tensornet.contract -> [i]
// CHECK: %[[PV:.+]] = tensornet.contract %[[P]][i, j], %[[V]][j, k], %[[ONE]][i - j] -> [i, k]
// CHECK: tensornet.contract %[[PV]][i, j], %[[W]][j, k] -> [i, k]
func.func @mask_of_one_operand(%p: tensor<8x8xf32>, %v: tensor<8x4xf32>, %w: tensor<4x16xf32>) -> tensor<8x16xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<8xf32>
  %0 = tensornet.contract %p[s, t], %one[s - t], %v[t, k], %w[k, m] -> [s, m] : (tensor<8x8xf32>, tensor<8xf32>, tensor<8x4xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// What a mask leaves of the indices that are not summed goes on: it drops all points
// beyond j = 4, whatever y is there.
// CHECK-LABEL: func.func @mask_of_a_part(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5x9xf32>, %[[Y:[^:]+]]: tensor<9xf32>)
// CHECK: %[[ID:.+]] = tensornet.contract -> [i] : () -> tensor<1xf32>
// CHECK: %[[SUM:.+]] = tensornet.contract %[[X]][i, j], %[[ID]][i - j] -> [j]
// CHECK: %[[ONES:.+]] = tensornet.contract -> [i] : () -> tensor<5xf32>
// CHECK: tensornet.contract %[[SUM]][i], %[[Y]][i], %[[ONES]][-i + 4] -> [i]
func.func @mask_of_a_part(%x: tensor<5x9xf32>, %y: tensor<9xf32>) -> tensor<9xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<1xf32>
  %0 = tensornet.contract %x[i, j], %y[j], %one[i - j] -> [j] : (tensor<5x9xf32>, tensor<9xf32>, tensor<1xf32>) -> tensor<9xf32>
  return %0 : tensor<9xf32>
}

// So do the bounds of other operands, here j < 3.
// CHECK-LABEL: func.func @bounds_of_a_part(
// CHECK: %[[SUM:.+]] = tensornet.contract %{{.+}}[i, j] -> [j] extents(j = 9)
// CHECK: %[[ONES:.+]] = tensornet.contract -> [i] : () -> tensor<3xf32>
// CHECK: tensornet.contract %[[SUM]][i], %{{.+}}[i], %[[ONES]][-i + 2] -> [i]
func.func @bounds_of_a_part(%x: tensor<5x3xf32>, %y: tensor<9xf32>) -> tensor<9xf32> {
  %0 = tensornet.contract %x[i, j], %y[j] -> [j] extents(j = 9) : (tensor<5x3xf32>, tensor<9xf32>) -> tensor<9xf32>
  return %0 : tensor<9xf32>
}

// Where two masks exclude each other, nothing is left: 0 <= i <= j and 5 <= i + j leave
// 5 <= 2 j.
// CHECK-LABEL: func.func @masks_of_a_part(
// CHECK: %[[SUM:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[-i + j], %{{.+}}[i + j - 5] -> [j]
// CHECK: %[[ONES:.+]] = tensornet.contract -> [i] : () -> tensor<8xf32>
// CHECK: tensornet.contract %[[SUM]][i], %{{.+}}[i], %[[ONES]][2 * i - 5] -> [i]
func.func @masks_of_a_part(%x: tensor<7x7xf32>, %y: tensor<7xf32>) -> tensor<7xf32> {
  %seven = tensornet.contract -> [u] : () -> tensor<7xf32>
  %eight = tensornet.contract -> [u] : () -> tensor<8xf32>
  %0 = tensornet.contract %x[i, j], %y[j], %seven[j - i], %eight[i + j - 5] -> [j] : (tensor<7x7xf32>, tensor<7xf32>, tensor<7xf32>, tensor<8xf32>) -> tensor<7xf32>
  return %0 : tensor<7xf32>
}
