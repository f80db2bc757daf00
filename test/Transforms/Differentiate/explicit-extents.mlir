// RUN: tn-opt %s --tensornet-differentiate="function=prefix" | FileCheck %s

// The extent of i stays with the contractions that read x, and is dropped
// where i does not occur.
// CHECK-LABEL: func.func @prefix_value_and_grad
// CHECK-SAME:    %[[X:[^:]+]]: tensor<2x3xf32>, %[[Y:[^:]+]]: tensor<3x5xf32>, %[[Z:[^:]+]]: tensor<5xf32>
// CHECK-DAG:     tensornet.contract %[[X]][i, j] -> [j] extents(i = 4) : (tensor<2x3xf32>) -> tensor<3xf32>
// CHECK-DAG:     tensornet.contract %[[Y]][i, j], %[[Z]][j] -> [i] : (tensor<3x5xf32>, tensor<5xf32>) -> tensor<3xf32>
// CHECK:         -> [j, i] extents(j = 4) : (tensor<3xf32>) -> tensor<2x3xf32>
func.func @prefix(%x: tensor<2x3xf32>, %y: tensor<3x5xf32>, %z: tensor<5xf32>) -> tensor<f32> {
  %0 = tensornet.contract %x[i, j], %y[j, k], %z[k] -> [] extents(i = 4)
      : (tensor<2x3xf32>, tensor<3x5xf32>, tensor<5xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
