// RUN: tn-opt %s | tn-opt | FileCheck %s
// RUN: tn-opt %s --mlir-print-op-generic | tn-opt | FileCheck %s
// RUN: tn-opt %s --emit-bytecode | tn-opt | FileCheck %s

// CHECK-LABEL: func.func @copy
// CHECK: tensornet.pack_tiles %{{.+}} into %{{.+}} {tiles = #tensornet.tiles<rows = [1000, 1], sum = [64, 1000], width = 16>} : memref<64x1000xf32> into memref<1x63x64x16xf32>
func.func @copy(%b: memref<64x1000xf32>, %p: memref<1x63x64x16xf32>) {
  tensornet.pack_tiles %b into %p {tiles = #tensornet.tiles<rows = [1000, 1], sum = [64, 1000], width = 16>}
    : memref<64x1000xf32> into memref<1x63x64x16xf32>
  return
}

// Narrow numbers are widened, those of complex elements stand side by side.
// CHECK-LABEL: func.func @numbers
// CHECK: tensornet.pack_tiles {{.+}} : memref<8x4xbf16> into memref<1x2x4x6xf32>
// CHECK: tensornet.pack_tiles {{.+}} : memref<8x4xcomplex<f64>> into memref<1x2x4x12xf64>
func.func @numbers(%a: memref<8x4xbf16>, %p: memref<1x2x4x6xf32>, %z: memref<8x4xcomplex<f64>>, %q: memref<1x2x4x12xf64>) {
  tensornet.pack_tiles %a into %p {tiles = #tensornet.tiles<rows = [8, 4], sum = [4, 1], width = 6>}
    : memref<8x4xbf16> into memref<1x2x4x6xf32>
  tensornet.pack_tiles %z into %q {tiles = #tensornet.tiles<rows = [8, 4], sum = [4, 1], width = 6>}
    : memref<8x4xcomplex<f64>> into memref<1x2x4x12xf64>
  return
}

// CHECK-LABEL: func.func @read
// CHECK: %[[T:.+]] = tensornet.with_tiles %{{.+}}, %{{.+}} {tiles = #tensornet.tiles<batch = [5, 32], rows = [2, 16, 3, 4], sum = [4, 1], width = 2, offset = 1>} : memref<5x2x4x4xf32>, memref<5x4x4x2xf32>
// CHECK: return %[[T]]
func.func @read(%b: memref<5x2x4x4xf32>, %p: memref<5x4x4x2xf32>) -> memref<5x2x4x4xf32> {
  %t = tensornet.with_tiles %b, %p {tiles = #tensornet.tiles<batch = [5, 32], rows = [2, 16, 3, 4], sum = [4, 1], width = 2, offset = 1>}
    : memref<5x2x4x4xf32>, memref<5x4x4x2xf32>
  return %t : memref<5x2x4x4xf32>
}

// CHECK-LABEL: func.func private @joined
// CHECK-SAME: #tensornet.tiles<batch = [5, 32], joined rows = [2, 16, 3, 4], sum = [4, 1], width = 2>
// CHECK-SAME: #tensornet.tiles<joined rows = [2, 16, 3, 4], sum = [4, 1], width = 2>
func.func private @joined() attributes {
  test.batch = #tensornet.tiles<batch = [5, 32], joined rows = [2, 16, 3, 4], sum = [4, 1], width = 2>,
  test.one = #tensornet.tiles<joined rows = [2, 16, 3, 4], sum = [4, 1], width = 2>}
