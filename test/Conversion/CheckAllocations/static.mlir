// RUN: tn-opt %s -split-input-file -verify-diagnostics --tensornet-check-allocations

func.func @large() -> memref<4x8xf32> {
  %0 = memref.alloc() : memref<4x8xf32>
  return %0 : memref<4x8xf32>
}

// -----

func.func @too_large() {
  // expected-error @below {{an intermediate of type 1048576x1048576x1048576xf64 is larger than any memory}}
  %0 = memref.alloc() : memref<1048576x1048576x1048576xf64>
  return
}

// -----

func.func @complex() {
  // expected-error @below {{an intermediate of type 35184372088832xcomplex<f32> is larger than any memory}}
  %0 = memref.alloc() : memref<35184372088832xcomplex<f32>>
  memref.dealloc %0 : memref<35184372088832xcomplex<f32>>
  return
}
