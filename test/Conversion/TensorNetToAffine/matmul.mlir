// RUN: tn-opt %s --convert-tensornet-to-affine | FileCheck %s

// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[A:.+]]: memref<4x8xf32>, %[[B:.+]]: memref<8x3xf32>, %[[C:.+]]: memref<4x3xf32>
// CHECK: affine.for %[[I:.+]] = 0 to 4
// CHECK: affine.for %[[J:.+]] = 0 to 8
// CHECK: affine.for %[[K:.+]] = 0 to 3
// CHECK-NEXT: %[[X:.+]] = affine.load %[[A]][%[[I]], %[[J]]]
// CHECK-NEXT: %[[Y:.+]] = affine.load %[[B]][%[[J]], %[[K]]]
// CHECK-NEXT: %[[P:.+]] = arith.mulf %[[X]], %[[Y]] fastmath<reassoc,contract>
// CHECK-NEXT: %[[OLD:.+]] = affine.load %[[C]][%[[I]], %[[K]]]
// CHECK-NEXT: %[[NEW:.+]] = arith.addf %[[OLD]], %[[P]] fastmath<reassoc,contract>
// CHECK-NEXT: affine.store %[[NEW]], %[[C]][%[[I]], %[[K]]]
func.func @matmul(%a: memref<4x8xf32>, %b: memref<8x3xf32>, %c: memref<4x3xf32>) {
  tensornet.contract_into %a[i, j], %b[j, k] -> [i, k] outs(%c)
      : (memref<4x8xf32>, memref<8x3xf32>, memref<4x3xf32>) -> ()
  return
}

// On tensors a contraction gets a buffer of zeros.
// CHECK-LABEL: func.func @on_tensors(
// CHECK: %[[SUM:.+]] = memref.alloc() : memref<4x3xf32>
// CHECK: affine.store %{{.+}}, %[[SUM]]
// CHECK: bufferization.to_buffer %{{.+}} read_only
// CHECK: affine.store %{{.+}}, %[[SUM]]
// CHECK: bufferization.to_tensor %[[SUM]] restrict writable
func.func @on_tensors(%a: tensor<4x8xf32>, %b: tensor<8x3xf32>) -> tensor<4x3xf32> {
  %c = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<4x8xf32>, tensor<8x3xf32>) -> tensor<4x3xf32>
  return %c : tensor<4x3xf32>
}

// A tensor destination is copied: others may read it.
// CHECK-LABEL: func.func @into_tensor(
// CHECK: %[[INIT:.+]] = bufferization.to_buffer %{{.+}} read_only
// CHECK: %[[SUM:.+]] = memref.alloc() : memref<f32>
// CHECK: memref.copy %[[INIT]], %[[SUM]]
// CHECK: affine.for
func.func @into_tensor(%a: tensor<4xf32>, %c: tensor<f32>) -> tensor<f32> {
  %d = tensornet.contract_into %a[i] -> [] outs(%c)
       : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return %d : tensor<f32>
}
