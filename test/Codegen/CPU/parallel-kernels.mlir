// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=256 parallel" | FileCheck %s

// Threads pack one block of B together, then share the rows out. Each has a
// buffer for its rows.
// CHECK-LABEL: func.func @rows
// CHECK: memref.alloc() {{.*}}tensornet.kernel = "{{.*}}, parallel rows"
// CHECK: scf.for
// CHECK: scf.parallel
// CHECK: scf.parallel
// CHECK: memref.alloc()
// CHECK: vector.fma
// CHECK: memref.dealloc
// CHECK: scf.reduce
// CHECK: memref.dealloc
func.func @rows(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<1024x1024xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
  return
}

// CHECK-LABEL: func.func @columns
// CHECK-NOT: memref.alloc
// CHECK: scf.parallel {{.*}}
// CHECK: "{{.*}}, parallel columns"
func.func @columns(%a: memref<4x512xf32>, %b: memref<512x4096xf32>, %c: memref<4x4096xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<4x512xf32>, memref<512x4096xf32>, memref<4x4096xf32>) -> ()
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
func.func @keeps_little_work(%a: memref<96x96xf32>, %b: memref<96x96xf32>, %c: memref<96x96xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<96x96xf32>, memref<96x96xf32>, memref<96x96xf32>) -> ()
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
