// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=256 parallel" | FileCheck %s

// Each thread takes an equal part of the tiles of rows and packs both operands
// for itself.
// CHECK-LABEL: func.func @rows
// CHECK: %[[THREADS:.+]] = call @tensornet_num_threads()
// CHECK: scf.parallel (%[[THREAD:.+]]) = (%{{.+}}) to (%[[THREADS]])
// CHECK: %[[PRODUCT:.+]] = arith.muli %c171{{.*}}, %[[THREAD]]
// CHECK: arith.divui %[[PRODUCT]], %[[THREADS]]
// CHECK: memref.alloc()
// CHECK-NOT: scf.parallel
// CHECK: vector.fma
// CHECK: memref.dealloc
// CHECK: scf.reduce
// CHECK: "{{.*}}, parallel rows"
func.func @rows(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<1024x1024xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
  return
}

// CHECK-LABEL: func.func @columns
// CHECK-NOT: memref.alloc
// CHECK: %[[THREADS:.+]] = call @tensornet_num_threads()
// CHECK: scf.parallel {{.*}} to (%[[THREADS]])
// CHECK: "{{.*}}, parallel columns"
func.func @columns(%a: memref<4x512xf32>, %b: memref<512x4096xf32>, %c: memref<4x4096xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<4x512xf32>, memref<512x4096xf32>, memref<4x4096xf32>) -> ()
  return
}

// If threads divided the few rows, each would pack all of B.
// CHECK-LABEL: func.func @fewer_copies
// CHECK: "{{.*}}, parallel columns"
func.func @fewer_copies(%a: memref<96x512xf32>, %b: memref<4096x512xf32>, %c: memref<96x4096xf32>) {
  tensornet.contract_into %a[i, k], %b[j, k] -> [i, j] outs(%c)
    : (memref<96x512xf32>, memref<4096x512xf32>, memref<96x4096xf32>) -> ()
  return
}

// Packing makes tiles at all twelve points of e at one time: threads take four
// such runs.
// CHECK-LABEL: func.func @whole_squares
// CHECK: scf.parallel
// CHECK: arith.muli %c4{{.*}}
// CHECK: %[[NUMBER:.+]] = arith.divui
// CHECK: arith.muli %[[NUMBER]], %c12
// CHECK: "{{.*}}, parallel columns"
func.func @whole_squares(%a: memref<64x256xf32>, %b: memref<256x64x12xf32>, %c: memref<64x12x64xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j, e] -> [i, e, j] outs(%c)
    : (memref<64x256xf32>, memref<256x64x12xf32>, memref<64x12x64xf32>) -> ()
  return
}

// Who has written rows of both operands sums over these: what each half of the
// sum leaves lies in register tiles until both are added to the result.
// CHECK-LABEL: func.func @sum
// CHECK: %[[SUMS:.+]] = memref.alloc() {{.*}}tile 5x16, block 130x128x128{{.*}}, parallel sum"} : memref<33280xf32>
// CHECK: %[[THREADS:.+]] = call @tensornet_num_threads()
// CHECK: %[[SHARES:.+]] = arith.minsi %[[THREADS]], %c2
// CHECK: scf.parallel
// CHECK: vector.fma
// CHECK: vector.store %{{.+}}, %[[SUMS]]
// CHECK: %[[THREADS:.+]] = call @tensornet_num_threads()
// CHECK: scf.parallel {{.*}} to (%[[THREADS]])
// CHECK: %[[OLD:.+]] = vector.load
// CHECK: %[[FIRST:.+]] = vector.load %[[SUMS]]
// CHECK: %[[SUM:.+]] = arith.addf %[[OLD]], %[[FIRST]]
// CHECK: vector.load %[[SUMS]]
// CHECK: %[[SECOND:.+]] = vector.load %[[SUMS]]
// CHECK: arith.addf %[[SUM]], %[[SECOND]]
// CHECK: memref.dealloc %[[SUMS]]
func.func @sum(%a: memref<256x128xf32>, %b: memref<256x128xf32>, %c: memref<128x128xf32>) {
  tensornet.contract_into %a[k, i], %b[k, j] -> [i, j] outs(%c)
    : (memref<256x128xf32>, memref<256x128xf32>, memref<128x128xf32>) -> ()
  return
}

// What sixteen blocks leave is added in a loop.
// CHECK-LABEL: func.func @many_blocks
// CHECK: %[[SUMS:.+]] = memref.alloc() {{.*}}, parallel sum"}
// CHECK: %[[FIRST:.+]] = vector.load %[[SUMS]]
// CHECK: scf.for {{.*}} iter_args(%[[TOTAL:.+]] = %[[FIRST]])
// CHECK: %[[NEXT:.+]] = vector.load %[[SUMS]]
// CHECK: %[[SUM:.+]] = arith.addf %[[TOTAL]], %[[NEXT]]
// CHECK: scf.yield %[[SUM]]
func.func @many_blocks(%a: memref<5120x8xf32>, %b: memref<5120x8xf32>, %c: memref<8x8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<8x8xf32>)
  tensornet.contract_into %a[k, i], %b[k, j] -> [i, j] outs(%c)
    : (memref<5120x8xf32>, memref<5120x8xf32>, memref<8x8xf32>) -> ()
  return
}

// Four points of the first dimension are too few: the second joins it.
// CHECK-LABEL: func.func @batch
// CHECK-NOT: memref.alloc
// CHECK: scf.parallel
// CHECK-COUNT-1: arith.remui
// CHECK: "{{.*}}, parallel batch"
func.func @batch(%a: memref<4x8x64x64xf32>, %b: memref<8x4x64x64xf32>, %c: memref<4x8x64x64xf32>) {
  tensornet.contract_into %a[p, q, i, k], %b[q, p, k, j] -> [p, q, i, j] outs(%c)
    : (memref<4x8x64x64xf32>, memref<8x4x64x64xf32>, memref<4x8x64x64xf32>) -> ()
  return
}

// CHECK-LABEL: func.func @keeps_little_work
// CHECK-NOT: scf.parallel
func.func @keeps_little_work(%a: memref<48x48xf32>, %b: memref<48x48xf32>, %c: memref<48x48xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<48x48xf32>, memref<48x48xf32>, memref<48x48xf32>) -> ()
  return
}

// The same number of multiplications in f64 takes twice the time.
// CHECK-LABEL: func.func @shares_slow_work
// CHECK: "{{.*}}, parallel rows"
func.func @shares_slow_work(%a: memref<48x48xf64>, %b: memref<48x48xf64>, %c: memref<48x48xf64>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<48x48xf64>, memref<48x48xf64>, memref<48x48xf64>) -> ()
  return
}

// Five tiles of rows are few, but more than one column's.
// CHECK-LABEL: func.func @few_tiles
// CHECK: scf.parallel
// CHECK: "{{.*}}, parallel rows"
func.func @few_tiles(%a: memref<32x1024xf32>, %b: memref<1024x16xf32>, %c: memref<32x16xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<32x1024xf32>, memref<1024x16xf32>, memref<32x16xf32>) -> ()
  return
}

// A long sum is not shared out.
// CHECK-LABEL: func.func @keeps_sum
// CHECK-NOT: scf.parallel
func.func @keeps_sum(%a: memref<8x100000xf32>, %b: memref<100000x8xf32>, %c: memref<8x8xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<8x100000xf32>, memref<100000x8xf32>, memref<8x8xf32>) -> ()
  return
}
