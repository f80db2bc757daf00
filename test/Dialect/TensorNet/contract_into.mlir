// RUN: tn-opt %s | tn-opt | FileCheck %s
// RUN: tn-opt %s --mlir-print-op-generic | tn-opt | FileCheck %s
// RUN: tn-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s --check-prefix=BUFFER

// CHECK: #[[$BOUNDS:.+]] = affine_set<(d0, d1, d2)[s0] : (d0 - d1 + s0 >= 0)>
// CHECK-LABEL: func.func @on_tensors
// BUFFER-LABEL: func.func @on_tensors
// BUFFER-SAME: %[[A:.+]]: memref<4x8xf32>, %[[B:.+]]: memref<8x2xf32>, %[[C:.+]]: memref<4x2xf32>
func.func @on_tensors(%a: tensor<4x8xf32>, %b: tensor<8x2xf32>,
                      %c: tensor<4x2xf32>) -> tensor<4x2xf32> {
  // CHECK: tensornet.contract_into %arg0[i, j], %arg1[j, k] -> [i, k] outs(%arg2) :
  // CHECK-SAME: (tensor<4x8xf32>, tensor<8x2xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>
  // BUFFER: tensornet.contract_into %[[A]][i, j], %[[B]][j, k] -> [i, k] outs(%[[C]]) :
  // BUFFER-SAME: (memref<4x8xf32>, memref<8x2xf32>, memref<4x2xf32>) -> ()
  // BUFFER: return %[[C]]
  %0 = tensornet.contract_into %a[i, j], %b[j, k] -> [i, k] outs(%c)
       : (tensor<4x8xf32>, tensor<8x2xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// CHECK-LABEL: func.func @on_memrefs
func.func @on_memrefs(%a: memref<?x8xf32, strided<[16, 1]>>, %c: memref<?xf32>,
                      %n: index) {
  // CHECK: tensornet.contract_into %arg0[i + j, 0] -> [i] extents(j = %arg2) outs(%arg1) :
  tensornet.contract_into %a[i + j, 0] -> [i] extents(j = %n) outs(%c)
       : (memref<?x8xf32, strided<[16, 1]>>, memref<?xf32>) -> ()
  return
}

// An input that is read again is copied before the destination is written.
// BUFFER-LABEL: func.func @destination_is_input
func.func @destination_is_input(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // BUFFER: memref.alloc
  // BUFFER: memref.copy
  // BUFFER: tensornet.contract_into
  %0 = tensornet.contract_into %a[i, j], %a[j, k] -> [i, k] outs(%a)
       : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// What is promised about index points survives bufferization.
// CHECK-LABEL: func.func @promises
// BUFFER-LABEL: func.func @promises
func.func @promises(%a: tensor<9xf32>, %id: tensor<4x5xf32>, %c: tensor<5xf32>) -> tensor<5xf32> {
  // CHECK: tensornet.contract_into {{.*}} outs(%{{.+}}) {counts = array<i64: 1>, in_bounds} :
  // BUFFER: tensornet.contract_into {{.*}} outs(%{{.+}}) {counts = array<i64: 1>, in_bounds} :
  %0 = tensornet.contract_into %a[i + j], %id[i, j] -> [j] outs(%c) {counts = array<i64: 1>, in_bounds}
       : (tensor<9xf32>, tensor<4x5xf32>, tensor<5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// So do bounds, with the values that their symbols have.
// CHECK-LABEL: func.func @bounds
// BUFFER-LABEL: func.func @bounds
func.func @bounds(%a: tensor<4x8xf32>, %b: tensor<8x2xf32>, %c: tensor<4x2xf32>,
                  %row: index) -> tensor<4x2xf32> {
  // CHECK: tensornet.contract_into {{.*}} outs(%{{.+}}) origin(%{{.+}}) {bounds = #[[$BOUNDS]], strict_bounds} :
  // BUFFER: tensornet.contract_into {{.*}} outs(%{{.+}}) origin(%{{.+}}) {bounds = #{{.+}}, strict_bounds} :
  %0 = tensornet.contract_into %a[i, j], %b[j, k] -> [i, k] outs(%c) origin(%row)
       {bounds = affine_set<(d0, d1, d2)[s0] : (d0 - d1 + s0 >= 0)>, strict_bounds}
       : (tensor<4x8xf32>, tensor<8x2xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}
