// RUN: tn-opt %s --convert-tensornet-to-destination | FileCheck %s

// CHECK-LABEL: func.func @matmul
// CHECK: %[[ZERO:.+]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[ZEROS:.+]] = linalg.fill ins(%[[ZERO]] : f32)
// CHECK: %[[SUM:.+]] = tensornet.contract_into %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k] outs(%[[ZEROS]])
// CHECK: return %[[SUM]]
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x3xf32>) -> tensor<4x3xf32> {
  %c = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<4x8xf32>, tensor<8x3xf32>) -> tensor<4x3xf32>
  return %c : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @rounds_once
// CHECK: %[[SUM:.+]] = tensornet.contract_into
// CHECK-SAME: -> tensor<4x3xf32>
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[SUM]] : tensor<4x3xf32>)
// CHECK: arith.truncf %{{.+}} : f32 to f16
func.func @rounds_once(%a: tensor<4x8xf16>, %b: tensor<8x3xf16>) -> tensor<4x3xf16> {
  %c = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<4x8xf16>, tensor<8x3xf16>) -> tensor<4x3xf16>
  return %c : tensor<4x3xf16>
}

// CHECK-LABEL: func.func @dynamic_sizes(
// CHECK-SAME: %[[A:.+]]: tensor<?xf32>, %[[M:.+]]: index
// CHECK: tensor.dim %[[A]]
// CHECK: tensor.empty(%{{.+}}, %[[M]]) : tensor<?x?xf32>
func.func @dynamic_sizes(%a: tensor<?xf32>, %m: index) -> tensor<?x?xf32> {
  %c = tensornet.contract %a[i] -> [i, j] sizes(%m)
       : (tensor<?xf32>) -> tensor<?x?xf32>
  return %c : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @stop_gradient(
// CHECK-SAME: %[[A:.+]]: f32
// CHECK-NEXT: return %[[A]]
func.func @stop_gradient(%a: f32) -> f32 {
  %0 = tensornet.stop_gradient %a : f32
  return %0 : f32
}
