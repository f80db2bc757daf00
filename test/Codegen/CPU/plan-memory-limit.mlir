// RUN: tn-opt %s --allow-unregistered-dialect --tensornet-plan-memory=limit=128 -split-input-file -verify-diagnostics

// A workspace as large as the limit is fine.
func.func @fits() {
  %a = memref.alloc() : memref<32xf32>
  "test.use"(%a) : (memref<32xf32>) -> ()
  memref.dealloc %a : memref<32xf32>
  return
}

// -----

// expected-error @below {{the function needs 192 bytes of memory for intermediates, the limit is 128}}
func.func @too_large() {
  %a = memref.alloc() : memref<33xf32>
  "test.use"(%a) : (memref<33xf32>) -> ()
  memref.dealloc %a : memref<33xf32>
  return
}

// -----

// expected-error @below {{the intermediates of the function are larger than any memory}}
func.func @absurd() {
  %a = memref.alloc() : memref<100000000x100000000xf32>
  %b = memref.alloc() : memref<4xf32>
  "test.use"(%a, %b) : (memref<100000000x100000000xf32>, memref<4xf32>) -> ()
  memref.dealloc %a : memref<100000000x100000000xf32>
  memref.dealloc %b : memref<4xf32>
  return
}
