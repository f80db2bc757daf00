// RUN: tn-opt %s --tensornet-cpu-kernels=vector-width=512 | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: tn-opt %s --tensornet-cpu-kernels=vector-width=256 | FileCheck %s --check-prefixes=CHECK,AVX2

// Large operands are packed, unless rows are runs along the sum; the first block
// of sums is stored, not added.
// CHECK-LABEL: func.func @packed
// CHECK-NOT: linalg.fill
// CHECK: memref.alloc() {alignment = 64 : i64, tensornet.kernel = "batch 1, m 1024, n 1024, k 1024; tile {{.*}}, pack a, pack b"}
// AVX512: vector.fma {{.*}} : vector<16xf32>
// AVX2: vector.fma {{.*}} : vector<8xf32>
// CHECK: memref.dealloc
func.func @packed(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<1024x1024xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<1024x1024xf32>)
  tensornet.contract_into %a[k, i], %b[k, j] -> [i, j] outs(%c)
    : (memref<1024x1024xf32>, memref<1024x1024xf32>, memref<1024x1024xf32>) -> ()
  return
}

// Small operands are read in place; what the destination holds is added to.
// CHECK-LABEL: func.func @in_place
// CHECK-NOT: memref.alloc()
// CHECK: vector.fma
// CHECK: vector.load
// CHECK: arith.addf
// CHECK: vector.store
func.func @in_place(%a: memref<32x32xf64>, %b: memref<32x32xf64>, %c: memref<32x32xf64>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<32x32xf64>, memref<32x32xf64>, memref<32x32xf64>) -> ()
  return
}

// Where there is much to do, the last tile of rows has code of its own; else its
// sums go through a buffer, row by row.
// CHECK-LABEL: func.func @last_rows
// CHECK-NOT: memref.alloca
// CHECK: arith.cmpi sge
// CHECK-NEXT: scf.if
// AVX512-COUNT-5: vector.fma
// AVX2-COUNT-10: vector.fma
// CHECK-NOT: vector.fma
// CHECK: } else {
// AVX512-COUNT-2: vector.fma
// AVX2-COUNT-4: vector.fma
// CHECK-NOT: vector.fma
// CHECK: return
func.func @last_rows(%a: memref<37x512xf64>, %b: memref<512x512xf64>, %c: memref<37x512xf64>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #tensornet.kernel<row_tile = [5], column_tile = [8]>}
    : (memref<37x512xf64>, memref<512x512xf64>, memref<37x512xf64>) -> ()
  return
}

// CHECK-LABEL: func.func @last_rows_of_little_work
// CHECK: memref.alloca
func.func @last_rows_of_little_work(%a: memref<37x96xf64>, %b: memref<96x512xf64>, %c: memref<37x512xf64>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #tensornet.kernel<row_tile = [5], column_tile = [8]>}
    : (memref<37x96xf64>, memref<96x512xf64>, memref<37x512xf64>) -> ()
  return
}

// Edges are masked.
// CHECK-LABEL: func.func @edges
// CHECK: vector.create_mask
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
func.func @edges(%a: memref<?x?xf32>, %b: memref<?x?xf32>, %c: memref<?x?xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<?x?xf32>, memref<?x?xf32>, memref<?x?xf32>) -> ()
  return
}

// A 0-d operand scales the sum.
// CHECK-LABEL: func.func @scaled
// CHECK: %[[S:.+]] = memref.load %{{.+}}[] : memref<f32>
// CHECK: %[[V:.+]] = vector.broadcast %[[S]]
// CHECK: scf.yield
// CHECK: vector.fma %{{.+}}, %[[V]],
func.func @scaled(%a: memref<32x32xf32>, %b: memref<32x32xf32>, %s: memref<f32>, %c: memref<32x32xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j], %s[] -> [i, j] outs(%c)
    : (memref<32x32xf32>, memref<32x32xf32>, memref<f32>, memref<32x32xf32>) -> ()
  return
}

// A fill that something reads first stays.
// CHECK-LABEL: func.func @keeps_fill
// CHECK: linalg.fill
// CHECK: call @use
// CHECK: vector.fma
func.func private @use(memref<32x32xf32>)
func.func @keeps_fill(%a: memref<32x32xf32>, %b: memref<32x32xf32>, %c: memref<32x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<32x32xf32>)
  func.call @use(%c) : (memref<32x32xf32>) -> ()
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<32x32xf32>, memref<32x32xf32>, memref<32x32xf32>) -> ()
  return
}

// What no kernel fits stays: a repeated index, an affine subscript, a
// matrix-vector product.
// CHECK-LABEL: func.func @leaves
// CHECK-COUNT-3: tensornet.contract_into
func.func @leaves(%a: memref<64x64xf32>, %v: memref<64xf32>, %w: memref<8xf32>, %c: memref<64xf32>) {
  tensornet.contract_into %a[i, i], %a[i, j] -> [j] outs(%c)
    : (memref<64x64xf32>, memref<64x64xf32>, memref<64xf32>) -> ()
  tensornet.contract_into %v[i + j], %w[j] -> [i] outs(%c)
    : (memref<64xf32>, memref<8xf32>, memref<64xf32>) -> ()
  tensornet.contract_into %a[i, j], %v[j] -> [i] outs(%c)
    : (memref<64x64xf32>, memref<64xf32>, memref<64xf32>) -> ()
  return
}

// Affine subscripts in bounds are strides: the sum of what an index moves by.
// CHECK-LABEL: func.func @convolution
// CHECK: tensornet.kernel = "batch 1, m 16, n 4x8x32, k 8x3x3;
// CHECK-NOT: tensornet.contract_into
// CHECK: return
func.func @convolution(%x: memref<4x8x10x34xf32>, %k: memref<16x8x3x3xf32>, %y: memref<4x16x8x32xf32>) {
  tensornet.contract_into %x[b, c, h + r, w + s], %k[o, c, r, s] -> [b, o, h, w] outs(%y) {in_bounds}
    : (memref<4x8x10x34xf32>, memref<16x8x3x3xf32>, memref<4x16x8x32xf32>) -> ()
  return
}

// Out of bounds they are not.
// CHECK-LABEL: func.func @may_leave
// CHECK: tensornet.contract_into
func.func @may_leave(%x: memref<64x34xf32>, %k: memref<3x64xf32>, %y: memref<64x32xf32>) {
  tensornet.contract_into %x[c, w + s], %k[s, c] -> [c, w] outs(%y)
    : (memref<64x34xf32>, memref<3x64xf32>, memref<64x32xf32>) -> ()
  return
}

// Complex numbers are real ones in memory; a conjugate only turns signs.
// CHECK-LABEL: func.func @complex
// CHECK-NOT: linalg.fill
// CHECK-COUNT-3: builtin.unrealized_conversion_cast {{.*}}complex<f32>> to memref<?xf32>
// AVX512: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CHECK: arith.negf
// CHECK: vector.fma
// CHECK-NOT: complex.mul
func.func @complex(%a: memref<64x64xcomplex<f32>>, %b: memref<64x64xcomplex<f32>>, %c: memref<64x64xcomplex<f32>>) {
  %zero = complex.constant [0.0 : f32, 0.0 : f32] : complex<f32>
  linalg.fill ins(%zero : complex<f32>) outs(%c : memref<64x64xcomplex<f32>>)
  tensornet.contract_into conj %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<64x64xcomplex<f32>>, memref<64x64xcomplex<f32>>, memref<64x64xcomplex<f32>>) -> ()
  return
}

// 8-bit integers are summed in 16 bits, which wrap around alike.
// CHECK-LABEL: func.func @bytes
// AVX512: arith.muli {{.*}} : vector<32xi16>
// AVX512: arith.trunci {{.*}} : vector<32xi16> to vector<32xi8>
func.func @bytes(%a: memref<64x64xi8>, %b: memref<64x64xi8>, %c: memref<64x64xi8>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<64x64xi8>, memref<64x64xi8>, memref<64x64xi8>) -> ()
  return
}

// A mask of an operand cuts the sum of a tile to the points it leaves.
// CHECK-LABEL: func.func @triangle
// CHECK: tensornet.kernel = "{{.*}}, bounded"
// CHECK: %[[TO:.+]] = arith.minsi %c256
// CHECK: scf.for %{{.+}} = %{{.+}} to %[[TO]] {{.*}} iter_args
// CHECK: vector.fma
func.func @triangle(%a: memref<512x512xf32>, %b: memref<512x512xf32>, %c: memref<512x512xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {in_bounds, bounds = affine_set<(d0, d1, d2) : (d0 - d1 >= 0)>}
    : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  return
}

// Where nothing stands in the place of absent points, those that only some rows
// have are added row by row.
// CHECK-LABEL: func.func @strict_rows
// CHECK-SAME: %[[FIRST:[^ ]+]]: index)
// CHECK: tensornet.kernel = "{{.*}}, bounded"
// CHECK: arith.addi %[[FIRST]], %{{.+}}
// CHECK: %[[WHOLE:.+]]:{{[0-9]+}} = scf.for {{.*}} iter_args
// CHECK-NOT: arith.select
// CHECK: vector.fma
// CHECK-NOT: arith.select
// CHECK: scf.for {{.*}} iter_args({{.*}} = %[[WHOLE]]#0
// CHECK: %[[PRESENT:.+]] = arith.cmpi sge
// CHECK: vector.broadcast %[[PRESENT]] : i1 to vector
// CHECK: arith.select %{{.+}}, %{{.+}}, %{{.+}} : vector
func.func @strict_rows(%a: memref<512x512xf32>, %b: memref<512x512xf32>, %c: memref<512x512xf32>, %first: index) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) origin(%first)
    {in_bounds, bounds = affine_set<(d0, d1, d2)[s0] : (d0 - d1 + s0 >= 0)>, strict_bounds}
    : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  return
}

// The same with lanes for rows.
// CHECK-LABEL: func.func @strict_columns
// CHECK: tensornet.kernel = "{{.*}}, bounded"
// CHECK: vector.fma
// CHECK: %[[PRESENT:.+]] = arith.cmpi sge, %{{.+}}, %{{.+}} : vector<{{.+}}xindex>
// CHECK: arith.select %[[PRESENT]], %{{.+}}, %{{.+}} : vector
func.func @strict_columns(%a: memref<512x512xf32>, %b: memref<512x512xf32>, %c: memref<512x512xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {in_bounds, bounds = affine_set<(d0, d1, d2) : (d2 - d1 >= 0)>, strict_bounds}
    : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  return
}

// A kernel that cannot tell by its tiles leaves strict bounds to loops.
// CHECK-LABEL: func.func @strict_batch
// CHECK: tensornet.contract_into
func.func @strict_batch(%a: memref<64x32x48xf32>, %b: memref<64x48x32xf32>, %c: memref<64x32x32xf32>) {
  tensornet.contract_into %a[b, i, k], %b[b, k, j] -> [b, i, j] outs(%c)
    {in_bounds, bounds = affine_set<(d0, d1, d2, d3) : (d0 - d2 >= 0)>, strict_bounds}
    : (memref<64x32x48xf32>, memref<64x48x32xf32>, memref<64x32x32xf32>) -> ()
  return
}

// A mask of the result leaves tiles out.
// CHECK-LABEL: func.func @causal
// CHECK: %[[NEEDED:.+]] = arith.cmpi sge
// CHECK: scf.if %[[NEEDED]]
// CHECK: vector.fma
func.func @causal(%a: memref<512x512xf32>, %b: memref<512x512xf32>, %c: memref<512x512xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {in_bounds, bounds = affine_set<(d0, d1, d2) : (d0 - d2 >= 0)>}
    : (memref<512x512xf32>, memref<512x512xf32>, memref<512x512xf32>) -> ()
  return
}

// A vector of joined columns is loaded and stored in strips, each with the lanes
// that lie at one outer column.
// CHECK-LABEL: func.func @joined
// CHECK: tensornet.kernel = "{{.*}}, join columns, {{.*}}pack b"
// AVX512: %[[REST:.+]] = arith.xori %{{.+}}, %{{.+}} : vector<16xi1>
// AVX512: vector.fma
// AVX512: vector.maskedload
// AVX512: arith.select %{{.+}}, %{{.+}}, %{{.+}} : vector<16xi1>, vector<16xf32>
// AVX512: vector.maskedstore
// AVX512: vector.maskedstore
func.func @joined(%a: memref<8x64xf32>, %b: memref<9x64x22xf32>, %c: memref<9x8x22xf32>) {
  tensornet.contract_into %a[i, k], %b[j, k, l] -> [j, i, l] outs(%c)
    {kernel = #tensornet.kernel<join_columns = true>} : (memref<8x64xf32>, memref<9x64x22xf32>, memref<9x8x22xf32>) -> ()
  return
}

// Where tiles of columns are too large for the first cache, their lines are
// asked for ahead, those that the last tile needs: 8 columns of 32.
// CHECK-LABEL: func.func @lines_ahead
// CHECK-COUNT-2: memref.prefetch {{.*}} read, locality<3>
// CHECK-NOT: read, locality<3>
// CHECK: } else {
// CHECK: memref.prefetch {{.*}} read, locality<3>
// CHECK-NOT: read, locality<3>
// CHECK: return
func.func @lines_ahead(%a: memref<500x500xf32>, %b: memref<500x200xf32>, %c: memref<500x200xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [2], column_tile = [32], pack_b = true>}
    : (memref<500x500xf32>, memref<500x200xf32>, memref<500x200xf32>) -> ()
  return
}

// Few rows read a large matrix in place, and ask for the next tile of it.
// AVX512-LABEL: func.func @next_tile
// AVX512-SAME: %{{.*}}: memref<{{.*}}>, %[[B:.*]]: memref<2000x2000xf32>
// AVX512: memref.prefetch %{{.*}} read, locality<3>, data : memref<4000000xf32>
// AVX512: vector.load %{{.*}} : memref<4000000xf32>, vector<16xf32>
func.func @next_tile(%a: memref<8x2000xf32>, %b: memref<2000x2000xf32>, %c: memref<8x2000xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    : (memref<8x2000xf32>, memref<2000x2000xf32>, memref<8x2000xf32>) -> ()
  return
}

// Squares across tiles are packed as they lie in memory: the columns at a point
// of the sum, or the points of a column, one after the other. Of the last tile
// only vectors that have columns are filled.
// CHECK-LABEL: func.func @columns_at_points
// CHECK: %[[PRESENT:.+]] = arith.minsi %{{.+}}, %c16{{.*}} : index
// CHECK: scf.for %{{.+}} = %{{.+}} to %c96{{.*}} step
// CHECK: scf.for %{{.+}} = %{{.+}} to %[[PRESENT]] step
// CHECK: memref.prefetch {{.*}} read, locality<2>
func.func @columns_at_points(%a: memref<96x100x64xf64>, %b: memref<96x32xf64>, %c: memref<64x32x100xf64>) {
  tensornet.contract_into %a[k, c, d], %b[k, b] -> [d, b, c] outs(%c) {kernel = #tensornet.kernel<row_tile = [2], column_tile = [16]>}
    : (memref<96x100x64xf64>, memref<96x32xf64>, memref<64x32x100xf64>) -> ()
  return
}

// CHECK-LABEL: func.func @points_of_columns
// CHECK: %[[PRESENT:.+]] = arith.minsi %{{.+}}, %c16{{.*}} : index
// CHECK: scf.for %{{.+}} = %{{.+}} to %[[PRESENT]] step
// CHECK: scf.for %{{.+}} = %{{.+}} to %c96{{.*}} step
// CHECK: memref.prefetch {{.*}} read, locality<2>
func.func @points_of_columns(%a: memref<100x96x64xf64>, %b: memref<96x32xf64>, %c: memref<64x32x100xf64>) {
  tensornet.contract_into %a[c, k, d], %b[k, b] -> [d, b, c] outs(%c) {kernel = #tensornet.kernel<row_tile = [2], column_tile = [16]>}
    : (memref<100x96x64xf64>, memref<96x32xf64>, memref<64x32x100xf64>) -> ()
  return
}

// Short pieces of rows, far apart: each point of the sum asks for the piece of the
// next tile, behind which the first index of A moves on.
// AVX512-LABEL: func.func @next_rows
// AVX512-SAME: %[[A:.*]]: memref<100x200x100xf32>
// AVX512: arith.remui
// AVX512: memref.prefetch %{{.*}} read, locality<3>, data : memref<2000000xf32>
// AVX512: memref.load %{{.*}} : memref<2000000xf32>
func.func @next_rows(%a: memref<100x200x100xf32>, %b: memref<200x14xf32>, %c: memref<100x100x14xf32>) {
  tensornet.contract_into %a[b, k, a], %b[k, c] -> [a, b, c] outs(%c)
    : (memref<100x200x100xf32>, memref<200x14xf32>, memref<100x100x14xf32>) -> ()
  return
}

// Where the upper half of the last vector of 512 bits has no columns, only the
// lower one is multiplied; sums get their zeros back.
// CHECK-LABEL: func.func @lower_half
// AVX512: vector.load {{.*}} : memref<{{.*}}>, vector<16xf32>
// AVX512: %[[MASK:.+]] = vector.constant_mask [2] : vector<8xi1>
// AVX512: vector.maskedload {{.*}}, %[[MASK]]
// AVX512: vector.fma {{.*}} : vector<16xf32>
// AVX512: vector.fma {{.*}} : vector<8xf32>
// AVX512: vector.shuffle {{.*}} : vector<8xf32>, vector<8xf32>
// AVX2-NOT: vector.shuffle
func.func @lower_half(%a: memref<40x40xf32>, %b: memref<40x18xf32>, %c: memref<40x18xf32>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #tensornet.kernel<row_tile = [2], column_tile = [32]>}
    : (memref<40x40xf32>, memref<40x18xf32>, memref<40x18xf32>) -> ()
  return
}

// Both parts of half a vector of complex numbers are one register.
// CHECK-LABEL: func.func @lower_half_of_complex
// AVX512: vector.shuffle %[[ALL:.+]], %[[ALL]] [0, 2, 4, 6] : vector<8xf64>, vector<8xf64>
// AVX512: vector.fma {{.*}} : vector<8xf64>
// AVX512: vector.fma {{.*}} : vector<4xf64>
func.func @lower_half_of_complex(%a: memref<40x40xcomplex<f64>>, %b: memref<40x12xcomplex<f64>>, %c: memref<40x12xcomplex<f64>>) {
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c) {kernel = #tensornet.kernel<pack_b = false>}
    : (memref<40x40xcomplex<f64>>, memref<40x12xcomplex<f64>>, memref<40x12xcomplex<f64>>) -> ()
  return
}
