// RUN: tn-opt %s --tensornet-choose-kernels="vector-width=512 parallel" --tensornet-share-contractions | FileCheck %s

// Two gradients of a product, of one tile each: no rows to share.
// CHECK-LABEL: func.func @gradients
// CHECK: %[[GRADIENT:.+]] = memref.alloc
// CHECK: scf.parallel (%[[STEP:.+]]) = (%c0) to (%c2) step (%c1)
// CHECK: scf.index_switch %[[STEP]]
// CHECK: case 1 {
// CHECK-NEXT: call @long_sum(%arg2, %arg1, %[[GRADIENT]])
// CHECK: default {
// CHECK-NEXT: call @long_sum(%arg0, %arg1, %arg3)
// CHECK: memref.dealloc %[[GRADIENT]]
func.func @gradients(%a: memref<8x60000xf32>, %b: memref<60000x8xf32>, %c: memref<8x60000xf32>, %d: memref<8x8xf32>, %e: memref<8x8xf32>) {
  call @long_sum(%a, %b, %d) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  %g = memref.alloc() : memref<8x8xf32>
  call @long_sum(%c, %b, %g) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  memref.copy %g, %e : memref<8x8xf32> to memref<8x8xf32>
  memref.dealloc %g : memref<8x8xf32>
  return
}

// The second reads what the first writes.
// CHECK-LABEL: func.func @chain
// CHECK-NOT: scf.parallel
func.func @chain(%a: memref<8x8xf32>, %b: memref<8x60000xf32>, %c: memref<60000x8xf32>, %d: memref<8x8xf32>) {
  call @long_sum(%b, %c, %a) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  call @square(%a, %a, %d) : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  return
}

// Both add to one result.
// CHECK-LABEL: func.func @one_result
// CHECK-NOT: scf.parallel
func.func @one_result(%a: memref<8x60000xf32>, %b: memref<60000x8xf32>, %d: memref<8x8xf32>) {
  call @long_sum(%a, %b, %d) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  call @long_sum(%a, %b, %d) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  return
}

// What comes between writes what the second reads.
// CHECK-LABEL: func.func @between
// CHECK-NOT: scf.parallel
func.func @between(%a: memref<8x60000xf32>, %b: memref<60000x8xf32>, %c: memref<60000x8xf32>, %d: memref<8x8xf32>, %e: memref<8x8xf32>) {
  call @long_sum(%a, %b, %d) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  memref.copy %b, %c : memref<60000x8xf32> to memref<60000x8xf32>
  call @long_sum(%a, %c, %e) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  return
}

// Too little work, and work that threads share out one product at a time.
// CHECK-LABEL: func.func @alone
// CHECK-NOT: scf.parallel
func.func @alone(%a: memref<8x8xf32>, %b: memref<8x8xf32>, %c: memref<8x8xf32>, %d: memref<512x512xf32>, %e: memref<512x512xf32>, %f: memref<512x512xf32>) {
  call @square(%a, %a, %b) : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  call @square(%a, %a, %c) : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  call @large(%d, %d, %e) : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  call @large(%d, %d, %f) : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  return
}

// Blocks that threads share out already.
// CHECK-LABEL: func.func @nested
// CHECK: scf.parallel
// CHECK-NOT: scf.parallel
func.func @nested(%a: memref<8x60000xf32>, %b: memref<60000x8xf32>, %d: memref<8x8xf32>, %e: memref<8x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%c1) step (%c1) {
    func.call @long_sum(%a, %b, %d) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
    func.call @long_sum(%a, %b, %e) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  }
  return
}

// Two small ones balance a large one.
// CHECK-LABEL: func.func @balance
// CHECK: scf.index_switch
// CHECK: case 1 {
// CHECK-NEXT: call @short_sum(%arg2, %arg3, %arg6)
// CHECK: case 2 {
// CHECK-NEXT: call @long_sum(%arg0, %arg1, %arg4)
// CHECK: default {
// CHECK-NEXT: call @short_sum(%arg2, %arg3, %arg5)
func.func @balance(%a: memref<8x60000xf32>, %b: memref<60000x8xf32>, %c: memref<8x30000xf32>, %d: memref<30000x8xf32>, %e: memref<8x8xf32>, %f: memref<8x8xf32>, %g: memref<8x8xf32>) {
  call @short_sum(%c, %d, %f) : (memref<8x30000xf32>, memref<30000x8xf32>, memref<8x8xf32>) -> ()
  call @long_sum(%a, %b, %e) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  call @short_sum(%c, %d, %g) : (memref<8x30000xf32>, memref<30000x8xf32>, memref<8x8xf32>) -> ()
  return
}

func.func private @long_sum(%a: memref<8x60000xf32>, %b: memref<60000x8xf32>, %c: memref<8x8xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  return
}
func.func private @short_sum(%a: memref<8x30000xf32>, %b: memref<30000x8xf32>, %c: memref<8x8xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<8x30000xf32>, memref<30000x8xf32>, memref<8x8xf32>) -> ()
  return
}
func.func private @square(%a: memref<8x8xf32>, %b: memref<8x8xf32>, %c: memref<8x8xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  return
}
func.func private @large(%a: memref<512x512xf32>, %b: memref<512x512xf32>, %c: memref<512x512xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  return
}

// A function in between writes what the second reads.
// CHECK-LABEL: func.func @function_between
// CHECK-NOT: scf.parallel
func.func @function_between(%a: memref<8x60000xf32>, %b: memref<60000x8xf32>, %c: memref<60000x8xf32>, %d: memref<8x8xf32>, %e: memref<8x8xf32>) {
  call @long_sum(%a, %b, %d) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  call @square_all(%b, %c) : (memref<60000x8xf32>, memref<60000x8xf32>) -> ()
  call @long_sum(%a, %c, %e) : (memref<8x60000xf32>, memref<60000x8xf32>, memref<8x8xf32>) -> ()
  return
}

func.func private @square_all(%a: memref<60000x8xf32>, %b: memref<60000x8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<60000x8xf32>) outs(%b : memref<60000x8xf32>) {
  ^bb0(%x: f32, %y: f32):
    %z = arith.mulf %x, %x : f32
    linalg.yield %z : f32
  }
  return
}
