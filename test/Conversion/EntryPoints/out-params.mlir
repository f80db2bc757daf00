// RUN: tn-opt %s --tensornet-results-to-out-params | FileCheck %s

// The caller's buffer takes the place of the allocation.
// CHECK-LABEL: func.func @allocates(
// CHECK-SAME: %{{.+}}: f32, %[[OUT:.+]]: memref<4xf32>) {
// CHECK-NOT: memref.alloc
// CHECK: linalg.fill ins(%{{.+}} : f32) outs(%[[OUT]] : memref<4xf32>)
func.func @allocates(%v: f32) -> memref<4xf32> {
  %0 = memref.alloc() : memref<4xf32>
  linalg.fill ins(%v : f32) outs(%0 : memref<4xf32>)
  return %0 : memref<4xf32>
}

// CHECK-LABEL: func.func @returns_argument(
// CHECK-SAME: %[[A:.+]]: memref<4xf32>, %{{.+}}: f32, %[[OUT:.+]]: memref<4xf32>) -> f32
// CHECK: memref.copy %[[A]], %[[OUT]]
func.func @returns_argument(%a: memref<4xf32>, %v: f32) -> (memref<4xf32>, f32) {
  return %a, %v : memref<4xf32>, f32
}

// CHECK-LABEL: func.func @keeps_dynamic(
// CHECK-SAME: -> (memref<?xf32>, memref<4xf32>)
func.func @keeps_dynamic(%a: memref<?xf32>, %b: memref<4xf32>) -> (memref<?xf32>, memref<4xf32>) {
  return %a, %b : memref<?xf32>, memref<4xf32>
}

// CHECK-LABEL: func.func @returns_twice(
// CHECK-SAME: %[[FIRST:.+]]: memref<4xf32>, %[[SECOND:.+]]: memref<4xf32>) {
// CHECK: linalg.fill {{.*}} outs(%[[FIRST]] : memref<4xf32>)
// CHECK: memref.copy %[[FIRST]], %[[SECOND]]
func.func @returns_twice() -> (memref<4xf32>, memref<4xf32>) {
  %v = arith.constant 2.0 : f32
  %0 = memref.alloc() : memref<4xf32>
  linalg.fill ins(%v : f32) outs(%0 : memref<4xf32>)
  return %0, %0 : memref<4xf32>, memref<4xf32>
}
