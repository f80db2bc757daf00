// RUN: tn-opt %s --tensornet-unroll-short-loops --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @becomes_straight_code
// CHECK-NOT: scf.for
// CHECK-COUNT-6: memref.store
// CHECK-NOT: memref.store
func.func @becomes_straight_code(%m: memref<2x3xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  scf.for %i = %c0 to %c2 step %c1 {
    scf.for %j = %c0 to %c3 step %c1 {
      memref.store %x, %m[%i, %j] : memref<2x3xf32>
    }
  }
  return
}

// CHECK-LABEL: func.func @keeps_long_loop
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK-COUNT-3: memref.store
// CHECK-NOT: memref.store
func.func @keeps_long_loop(%m: memref<5000x3xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5000 = arith.constant 5000 : index
  scf.for %i = %c0 to %c5000 step %c1 {
    scf.for %j = %c0 to %c3 step %c1 {
      memref.store %x, %m[%i, %j] : memref<5000x3xf32>
    }
  }
  return
}

// CHECK-LABEL: func.func @keeps_loop_of_many_steps
// CHECK: scf.for
// CHECK: memref.store
// CHECK-NOT: memref.store
func.func @keeps_loop_of_many_steps(%m: memref<40xf32>, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c40 = arith.constant 40 : index
  scf.for %i = %c0 to %c40 step %c1 {
    memref.store %x, %m[%i] : memref<40xf32>
  }
  return
}

// 32 steps of 5 shuffles are more than a thousand ops, those of 5 stores not.

// CHECK-LABEL: func.func @keeps_loop_of_shuffles
// CHECK: scf.for
// CHECK-COUNT-5: vector.shuffle
// CHECK-NOT: vector.shuffle
// CHECK: return
func.func @keeps_loop_of_shuffles(%m: memref<128xf32>) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c128 = arith.constant 128 : index
  scf.for %i = %c0 to %c128 step %c4 {
    %a = vector.load %m[%i] : memref<128xf32>, vector<4xf32>
    %b = vector.shuffle %a, %a [0, 4, 1, 5] : vector<4xf32>, vector<4xf32>
    %c = vector.shuffle %a, %b [0, 4, 1, 5] : vector<4xf32>, vector<4xf32>
    %d = vector.shuffle %b, %c [0, 4, 1, 5] : vector<4xf32>, vector<4xf32>
    %e = vector.shuffle %c, %d [0, 4, 1, 5] : vector<4xf32>, vector<4xf32>
    %f = vector.shuffle %d, %e [0, 4, 1, 5] : vector<4xf32>, vector<4xf32>
    vector.store %f, %m[%i] : memref<128xf32>, vector<4xf32>
  }
  return
}

// CHECK-LABEL: func.func @keeps_loop_of_unknown_length
// CHECK: scf.for
func.func @keeps_loop_of_unknown_length(%m: memref<?xf32>, %x: f32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    memref.store %x, %m[%i] : memref<?xf32>
  }
  return
}

// CHECK-LABEL: func.func @keeps_sums
// CHECK-SAME: (%[[M:.+]]: memref<2xf32>)
// CHECK: %[[A:.+]] = memref.load
// CHECK: %[[S:.+]] = arith.addf %[[A]], %{{.+}}
// CHECK: %[[B:.+]] = memref.load
// CHECK: %[[T:.+]] = arith.addf %[[S]], %[[B]]
// CHECK: return %[[T]]
func.func @keeps_sums(%m: memref<2xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %sum = scf.for %i = %c0 to %c2 step %c1 iter_args(%s = %zero) -> f32 {
    %x = memref.load %m[%i] : memref<2xf32>
    %t = arith.addf %s, %x : f32
    scf.yield %t : f32
  }
  return %sum : f32
}

// CHECK-LABEL: func.func @shortens_masked_vectors
// CHECK-NOT: masked
// CHECK: vector.load %{{.+}} : memref<6xf32>, vector<6xf32>
// CHECK: vector.store %{{.+}} : memref<6xf32>, vector<6xf32>
func.func @shortens_masked_vectors(%a: memref<6xf32>, %b: memref<6xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : vector<8xf32>
  %mask = vector.constant_mask [6] : vector<8xi1>
  %x = vector.maskedload %a[%c0], %mask, %zero : memref<6xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
  %y = arith.addf %x, %x : vector<8xf32>
  vector.maskedstore %b[%c0], %mask, %y : memref<6xf32>, vector<8xi1>, vector<8xf32>
  return
}

// LLVM has no code for 9 numbers of bf16 at once.
// CHECK-LABEL: func.func @keeps_masks_of_one_bf16_more
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
func.func @keeps_masks_of_one_bf16_more(%a: memref<9xbf16>, %b: memref<9xbf16>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : vector<16xbf16>
  %mask = vector.constant_mask [9] : vector<16xi1>
  %x = vector.maskedload %a[%c0], %mask, %zero : memref<9xbf16>, vector<16xi1>, vector<16xbf16> into vector<16xbf16>
  vector.maskedstore %b[%c0], %mask, %x : memref<9xbf16>, vector<16xi1>, vector<16xbf16>
  return
}

// A call takes longer than a step of a loop.
// CHECK-LABEL: func.func @calls
// CHECK: scf.for
// CHECK-NEXT: func.call @work
// CHECK-NEXT: }
func.func @calls() {
  %from = arith.constant 0 : index
  %to = arith.constant 4 : index
  %step = arith.constant 1 : index
  scf.for %i = %from to %to step %step {
    func.call @work(%i) : (index) -> ()
  }
  return
}
func.func private @work(index)
