// RUN: tn-opt %s --tensornet-check-allocations | FileCheck %s

// CHECK-LABEL: func.func @checks_product
// CHECK-SAME: (%[[M:.+]]: index, %[[N:.+]]: index)
func.func @checks_product(%m: index, %n: index) -> memref<?x4x?xf64> {
  // CHECK-DAG: %[[BYTES:.+]] = arith.constant 3.200000e+01 : f64
  // CHECK-DAG: %[[I0:.+]] = arith.index_cast %[[M]]
  // CHECK-DAG: %[[F0:.+]] = arith.sitofp %[[I0]]
  // CHECK: %[[P0:.+]] = arith.mulf %[[BYTES]], %[[F0]]
  // CHECK: %[[I1:.+]] = arith.index_cast %[[N]]
  // CHECK: %[[F1:.+]] = arith.sitofp %[[I1]]
  // CHECK: %[[P1:.+]] = arith.mulf %[[P0]], %[[F1]]
  // CHECK: %[[LIMIT:.+]] = arith.constant 0x42E0000000000000 : f64
  // CHECK: %[[FITS:.+]] = arith.cmpf ole, %[[P1]], %[[LIMIT]]
  // CHECK: tensornet.check %[[FITS]], "an intermediate of type {0}x4x{1}xf64 is larger than any memory"(%[[M]], %[[N]])
  // CHECK: memref.alloc
  %0 = memref.alloc(%m, %n) : memref<?x4x?xf64>
  return %0 : memref<?x4x?xf64>
}
