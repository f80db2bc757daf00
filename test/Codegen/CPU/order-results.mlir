// RUN: tn-opt %s --tensornet-fusible-contractions=vector-width=512 | FileCheck %s
// RUN: tn-opt %s --tensornet-fusible-contractions=vector-width=512 --convert-tensornet-to-destination --tensornet-block-rows="cache-bytes=65536" | FileCheck %s --check-prefix=BLOCKS

// The large operand is read from one end to the other, the small result
// transposed.
// CHECK-LABEL: func.func @large_operand
// CHECK: %[[SUM:.+]] = tensornet.contract %{{.+}}[i, j, k], %{{.+}}[l, i] -> [l, j, k]
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[SUM]] : tensor<16x96x200xf32>)

// Blocks of both would read it in pieces again.
// BLOCKS-LABEL: func.func @large_operand
// BLOCKS-NOT: scf.for
// BLOCKS: return
func.func @large_operand(%a: tensor<128x96x200xf32>, %b: tensor<16x128xf32>) -> tensor<200x16x96xf32> {
  %0 = tensornet.contract %a[k, j, i], %b[m, k] -> [i, m, j]
    : (tensor<128x96x200xf32>, tensor<16x128xf32>) -> tensor<200x16x96xf32>
  return %0 : tensor<200x16x96xf32>
}

// Operands may stand the other way round; what both have comes first.
// CHECK-LABEL: func.func @second_operand
// CHECK: tensornet.contract %{{.+}}[i, j, k], %{{.+}}[i, k, l, m] -> [i, j, l, m]
func.func @second_operand(%b: tensor<2x16x128xf32>, %a: tensor<2x128x96x200xf32>) -> tensor<2x200x16x96xf32> {
  %0 = tensornet.contract %b[n, m, k], %a[n, k, j, i] -> [n, i, m, j]
    : (tensor<2x16x128xf32>, tensor<2x128x96x200xf32>) -> tensor<2x200x16x96xf32>
  return %0 : tensor<2x200x16x96xf32>
}

// Joined columns of a long sum: each block of it would update strips.
// CHECK-LABEL: func.func @long_sum
// CHECK: tensornet.contract {{.*}} -> [l, j, k]
func.func @long_sum(%a: tensor<1100x35x35xf64>, %b: tensor<1000x1100xf64>) -> tensor<35x1000x35xf64> {
  %0 = tensornet.contract %a[k, j, i], %b[m, k] -> [i, m, j]
    : (tensor<1100x35x35xf64>, tensor<1000x1100xf64>) -> tensor<35x1000x35xf64>
  return %0 : tensor<35x1000x35xf64>
}

// CHECK-LABEL: func.func @keeps_where_the_result_is_as_large
// CHECK: tensornet.contract {{.*}} -> [k, l, j]
func.func @keeps_where_the_result_is_as_large(%a: tensor<128x96x200xf32>, %b: tensor<100x128xf32>) -> tensor<200x100x96xf32> {
  %0 = tensornet.contract %a[k, j, i], %b[m, k] -> [i, m, j]
    : (tensor<128x96x200xf32>, tensor<100x128xf32>) -> tensor<200x100x96xf32>
  return %0 : tensor<200x100x96xf32>
}

// Rows of 8 numbers fill no vector, and 32 are no more than 96.
// CHECK-LABEL: func.func @keeps_short_runs
// CHECK: tensornet.contract {{.*}} -> [k, l, j]
// CHECK: tensornet.contract {{.*}} -> [k, l, j]
func.func @keeps_short_runs(%a: tensor<512x96x8xf32>, %b: tensor<16x512xf32>, %c: tensor<512x96x32xf32>) -> (tensor<8x16x96xf32>, tensor<32x16x96xf32>) {
  %0 = tensornet.contract %a[k, j, i], %b[m, k] -> [i, m, j]
    : (tensor<512x96x8xf32>, tensor<16x512xf32>) -> tensor<8x16x96xf32>
  %1 = tensornet.contract %c[k, j, i], %b[m, k] -> [i, m, j]
    : (tensor<512x96x32xf32>, tensor<16x512xf32>) -> tensor<32x16x96xf32>
  return %0, %1 : tensor<8x16x96xf32>, tensor<32x16x96xf32>
}

// CHECK-LABEL: func.func @keeps_small_operands
// CHECK: tensornet.contract {{.*}} -> [k, l, j]
func.func @keeps_small_operands(%a: tensor<64x32x40xf32>, %b: tensor<8x64xf32>) -> tensor<40x8x32xf32> {
  %0 = tensornet.contract %a[k, j, i], %b[m, k] -> [i, m, j]
    : (tensor<64x32x40xf32>, tensor<8x64xf32>) -> tensor<40x8x32xf32>
  return %0 : tensor<40x8x32xf32>
}

// CHECK-LABEL: func.func @keeps_what_an_elementwise_op_reads
// CHECK: tensornet.contract {{.*}} -> [k, l, j]
func.func @keeps_what_an_elementwise_op_reads(%a: tensor<128x96x200xf32>, %b: tensor<16x128xf32>) -> tensor<200x16x96xf32> {
  %0 = tensornet.contract %a[k, j, i], %b[m, k] -> [i, m, j]
    : (tensor<128x96x200xf32>, tensor<16x128xf32>) -> tensor<200x16x96xf32>
  %1 = math.tanh %0 : tensor<200x16x96xf32>
  return %1 : tensor<200x16x96xf32>
}

// CHECK-LABEL: func.func @keeps_what_another_contraction_reads
// CHECK: tensornet.contract {{.*}} -> [k, l, j]
func.func @keeps_what_another_contraction_reads(%a: tensor<128x96x200xf32>, %b: tensor<16x128xf32>, %c: tensor<96x96xf32>) -> tensor<200x16x96xf32> {
  %0 = tensornet.contract %a[k, j, i], %b[m, k] -> [i, m, j]
    : (tensor<128x96x200xf32>, tensor<16x128xf32>) -> tensor<200x16x96xf32>
  %1 = tensornet.contract %0[i, m, j], %c[j, k] -> [i, m, k]
    : (tensor<200x16x96xf32>, tensor<96x96xf32>) -> tensor<200x16x96xf32>
  return %1 : tensor<200x16x96xf32>
}

// CHECK-LABEL: func.func @keeps_a_kernel
// CHECK: tensornet.contract {{.*}} -> [k, l, j] {kernel =
func.func @keeps_a_kernel(%a: tensor<128x96x200xf32>, %b: tensor<16x128xf32>) -> tensor<200x16x96xf32> {
  %0 = tensornet.contract %a[k, j, i], %b[m, k] -> [i, m, j] {kernel = #tensornet.kernel<row_tile = [8]>}
    : (tensor<128x96x200xf32>, tensor<16x128xf32>) -> tensor<200x16x96xf32>
  return %0 : tensor<200x16x96xf32>
}

// CHECK-LABEL: func.func @keeps_half_precision
// CHECK: tensornet.contract {{.*}} -> [k, l, j]
func.func @keeps_half_precision(%a: tensor<256x96x200xbf16>, %b: tensor<16x256xbf16>) -> tensor<200x16x96xbf16> {
  %0 = tensornet.contract %a[k, j, i], %b[m, k] -> [i, m, j]
    : (tensor<256x96x200xbf16>, tensor<16x256xbf16>) -> tensor<200x16x96xbf16>
  return %0 : tensor<200x16x96xbf16>
}

// Two columns leave lanes unused; rows that lie side by side fill them.
// CHECK-LABEL: func.func @few_columns
// CHECK: %[[SUM:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[i, k] -> [k, j]
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]} ins(%[[SUM]] : tensor<2x592xf32>)
func.func @few_columns(%a: tensor<142x592xf32>, %b: tensor<142x2xf32>) -> tensor<592x2xf32> {
  %0 = tensornet.contract %a[k, m], %b[k, n] -> [m, n]
    : (tensor<142x592xf32>, tensor<142x2xf32>) -> tensor<592x2xf32>
  return %0 : tensor<592x2xf32>
}

// One vector of rows is enough.
// CHECK-LABEL: func.func @vector_of_rows
// CHECK: tensornet.contract {{.*}} -> [k, j] {{.*}} -> tensor<6x16xf32>
func.func @vector_of_rows(%a: tensor<678x16xf32>, %b: tensor<6x678xf32>) -> tensor<16x6xf32> {
  %0 = tensornet.contract %a[k, m], %b[n, k] -> [m, n]
    : (tensor<678x16xf32>, tensor<6x678xf32>) -> tensor<16x6xf32>
  return %0 : tensor<16x6xf32>
}

// What is known of the result stays known.
// CHECK-LABEL: func.func @dynamic_rows
// CHECK: %[[SUM:.+]] = tensornet.contract {{.*}} -> [k, j] {{.*}} -> tensor<2x592xf32>
// CHECK: linalg.generic {{.*}} ins(%[[SUM]] : tensor<2x592xf32>) outs(%{{.+}} : tensor<592x2xf32>)
func.func @dynamic_rows(%a: tensor<142x?xf32>, %b: tensor<142x2xf32>) -> tensor<592x2xf32> {
  %0 = tensornet.contract %a[k, m], %b[k, n] -> [m, n]
    : (tensor<142x?xf32>, tensor<142x2xf32>) -> tensor<592x2xf32>
  return %0 : tensor<592x2xf32>
}

// Twenty columns are two vectors with room for twelve more. Threads leave such a product to
// the one that transposes it, unless it is large; halves, which a matrix unit may multiply, get no choice.
// CHECK-LABEL: func.func @two_vectors_of_columns
// CHECK: tensornet.contract {{.*}} -> [k, j] {kernel = #tensornet.kernel<distribute = none>}
// CHECK: tensornet.contract {{.*}} -> [k, j] : {{.*}} -> tensor<20x9000xf32>
// CHECK: tensornet.contract {{.*}} -> [k, j] : {{.*}} -> tensor<20x592xf32>
func.func @two_vectors_of_columns(%a: tensor<142x592xf32>, %b: tensor<142x20xf32>, %c: tensor<142x9000xf32>, %d: tensor<142x592xbf16>, %e: tensor<142x20xbf16>) -> (tensor<592x20xf32>, tensor<9000x20xf32>, tensor<592x20xf32>) {
  %0 = tensornet.contract %a[k, m], %b[k, n] -> [m, n]
    : (tensor<142x592xf32>, tensor<142x20xf32>) -> tensor<592x20xf32>
  %1 = tensornet.contract %c[k, m], %b[k, n] -> [m, n]
    : (tensor<142x9000xf32>, tensor<142x20xf32>) -> tensor<9000x20xf32>
  %2 = tensornet.contract %d[k, m], %e[k, n] -> [m, n]
    : (tensor<142x592xbf16>, tensor<142x20xbf16>) -> tensor<592x20xf32>
  return %0, %1, %2 : tensor<592x20xf32>, tensor<9000x20xf32>, tensor<592x20xf32>
}

// These fill them, that sum is short, those rows are few, and so are the products.
// CHECK-LABEL: func.func @keeps_columns
// CHECK-COUNT-4: tensornet.contract {{.*}} -> [j, k]
func.func @keeps_columns(%a: tensor<142x592xf32>, %b: tensor<142x16xf32>, %c: tensor<8x592xf32>, %d: tensor<8x12xf32>, %e: tensor<142x6xf32>, %f: tensor<142x2xf32>, %g: tensor<20x31xf32>, %h: tensor<20x12xf32>) -> (tensor<592x16xf32>, tensor<592x12xf32>, tensor<6x2xf32>, tensor<31x12xf32>) {
  %0 = tensornet.contract %a[k, m], %b[k, n] -> [m, n]
    : (tensor<142x592xf32>, tensor<142x16xf32>) -> tensor<592x16xf32>
  %1 = tensornet.contract %c[k, m], %d[k, n] -> [m, n]
    : (tensor<8x592xf32>, tensor<8x12xf32>) -> tensor<592x12xf32>
  %2 = tensornet.contract %e[k, m], %f[k, n] -> [m, n]
    : (tensor<142x6xf32>, tensor<142x2xf32>) -> tensor<6x2xf32>
  %3 = tensornet.contract %g[k, m], %h[k, n] -> [m, n]
    : (tensor<20x31xf32>, tensor<20x12xf32>) -> tensor<31x12xf32>
  return %0, %1, %2, %3 : tensor<592x16xf32>, tensor<592x12xf32>, tensor<6x2xf32>, tensor<31x12xf32>
}
