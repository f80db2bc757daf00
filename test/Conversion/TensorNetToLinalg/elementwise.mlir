// RUN: tn-opt %s --convert-tensornet-to-linalg | FileCheck %s

// Without a sum there is no accumulator: such ops fuse. Rounding is part of it.
// CHECK-LABEL: func.func @product
// CHECK-NOT: linalg.fill
// CHECK: %[[EMPTY:.+]] = tensor.empty() : tensor<4x8xf16>
// CHECK: linalg.generic
// CHECK-SAME: iterator_types = ["parallel", "parallel"]
// CHECK-SAME: outs(%[[EMPTY]] : tensor<4x8xf16>)
// CHECK: arith.mulf
// CHECK-NOT: arith.addf
// CHECK: arith.truncf
// CHECK: return
func.func @product(%a: tensor<4x8xf16>, %b: tensor<4x8xf16>) -> tensor<4x8xf16> {
  %0 = tensornet.contract %a[i, j], %b[i, j] -> [i, j]
       : (tensor<4x8xf16>, tensor<4x8xf16>) -> tensor<4x8xf16>
  return %0 : tensor<4x8xf16>
}

// CHECK-LABEL: func.func @outer
// CHECK-NOT: linalg.fill
// CHECK: return
func.func @outer(%a: tensor<4xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = tensornet.contract %a[i], %b[j] -> [i, j]
       : (tensor<4xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @transpose
// CHECK-NOT: linalg.fill
// CHECK: linalg.generic
// CHECK-SAME: ins(%{{.+}} : tensor<4x?xf32>) outs(%{{.+}} : tensor<?x4xf32>)
// CHECK: return
func.func @transpose(%a: tensor<4x?xf32>) -> tensor<?x4xf32> {
  %0 = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x?xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @scaled_broadcast
// CHECK-NOT: linalg.fill
// CHECK: linalg.generic
// CHECK-SAME: ins(%{{.+}}, %{{.+}} : tensor<f32>, tensor<4xf32>) outs(%{{.+}} : tensor<4x8xf32>)
// CHECK: return
func.func @scaled_broadcast(%s: tensor<f32>, %a: tensor<4xf32>) -> tensor<4x8xf32> {
  %0 = tensornet.contract %s[], %a[i] -> [i, j] : (tensor<f32>, tensor<4xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @scalars
// CHECK-NOT: linalg.fill
// CHECK: linalg.generic
// CHECK-SAME: iterator_types = []
// CHECK: return
func.func @scalars(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> {
  %0 = tensornet.contract %a[], %b[] -> [] : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
