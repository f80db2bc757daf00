// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=512 matrix-unit=vnni-bf16" | FileCheck %s --check-prefixes=CHECK,BOTH
// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=512 matrix-unit=vnni" | FileCheck %s --check-prefixes=CHECK,BYTES
// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=256 matrix-unit=vnni-bf16" | FileCheck %s --check-prefix=NONE

// Pairs of bf16 numbers, packed as for a matrix unit, are multiplied in the lanes of
// vectors: those of eight rows, each in all lanes, by those of two times 16 columns.
// Where numbers could be so small that such products round them to zero, they are
// widened.
// CHECK-LABEL: func.func @halves
// BOTH: memref.alloc() {{.*}}dot products{{.*}} : memref<{{.+}}xi16>
// BOTH: scf.if
// BOTH: vector.fma
// BOTH: } else {
// BOTH: %[[NEXT:.+]]:16 = scf.for {{.*}} iter_args
// BOTH: %[[COLUMNS:.+]] = vector.load {{.*}} vector<32xi16>
// BOTH: %[[PAIR:.+]] = vector.load {{.*}} vector<2xi16>
// BOTH: vector.broadcast {{.*}} : vector<1xi32> to vector<16xi32>
// BOTH-NOT: arith.xori
// BOTH-COUNT-64: x86vector.avx512.dot {{.*}} : vector<32xbf16> -> vector<16xf32>
// BOTH-NOT: x86vector.avx512.dot
// BOTH: vector.store %[[NEXT]]#15
// BYTES-NOT: x86vector
// BYTES: vector.fma
// NONE-LABEL: func.func @halves
// NONE-NOT: x86vector
// NONE: vector.fma
func.func @halves(%a: memref<256x256xbf16>, %b: memref<256x256xbf16>, %c: memref<256x256xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<256x256xbf16>, memref<256x256xbf16>, memref<256x256xf32>) -> ()
  return
}

// Bytes of A, unsigned to the instruction, have their sign bit turned. Packing notes
// what that adds to the sums of each column, which begin with its negative.
// CHECK-LABEL: func.func @bytes
// CHECK: %[[ZERO:.+]] = arith.constant dense<0> : vector<16xi32>
// CHECK: %[[BIASES:.+]] = memref.alloc() {{.*}} : memref<256xi32>
// CHECK: %[[WEIGHT:.+]] = arith.constant dense<-128> : vector<64xi8>
// CHECK: %[[ADDED:.+]]:2 = scf.for
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%{{.+}}, %[[WEIGHT]], %{{.+}})
// CHECK: %[[NEGATIVE:.+]] = arith.subi %[[ZERO]], %[[ADDED]]#0
// CHECK: vector.store %[[NEGATIVE]], %[[BIASES]]
// CHECK: %[[START:.+]] = vector.load %[[BIASES]]
// CHECK: scf.for {{.*}} iter_args(%{{.+}} = %[[START]]
// CHECK: %[[SIGNS:.+]] = arith.constant dense<-2139062144> : vector<16xi32>
// CHECK: arith.xori %{{.+}}, %[[SIGNS]] : vector<16xi32>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// NONE-LABEL: func.func @bytes
// NONE-NOT: vpdpbusd
// NONE: arith.muli
func.func @bytes(%a: memref<256x256xi8>, %b: memref<256x256xi8>, %c: memref<256x256xi32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<256x256xi8>, memref<256x256xi8>, memref<256x256xi32>) -> ()
  return
}

// Rows that do not exist are not multiplied: 22 are three times eight, of 32.
// CHECK-LABEL: func.func @few_rows
// CHECK: dot products
// CHECK: %[[ROWS:.+]] = arith.constant 22 : index
// CHECK: %[[EIGHT:.+]] = arith.constant 8 : index
// CHECK: scf.for %{{.+}} = %{{.+}} to %[[ROWS]] step %[[EIGHT]]
// CHECK: vpdpbusd
func.func @few_rows(%a: memref<22x256xi8>, %b: memref<256x256xi8>, %c: memref<22x256xi32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<22x256xi8>, memref<256x256xi8>, memref<22x256xi32>) -> ()
  return
}

// Up to four last rows have code of their own: of 20, eight twice and four.
// CHECK-LABEL: func.func @last_rows
// CHECK: dot products
// CHECK: scf.for {{.*}} step %c8{{[_0-9]*}} {
// CHECK-COUNT-64: vpdpbusd
// CHECK-NOT: vpdpbusd
// CHECK: {{%.+}}:8 = scf.for
// CHECK-COUNT-32: vpdpbusd
// CHECK-NOT: vpdpbusd
// CHECK: return
func.func @last_rows(%a: memref<20x256xi8>, %b: memref<256x256xi8>, %c: memref<20x256xi32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<20x256xi8>, memref<256x256xi8>, memref<20x256xi32>) -> ()
  return
}

// The last tile of columns has as many vectors as it needs: one of two here.
// CHECK-LABEL: func.func @last_columns
// CHECK: tile 32x32, {{.*}}dot products
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-64: vpdpbusd
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-32: vpdpbusd
// CHECK-NOT: vpdpbusd
// CHECK: return
func.func @last_columns(%a: memref<256x256xi8>, %b: memref<256x40xi8>, %c: memref<256x40xi32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<256x256xi8>, memref<256x40xi8>, memref<256x40xi32>) -> ()
  return
}

// Blocks of the sum hold 2048 bytes of each row.
// CHECK-LABEL: func.func @blocks
// CHECK: tile 32x32, block {{[0-9]+}}x{{[0-9]+}}x2048, {{.*}}dot products
func.func @blocks(%a: memref<64x4096xi8>, %b: memref<4096x256xi8>, %c: memref<64x256xi32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<64x4096xi8>, memref<4096x256xi8>, memref<64x256xi32>) -> ()
  return
}

// Few rows do not pay for packing columns, few points leave much of a register empty;
// f16 has no such instruction.
// CHECK-LABEL: func.func @slower
// CHECK-NOT: {{x86vector|vpdpbusd}}
// CHECK: return
func.func @slower(%a: memref<4x256xbf16>, %b: memref<256x256xbf16>, %c: memref<4x256xf32>,
                  %d: memref<256x256xf16>, %e: memref<256x256xf32>, %f: memref<1x256xi8>,
                  %g: memref<256x256xi8>, %h: memref<1x256xi32>,
                  %l: memref<256x16xbf16>, %m: memref<16x256xbf16>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<4x256xbf16>, memref<256x256xbf16>, memref<4x256xf32>) -> ()
  tensornet.contract_into %d[i, k], %d[k, j] -> [i, j] outs(%e)
    : (memref<256x256xf16>, memref<256x256xf16>, memref<256x256xf32>) -> ()
  tensornet.contract_into %f[i, k], %g[k, j] -> [i, j] outs(%h)
    : (memref<1x256xi8>, memref<256x256xi8>, memref<1x256xi32>) -> ()
  tensornet.contract_into %l[i, k], %m[k, j] -> [i, j] outs(%e)
    : (memref<256x16xbf16>, memref<16x256xbf16>, memref<256x256xf32>) -> ()
  return
}
