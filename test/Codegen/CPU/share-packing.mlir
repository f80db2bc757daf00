// RUN: tn-opt %s --tensornet-share-packing=vector-width=512 | FileCheck %s
// RUN: tn-opt %s --tensornet-share-packing=vector-width=512 --tensornet-cpu-kernels=vector-width=512 | FileCheck %s --check-prefix=CODE

#kernel = #tensornet.kernel<row_tile = [8], column_tile = [16], pack_a = true, pack_b = true>
#in_place = #tensornet.kernel<row_tile = [8], column_tile = [16], pack_a = true, pack_b = false>
#wide = #tensornet.kernel<row_tile = [8], column_tile = [32], pack_a = true, pack_b = true>

// Two products read %a in the same tiles: one copy is made before the first and
// freed behind the second.
// CHECK-LABEL: func.func @two_readers
// CHECK-SAME: %[[A:.+]]: memref<20x30xf32>, %[[B:.+]]: memref<30x40xf32>, %{{.+}}: memref<30x40xf32>, %[[C:.+]]: memref<20x40xf32>, %[[D:.+]]: memref<20x40xf32>
// CHECK: %[[P:.+]] = memref.alloc() {alignment = 64 : i64} : memref<1x3x30x8xf32>
// CHECK: call @tensornet_pack(%[[A]], %[[P]])
// CHECK: %[[T:.+]] = tensornet.with_tiles %[[A]], %[[P]] {tiles = #tensornet.tiles<rows = [20, 30], sum = [30, 1], width = 8>}
// CHECK: tensornet.contract_into %[[T]]{{.+}}, %[[B]]{{.+}} outs(%[[C]])
// CHECK: %[[T2:.+]] = tensornet.with_tiles %[[A]], %[[P]]
// CHECK: tensornet.contract_into %[[T2]]{{.+}} outs(%[[D]])
// CHECK-NEXT: memref.dealloc %[[P]]
// CODE-LABEL: func.func @two_readers
// CODE-NOT: tensornet.with_tiles
// CODE: return
func.func @two_readers(%a: memref<20x30xf32>, %b: memref<30x40xf32>, %b2: memref<30x40xf32>, %c: memref<20x40xf32>, %d: memref<20x40xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #kernel}
    : (memref<20x30xf32>, memref<30x40xf32>, memref<20x40xf32>) -> ()
  tensornet.contract_into %a[i, k], %b2[k, j] -> [i, j] outs(%d) {kernel = #kernel}
    : (memref<20x30xf32>, memref<30x40xf32>, memref<20x40xf32>) -> ()
  return
}

// What changes between its readers is packed by each of them.
// CHECK-LABEL: func.func @written_between
// CHECK-NOT: tensornet_pack
// CHECK: return
func.func @written_between(%a: memref<20x30xf32>, %b: memref<30x40xf32>, %b2: memref<30x40xf32>, %c: memref<20x40xf32>, %d: memref<20x40xf32>) {
  %zero = arith.constant 0.0 : f32
  %i = arith.constant 0 : index
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #kernel}
    : (memref<20x30xf32>, memref<30x40xf32>, memref<20x40xf32>) -> ()
  memref.store %zero, %a[%i, %i] : memref<20x30xf32>
  tensornet.contract_into %a[i, k], %b2[k, j] -> [i, j] outs(%d) {kernel = #kernel}
    : (memref<20x30xf32>, memref<30x40xf32>, memref<20x40xf32>) -> ()
  return
}

// So does what a loop over elements, in a function, changes.
// CHECK-LABEL: func.func @doubled_between
// CHECK-NOT: tensornet_pack
// CHECK: return
func.func @doubled_between(%a: memref<20x30xf32>, %b: memref<30x40xf32>, %b2: memref<30x40xf32>, %c: memref<20x40xf32>, %d: memref<20x40xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #kernel}
    : (memref<20x30xf32>, memref<30x40xf32>, memref<20x40xf32>) -> ()
  call @double(%a) : (memref<20x30xf32>) -> ()
  tensornet.contract_into %a[i, k], %b2[k, j] -> [i, j] outs(%d) {kernel = #kernel}
    : (memref<20x30xf32>, memref<30x40xf32>, memref<20x40xf32>) -> ()
  return
}
func.func private @double(%a: memref<20x30xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      outs(%a : memref<20x30xf32>) {
  ^bb0(%x: f32):
    %y = arith.addf %x, %x : f32
    linalg.yield %y : f32
  }
  return
}

// Tiles of other widths are other copies; what is read in place needs none.
// CHECK-LABEL: func.func @other_tiles
// CHECK-NOT: tensornet_pack
// CHECK: return
func.func @other_tiles(%a: memref<20x30xf32>, %b: memref<30x64xf32>, %a2: memref<20x30xf32>, %a3: memref<20x30xf32>, %c: memref<20x64xf32>, %d: memref<20x64xf32>, %e: memref<20x64xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #kernel}
    : (memref<20x30xf32>, memref<30x64xf32>, memref<20x64xf32>) -> ()
  tensornet.contract_into %a2[i, k], %b[k, j] -> [i, j] outs(%d) {kernel = #wide}
    : (memref<20x30xf32>, memref<30x64xf32>, memref<20x64xf32>) -> ()
  tensornet.contract_into %a3[i, k], %b[k, j] -> [i, j] outs(%e) {kernel = #in_place}
    : (memref<20x30xf32>, memref<30x64xf32>, memref<20x64xf32>) -> ()
  return
}

// A loop that leaves %b alone finds it packed; its slices of %a it packs itself.
// Functions around contractions get the copy as an argument.
// CHECK-LABEL: func.func @loop
// CHECK-SAME: %[[A:.+]]: memref<64x30xf32>, %[[B:.+]]: memref<30x40xf32>
// CHECK: %[[P:.+]] = memref.alloc() {{.+}} : memref<1x3x30x16xf32>
// CHECK: call @tensornet_pack_0(%[[B]], %[[P]])
// CHECK: scf.for
// CHECK: func.call @kernel_1(%{{.+}}, %[[B]], %{{.+}}, %[[P]])
// CHECK-NOT: tensornet_pack
// CHECK: memref.dealloc %[[P]]
func.func @loop(%a: memref<64x30xf32>, %b: memref<30x40xf32>, %c: memref<64x40xf32>) {
  %from = arith.constant 0 : index
  %to = arith.constant 64 : index
  %step = arith.constant 16 : index
  scf.for %i = %from to %to step %step {
    %ai = memref.subview %a[%i, 0] [16, 30] [1, 1] : memref<64x30xf32> to memref<16x30xf32, strided<[30, 1], offset: ?>>
    %ci = memref.subview %c[%i, 0] [16, 40] [1, 1] : memref<64x40xf32> to memref<16x40xf32, strided<[40, 1], offset: ?>>
    func.call @kernel(%ai, %b, %ci) : (memref<16x30xf32, strided<[30, 1], offset: ?>>, memref<30x40xf32>, memref<16x40xf32, strided<[40, 1], offset: ?>>) -> ()
  }
  return
}

// CHECK-NOT: func.func private @kernel(
func.func private @kernel(%a: memref<16x30xf32, strided<[30, 1], offset: ?>>, %b: memref<30x40xf32>, %c: memref<16x40xf32, strided<[40, 1], offset: ?>>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #kernel}
    : (memref<16x30xf32, strided<[30, 1], offset: ?>>, memref<30x40xf32>, memref<16x40xf32, strided<[40, 1], offset: ?>>) -> ()
  return
}

// A loop that writes to %b packs it in every step.
// CHECK-LABEL: func.func @loop_that_writes
// CHECK-NOT: tensornet_pack
// CHECK: return
func.func @loop_that_writes(%a: memref<20x30xf32>, %b: memref<30x40xf32>, %c: memref<20x40xf32>) {
  %zero = arith.constant 0.0 : f32
  %from = arith.constant 0 : index
  %to = arith.constant 8 : index
  %step = arith.constant 1 : index
  scf.for %i = %from to %to step %step {
    %x = memref.load %a[%i, %i] : memref<20x30xf32>
    memref.store %x, %b[%i, %i] : memref<30x40xf32>
    memref.store %x, %a[%i, %from] : memref<20x30xf32>
    tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #kernel}
      : (memref<20x30xf32>, memref<30x40xf32>, memref<20x40xf32>) -> ()
  }
  return
}

// What a tile has no rows for is zero: whatever memory holds there is multiplied,
// too, and numbers below the normal range would take long.
// CODE-LABEL: func.func @padded
// CODE: vector.load {{.+}} : memref<832xf32>, vector<16xf32>
// CODE-NOT: vector.maskedstore
// CODE: return
func.func @padded(%b: memref<13x64xf32>, %panel: memref<1x1x64x16xf32>) {
  tensornet.pack_tiles %b into %panel {tiles = #tensornet.tiles<rows = [13, 64], sum = [64, 1], width = 16>}
    : memref<13x64xf32> into memref<1x1x64x16xf32>
  return
}

// A copy of windows that overlap three times would be larger than twice the operand.
// CHECK-LABEL: func.func @windows
// CHECK-NOT: tensornet_pack
// CHECK: return
func.func @windows(%x: memref<42x30xf32>, %k: memref<3x30x16xf32>, %k2: memref<3x30x16xf32>, %c: memref<40x16xf32>, %d: memref<40x16xf32>) {
  tensornet.contract_into %x[h + r, c], %k[r, c, o] -> [h, o] outs(%c) {in_bounds, kernel = #kernel}
    : (memref<42x30xf32>, memref<3x30x16xf32>, memref<40x16xf32>) -> ()
  tensornet.contract_into %x[h + r, c], %k2[r, c, o] -> [h, o] outs(%d) {in_bounds, kernel = #kernel}
    : (memref<42x30xf32>, memref<3x30x16xf32>, memref<40x16xf32>) -> ()
  return
}

// A copy turns squares of its operand in registers, as kernels do.
// CODE-LABEL: func.func private @tensornet_pack(
// CODE-NOT: memref.alloc
// CODE: scf.for
// CODE: vector.load
// CODE: vector.shuffle
