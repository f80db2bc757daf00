// RUN: tn-opt %s --tensornet-choose-kernels="vector-width=512 matrix-unit=amx" | FileCheck %s
// RUN: tn-opt %s --tensornet-choose-kernels="vector-width=512 matrix-unit=amx" | tn-opt --tensornet-choose-kernels="vector-width=512 matrix-unit=amx" | FileCheck %s
// RUN: tn-opt %s --tensornet-choose-kernels="vector-width=512 matrix-unit=none" | FileCheck %s --check-prefix=VECTORS
// RUN: tn-opt %s --tensornet-choose-kernels="vector-width=512 parallel" | FileCheck %s --check-prefix=THREADS

// The whole choice stands beside the op.
// CHECK-LABEL: func.func @whole
// CHECK: #tensornet.kernel<batch = [], rows = [i], columns = [k], sum = [j], swap = false, row_tile = [{{[0-9]+}}], column_tile = [{{[0-9]+}}], join_columns = false, block = [{{[0-9]+}}, {{[0-9]+}}, {{[0-9]+}}], row_group = [{{[0-9]+}}], pack_a = false, pack_b = true, distribute = none>
// THREADS-LABEL: func.func @whole
// THREADS: distribute = rows>
func.func @whole(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<1024x1024xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
  return
}

// What is given stays, the model completes it.
// CHECK-LABEL: func.func @given
// CHECK: row_tile = [5], column_tile = [32], join_columns = false, block = [{{[0-9]+}}, {{[0-9]+}}, 100], row_group = [{{[0-9]+}}], pack_a = true, pack_b = false, distribute = none>
// THREADS-LABEL: func.func @given
// THREADS: distribute = columns>
func.func @given(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<1024x1024xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [5], column_tile = [32], block = [96, 512, 100], pack_b = false, distribute = columns>}
    : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
  return
}

// What threads call from a loop that they share is one thread's.
// THREADS-LABEL: func.func private @in_loop
// THREADS: distribute = none>
func.func private @in_loop(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<1024x1024xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
  return
}
// THREADS-LABEL: func.func private @in_and_out
// THREADS: distribute = rows>
func.func private @in_and_out(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<1024x1024xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
  return
}
func.func @caller(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<8x1024x1024xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    %d = memref.alloc() : memref<1024x1024xf32>
    func.call @in_loop(%a, %b, %d)
      : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
    func.call @in_and_out(%a, %b, %d)
      : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
    memref.dealloc %d : memref<1024x1024xf32>
  }
  func.call @in_and_out(%a, %b, %a)
    : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
  return
}

// Indices that are merged are listed one beside the other.
// CHECK-LABEL: func.func @merged
// CHECK: batch = [], rows = [i, j], columns = [m, n], sum = [k, l], swap = false
func.func @merged(%a: memref<24x24x24x24xf32>, %b: memref<24x24x24x24xf32>, %c: memref<24x24x24x24xf32>) {
  tensornet.contract_into %a[i, j, k, l], %b[k, l, m, n] -> [i, j, m, n] outs(%c)
    : (memref<24x24x24x24xf32>, memref<24x24x24x24xf32>, memref<24x24x24x24xf32>) -> ()
  return
}

// Rows of the result of 22 elements leave 10 of 32 lanes unused: tiles run on
// from one to the next.
// CHECK-LABEL: func.func @joined
// CHECK: columns = [l, j], {{.*}} join_columns = true, {{.*}} pack_b = true
func.func @joined(%a: memref<25x22x22x22xf32>, %b: memref<25x22x22x25xf32>, %c: memref<25x22x22x22xf32>) {
  tensornet.contract_into %a[i, j, k, l], %b[i, k, m, n] -> [n, l, m, j] outs(%c)
    : (memref<25x22x22x22xf32>, memref<25x22x22x25xf32>, memref<25x22x22x22xf32>) -> ()
  return
}

// Rows that fill vectors gain nothing, nor do few multiplications.
// CHECK-LABEL: func.func @parted
// CHECK: join_columns = false
// CHECK: join_columns = false
func.func @parted(%a: memref<24x32x24x24xf32>, %b: memref<24x24x24x25xf32>, %c: memref<25x24x24x32xf32>,
                  %d: memref<4x9xf32>, %e: memref<9x4x9xf32>, %f: memref<4x4x9xf32>) {
  tensornet.contract_into %a[i, j, k, l], %b[i, k, m, n] -> [n, l, m, j] outs(%c)
    : (memref<24x32x24x24xf32>, memref<24x24x24x25xf32>, memref<25x24x24x32xf32>) -> ()
  tensornet.contract_into %d[i, k], %e[j, l, k] -> [l, i, j] outs(%f)
    : (memref<4x9xf32>, memref<9x4x9xf32>, memref<4x4x9xf32>) -> ()
  return
}

// The last of the rows is the one that tiles lie along.
// CHECK-LABEL: func.func @roles
// CHECK: batch = [], rows = [k, i], columns = [l], sum = [j]
func.func @roles(%a: memref<40x20x30xf32>, %b: memref<20x50xf32>, %c: memref<40x30x50xf32>) {
  tensornet.contract_into %a[i, s, j], %b[s, l] -> [i, j, l] outs(%c)
    {kernel = #tensornet.kernel<rows = [k, i]>}
    : (memref<40x20x30xf32>, memref<20x50xf32>, memref<40x30x50xf32>) -> ()
  return
}

// What loops do as well keeps to itself, unless a kernel is asked for.
// CHECK-LABEL: func.func @tiny
// CHECK: outs(%{{.+}}) : (memref<2x2xf32>
// CHECK: kernel = #tensornet.kernel<{{.*}}row_tile = [2]
func.func @tiny(%a: memref<2x2xf32>, %b: memref<2x2xf32>, %c: memref<2x2xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<2x2xf32>, memref<2x2xf32>, memref<2x2xf32>) -> ()
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [2]>}
    : (memref<2x2xf32>, memref<2x2xf32>, memref<2x2xf32>) -> ()
  return
}

// A matrix unit has tiles of its own.
// CHECK-LABEL: func.func @halves
// CHECK-NOT: kernel =
// CHECK: return
// VECTORS-LABEL: func.func @halves
// VECTORS: kernel = #tensornet.kernel<
func.func @halves(%a: memref<64x64xbf16>, %b: memref<64x64xbf16>, %c: memref<64x64xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<64x64xbf16>, memref<64x64xbf16>, memref<64x64xf32>) -> ()
  return
}

// Few rows read 32 rows of a large matrix in place at a time.
// CHECK-LABEL: func.func @few_rows
// CHECK: block = [{{[0-9]+}}, {{[0-9]+}}, 32], {{.*}}pack_b = false
func.func @few_rows(%a: memref<17x2000xf32>, %b: memref<2000x2000xf32>, %c: memref<17x2000xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<17x2000xf32>, memref<2000x2000xf32>, memref<17x2000xf32>) -> ()
  return
}

// Of halves, which each tile of rows converts again, 16 rows of a matrix that comes
// from memory; a smaller one in whole columns.
// VECTORS-LABEL: func.func @few_rows_of_halves
// VECTORS: block = [{{[0-9]+}}, {{[0-9]+}}, 16], {{.*}}pack_b = false
// VECTORS: block = [{{[0-9]+}}, 48, 2000], {{.*}}pack_b = false
// VECTORS: block = [{{[0-9]+}}, {{[0-9]+}}, {{[0-9]+}}], {{.*}}pack_b = true
func.func @few_rows_of_halves(%a: memref<8x4000xbf16>, %b: memref<4000x4000xbf16>, %c: memref<8x4000xf32>,
                              %d: memref<8x2000xbf16>, %e: memref<2000x2000xbf16>, %f: memref<8x2000xf32>,
                              %g: memref<17x4000xbf16>, %h: memref<17x4000xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<8x4000xbf16>, memref<4000x4000xbf16>, memref<8x4000xf32>) -> ()
  tensornet.contract_into %d[i, k], %e[k, j] -> [i, j] outs(%f)
    : (memref<8x2000xbf16>, memref<2000x2000xbf16>, memref<8x2000xf32>) -> ()
  tensornet.contract_into %g[i, k], %b[k, j] -> [i, j] outs(%h)
    : (memref<17x4000xbf16>, memref<4000x4000xbf16>, memref<17x4000xf32>) -> ()
  return
}

// A B of moderate size is read in place by few tiles, of more rows where its
// vectors cross lines; not by more tiles. One that the second cache holds is
// read in place where its rows neither cross lines nor share cache sets.
// CHECK-LABEL: func.func @crosses_lines
// CHECK: row_tile = [10], column_tile = [16], {{.*}}pack_b = false
// CHECK: pack_b = true
// CHECK-LABEL: func.func @shares_sets
// CHECK: pack_b = true
// CHECK-LABEL: func.func @wide
// CHECK: pack_b = false
// CHECK: pack_b = true
func.func @crosses_lines(%a: memref<100x100xf64>, %b: memref<100x100xf64>, %c: memref<100x100xf64>,
                         %d: memref<400x100xf64>, %e: memref<400x100xf64>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<100x100xf64>, memref<100x100xf64>, memref<100x100xf64>) -> ()
  tensornet.contract_into %d[i, k], %b[k, j] -> [i, j] outs(%e)
    : (memref<400x100xf64>, memref<100x100xf64>, memref<400x100xf64>) -> ()
  return
}
func.func @shares_sets(%a: memref<64x100xf64>, %b: memref<100x2048xf64>, %c: memref<64x2048xf64>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<64x100xf64>, memref<100x2048xf64>, memref<64x2048xf64>) -> ()
  return
}
func.func @wide(%a: memref<64x64xf32>, %b: memref<64x4000xf32>, %c: memref<64x4000xf32>,
                %d: memref<64x4001xf32>, %e: memref<64x4001xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<64x64xf32>, memref<64x4000xf32>, memref<64x4000xf32>) -> ()
  tensornet.contract_into %a[i, k], %d[k, j] -> [i, j] outs(%e)
    : (memref<64x64xf32>, memref<64x4001xf32>, memref<64x4001xf32>) -> ()
  return
}

// Few columns read rows that lie side by side in place, in short blocks that
// threads share by rows; many columns, or rows of a page in which several lie
// and that come from memory, are copied.
// CHECK-LABEL: func.func @few_columns
// CHECK: block = [{{[0-9]+}}, {{[0-9]+}}, 32], {{.*}}pack_a = false
// CHECK: block = [{{[0-9]+}}, {{[0-9]+}}, 64], {{.*}}pack_a = false
// CHECK: pack_a = true
// CHECK: pack_a = true
// THREADS-LABEL: func.func @few_columns
// THREADS: pack_a = false, {{.*}}distribute = rows
func.func @few_columns(%a: memref<1000x1000xf32>, %b: memref<1000x40xf32>, %c: memref<1000x40xf32>,
                       %d: memref<500x400xf32>, %e: memref<500x40xf32>, %f: memref<400x40xf32>,
                       %g: memref<1000x200xf32>, %h: memref<1000x200xf32>,
                       %i: memref<20000x300xf32>, %j: memref<20000x40xf32>, %k: memref<300x40xf32>) {
  tensornet.contract_into %a[k, i], %b[k, j] -> [i, j] outs(%c)
    : (memref<1000x1000xf32>, memref<1000x40xf32>, memref<1000x40xf32>) -> ()
  tensornet.contract_into %d[k, i], %e[k, j] -> [i, j] outs(%f)
    : (memref<500x400xf32>, memref<500x40xf32>, memref<400x40xf32>) -> ()
  tensornet.contract_into %a[k, i], %g[k, j] -> [i, j] outs(%h)
    : (memref<1000x1000xf32>, memref<1000x200xf32>, memref<1000x200xf32>) -> ()
  tensornet.contract_into %i[k, i], %j[k, j] -> [i, j] outs(%k)
    : (memref<20000x300xf32>, memref<20000x40xf32>, memref<300x40xf32>) -> ()
  return
}

// Where the first cache holds all of B, tiles of rows meet it one by one, unless
// it holds all rows, too.
// CHECK-LABEL: func.func @small_columns
// CHECK: row_tile = [6], {{.*}}row_group = [6]
// CHECK: row_tile = [8], {{.*}}row_group = [24]
func.func @small_columns(%a: memref<4096x64xf64>, %b: memref<64x64xf64>, %c: memref<4096x64xf64>,
                         %d: memref<64x64xf64>, %e: memref<64x64xf64>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<4096x64xf64>, memref<64x64xf64>, memref<4096x64xf64>) -> ()
  tensornet.contract_into %d[i, k], %b[k, j] -> [i, j] outs(%e)
    : (memref<64x64xf64>, memref<64x64xf64>, memref<64x64xf64>) -> ()
  return
}

// B is the largest tensor and packed across tiles: a block holds pairs of lines
// of the pieces that are read, 28 tiles of columns rather than 14.
// VECTORS-LABEL: func.func @pairs_of_lines
// VECTORS: column_tile = [16], {{.*}}block = [16, 448, 294]
func.func @pairs_of_lines(%a: memref<16x14x14x16x14x14xf32>, %b: memref<16x14x16x14xf32>, %c: memref<16x14x16x14xf32>) {
  tensornet.contract_into %a[a, b, c, d, e, f], %b[g, e, a, b] -> [d, f, g, c] outs(%c)
    : (memref<16x14x14x16x14x14xf32>, memref<16x14x16x14xf32>, memref<16x14x16x14xf32>) -> ()
  return
}
