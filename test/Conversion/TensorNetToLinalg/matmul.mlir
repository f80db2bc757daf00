// RUN: tn-opt %s --convert-tensornet-to-linalg | FileCheck %s

// CHECK-DAG: #[[$A:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$B:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[$C:.+]] = affine_map<(d0, d1, d2) -> (d0, d1)>

// Loops are those of the result, then what is summed; the sum is rounded once.
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[A:.+]]: tensor<4x8xf16>, %[[B:.+]]: tensor<8x3xf16>
// CHECK: %[[ZEROS:.+]] = linalg.fill
// CHECK: %[[SUM:.+]] = linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #[[$C]]]
// CHECK-SAME: iterator_types = ["parallel", "parallel", "reduction"]
// CHECK-SAME: ins(%[[A]], %[[B]] : tensor<4x8xf16>, tensor<8x3xf16>) outs(%[[ZEROS]] : tensor<4x3xf32>)
// CHECK-COUNT-2: arith.extf %{{.+}} : f16 to f32
// CHECK: arith.mulf %{{.+}} fastmath<reassoc,contract>
// CHECK: arith.addf %{{.+}} fastmath<reassoc,contract>
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[SUM]] : tensor<4x3xf32>)
// CHECK: arith.truncf
func.func @matmul(%a: tensor<4x8xf16>, %b: tensor<8x3xf16>) -> tensor<4x3xf16> {
  %c = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<4x8xf16>, tensor<8x3xf16>) -> tensor<4x3xf16>
  return %c : tensor<4x3xf16>
}

// CHECK-LABEL: func.func @hyperedge
// CHECK: linalg.generic
// CHECK-SAME: iterator_types = ["parallel", "reduction"]
func.func @hyperedge(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>, %c: tensor<4x8xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract %a[i, j], %b[i, j], %c[i, j] -> [i]
       : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @checks
// CHECK: tensornet.check %{{.+}}, "index 'i' has extent {0} in operand #0 but {1} in operand #1"(%
func.func @checks(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %b[i] -> [] : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @conjugates
// CHECK: complex.conj
// CHECK: complex.mul
// CHECK: complex.add
func.func @conjugates(%a: tensor<4xcomplex<f32>>, %b: tensor<4xcomplex<f32>>) -> tensor<complex<f32>> {
  %0 = tensornet.contract conj %a[i], %b[i] -> []
       : (tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>) -> tensor<complex<f32>>
  return %0 : tensor<complex<f32>>
}

// CHECK-LABEL: func.func @no_points
// CHECK: %[[ZEROS:.+]] = linalg.fill
// CHECK-NEXT: return %[[ZEROS]]
func.func @no_points(%a: tensor<4x0xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract %a[i, j] -> [i] : (tensor<4x0xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @stop_gradient(
// CHECK-SAME: %[[A:.+]]: f32
// CHECK-NEXT: return %[[A]]
func.func @stop_gradient(%a: f32) -> f32 {
  %0 = tensornet.stop_gradient %a : f32
  return %0 : f32
}
