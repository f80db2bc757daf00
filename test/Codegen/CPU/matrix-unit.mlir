// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=512 matrix-unit=amx" | FileCheck %s --check-prefixes=CHECK,AMX
// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=512 matrix-unit=amx-fp16" | FileCheck %s --check-prefixes=CHECK,FP16
// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=512 matrix-unit=none" | FileCheck %s --check-prefix=NONE
// RUN: tn-opt %s --tensornet-cpu-kernels="vector-width=256 matrix-unit=amx" | FileCheck %s --check-prefix=NONE

// bf16 matrices are packed as they are and multiplied by the matrix unit.
// CHECK-LABEL: func.func @halves
// CHECK: memref.alloc() {{.*}}matrix unit{{.*}} : memref<{{.+}}xi16>
// CHECK: amx.tile_zero
// CHECK: scf.for {{.*}} iter_args
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
