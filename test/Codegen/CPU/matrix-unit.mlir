// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=512 matrix-unit=amx" | FileCheck %s --check-prefixes=CHECK,AMX
// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=512 matrix-unit=amx-fp16" | FileCheck %s --check-prefixes=CHECK,FP16
// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=512 matrix-unit=none" | FileCheck %s --check-prefix=NONE
// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=256 matrix-unit=amx" | FileCheck %s --check-prefix=NONE

// bf16 matrices are packed as they are and multiplied by the matrix unit.
// CHECK-LABEL: func.func @halves
// CHECK: memref.alloc() {{.*}}matrix unit{{.*}} : memref<{{.+}}xi16>
// CHECK: amx.tile_zero
// CHECK: scf.for {{.*}} iter_args
// CHECK-COUNT-32: memref.prefetch {{.*}}, read, locality<3>, data : memref<{{.+}}xi16>
// CHECK-NOT: memref.prefetch
// CHECK: amx.tile_load
// CHECK: amx.tile_mulf
// CHECK: amx.tile_store
// CHECK: vector.store
// NONE-LABEL: func.func @halves
// NONE-NOT: amx
// NONE: arith.extf
// NONE: vector.fma
func.func @halves(%a: memref<256x256xbf16>, %b: memref<256x256xbf16>, %c: memref<256x256xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<256x256xbf16>, memref<256x256xbf16>, memref<256x256xf32>) -> ()
  return
}

// Other halves are widened, unless the unit knows them. It rounds none of them to
// zero, so there are no exponents to note.
// CHECK-LABEL: func.func @f16
// AMX-NOT: amx
// AMX: arith.extf
// FP16-NOT: memref<{{.+}}xi32>
// FP16: amx.tile_load {{.*}} into !amx.tile<16x32xf16>
// FP16: amx.tile_mulf
// FP16: amx.tile_store
func.func @f16(%a: memref<256x256xf16>, %b: memref<256x256xf16>, %c: memref<256x256xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<256x256xf16>, memref<256x256xf16>, memref<256x256xf32>) -> ()
  return
}

// Bytes are packed as they are, in quads of points; sums wrap as those of
// vectors do.
// CHECK-LABEL: func.func @bytes
// CHECK-NOT: memref.alloc() {{.*}}xi32>
// CHECK: memref.alloc() {{.*}}matrix unit{{.*}} : memref<{{.+}}xi8>
// CHECK: vector.shuffle {{.*}} : vector<64xi8>, vector<64xi8>
// CHECK: amx.tile_zero : !amx.tile<16x16xi32>
// CHECK: amx.tile_load {{.*}} into !amx.tile<16x64xi8>
// CHECK: amx.tile_muli %{{[0-9a-z]+}}, %{{[0-9a-z]+}}, %{{[0-9a-z]+}} :
// CHECK: amx.tile_store
// CHECK: vector.store {{.*}} vector<16xi32>
// NONE-LABEL: func.func @bytes
// NONE-NOT: amx
// NONE: arith.extsi
// NONE: arith.muli
func.func @bytes(%a: memref<256x256xi8>, %b: memref<256x256xi8>, %c: memref<256x256xi32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<256x256xi8>, memref<256x256xi8>, memref<256x256xi32>) -> ()
  return
}

// No mask is needed where rows and points fill registers; along the sum, rows
// of both operands are copied as they are.
// CHECK-LABEL: func.func @whole_registers
// CHECK-NOT: create_mask
// CHECK: vector.load {{.*}} : memref<{{.+}}xi8>, vector<64xi8>
// CHECK: vector.store {{.*}} : memref<{{.+}}xi8>, vector<64xi8>
// CHECK: return
func.func @whole_registers(%a: memref<64x128xi8>, %b: memref<64x128xi8>, %c: memref<64x64xi32>) {
  tensornet.contract_into %a[i, k], %b[j, k] -> [i, j] outs(%c)
    : (memref<64x128xi8>, memref<64x128xi8>, memref<64x64xi32>) -> ()
  return
}

// Sums that are all of C are stored there by the unit, where they fill
// registers.
// CHECK-LABEL: func.func @stored
// CHECK: %[[FLAT:.+]] = memref.reinterpret_cast {{.*}} : memref<i32> to memref<4480xi32>
// CHECK: scf.if
// CHECK: amx.tile_store %[[FLAT]]
// CHECK-NOT: vector.store {{.*}}xi32>
// CHECK: } else {
// CHECK-NOT: amx.tile_store %[[FLAT]]
// CHECK: vector.maskedstore %[[FLAT]]
// CHECK: return
func.func @stored(%a: memref<64x64xi8>, %b: memref<64x70xi8>, %c: memref<64x70xi32>) {
  %zero = arith.constant 0 : i32
  linalg.fill ins(%zero : i32) outs(%c : memref<64x70xi32>)
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<64x64xi8>, memref<64x70xi8>, memref<64x70xi32>) -> ()
  return
}

// The unit has no other integers.
// CHECK-LABEL: func.func @other_integers
// CHECK-NOT: amx
// CHECK: return
func.func @other_integers(%a: memref<64x64xi8>, %b: memref<64x64xi8>, %c: memref<64x64xi8>,
                          %d: memref<64x64xi16>, %e: memref<64x64xi32>, %f: memref<64x64xi64>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<64x64xi8>, memref<64x64xi8>, memref<64x64xi8>) -> ()
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%f)
    : (memref<64x64xi8>, memref<64x64xi8>, memref<64x64xi64>) -> ()
  tensornet.contract_into %a[i, k], %d[k, j] -> [i, j] outs(%e)
    : (memref<64x64xi8>, memref<64x64xi16>, memref<64x64xi32>) -> ()
  tensornet.contract_into %d[i, k], %d[k, j] -> [i, j] outs(%e)
    : (memref<64x64xi16>, memref<64x64xi16>, memref<64x64xi32>) -> ()
  return
}

// A kernel that is given runs on vectors.
// CHECK-LABEL: func.func @given
// CHECK-NOT: amx
// CHECK: tile 2x32
// CHECK: vector.fma
func.func @given(%a: memref<256x256xbf16>, %b: memref<256x256xbf16>, %c: memref<256x256xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [2], column_tile = [32]>}
    : (memref<256x256xbf16>, memref<256x256xbf16>, memref<256x256xf32>) -> ()
  return
}

// What one tile of columns reads, once, is one block of the sum, others are several
// from 512 halves on.
// CHECK-LABEL: func.func @read_once
// CHECK: tile 32x16, block 128x16x1024, {{.*}}matrix unit
// CHECK-LABEL: func.func @read_twice
// CHECK: tile 32x32, block {{[0-9]+}}x64x256, {{.*}}matrix unit
// CHECK-LABEL: func.func @short_rows
// CHECK: tile 32x32, block {{[0-9]+}}x64x512, {{.*}}matrix unit
func.func @read_once(%a: memref<1024x1000xbf16>, %b: memref<1000x8xbf16>, %c: memref<1024x8xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<1024x1000xbf16>, memref<1000x8xbf16>, memref<1024x8xf32>) -> ()
  return
}
func.func @read_twice(%a: memref<1024x1000xbf16>, %b: memref<1000x64xbf16>, %c: memref<1024x64xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<1024x1000xbf16>, memref<1000x64xbf16>, memref<1024x64xf32>) -> ()
  return
}
func.func @short_rows(%a: memref<1024x500xbf16>, %b: memref<500x64xbf16>, %c: memref<1024x64xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<1024x500xbf16>, memref<500x64xbf16>, memref<1024x64xf32>) -> ()
  return
}

// Few tiles of rows meet the tiles of B in the first cache.
// CHECK-LABEL: func.func @few_rows
// CHECK: tile 32x32, {{.*}}matrix unit
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @few_rows(%a: memref<64x256xbf16>, %b: memref<256x1024xbf16>, %c: memref<64x1024xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<64x256xbf16>, memref<256x1024xbf16>, memref<64x1024xf32>) -> ()
  return
}

// Rows that one tile of columns reads are loaded from where they are, and their exponents
// noted on the way. Points that fill no register are copied before; of 1000 those are 8.
// CHECK-LABEL: func.func @in_place
// CHECK: tile 32x16, block {{[0-9]+}}x16x1024, {{.*}}, pack b, matrix unit
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (!amx.tile<16x16xf32>, !amx.tile<16x16xf32>, vector<32xi16>)
// CHECK: amx.tile_load {{.*}} : memref<?xi16> into !amx.tile<16x32xbf16>
// CHECK: vector.load {{.*}} : memref<?xi16>, vector<32xi16>
// CHECK: arith.minui
// CHECK: amx.tile_load {{.*}} : memref<33296xi16> into !amx.tile<16x32xbf16>
func.func @in_place(%a: memref<1000x1000xbf16>, %b: memref<1000x8xbf16>, %c: memref<1000x8xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<1000x1000xbf16>, memref<1000x8xbf16>, memref<1000x8xf32>) -> ()
  return
}
