// RUN: tn-opt %s --tensornet-choose-kernels="vector-width=512 parallel" -split-input-file -verify-diagnostics

// What threads cannot share out is refused for one thread, too.
// RUN: tn-opt %s --tensornet-choose-kernels="vector-width=512" -split-input-file -verify-diagnostics

func.func @swap(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel has swap = true, but index 'k', along which the result is contiguous, is in operand #1}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<swap = true>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @registers(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel has tiles of 16 rows and 64 columns, which need more than the 32 registers of the target}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [16], column_tile = [64]>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @vectors(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel has tiles of 24 columns, which do not fill vectors of 16 elements}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<column_tile = [24]>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @no_such_index(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel lists index 'l' in rows, but the contraction has no such index}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<rows = [l]>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @wrong_role(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel lists index 'j' in rows, where it does not belong}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<rows = [j]>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @left_out(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel leaves index 'j' out of sum}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<sum = []>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @not_contiguous(%a: memref<64x64xf32>, %b: memref<64x8x8xf32>, %c: memref<8x64x8xf32>) {
  // expected-error @below {{kernel runs vectors along index 'k', along which the result is not contiguous}}
  tensornet.contract_into %a[i, k], %b[k, j, l] -> [j, i, l] outs(%c)
    {kernel = #tensornet.kernel<columns = [l, k]>} : (memref<64x64xf32>, memref<64x8x8xf32>, memref<8x64x8xf32>) -> ()
  return
}

// -----

func.func @columns_in_place(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel does not pack b, but index 'k', along which vectors run, is not contiguous in it}}
  tensornet.contract_into %a[i, k], %b[j, k] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<pack_b = false>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @two_sums_in_place(%a: memref<64x8x8xf32>, %b: memref<8x8x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel does not pack a, but its blocks sum over 2 indices}}
  tensornet.contract_into %a[i, k, l], %b[l, k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<pack_a = false>} : (memref<64x8x8xf32>, memref<8x8x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @no_batch(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel distributes batch, but no index is in both operands and the result}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<distribute = batch>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @sum_and_batch(%a: memref<4x64x64xf32>, %b: memref<4x64x64xf32>, %c: memref<4x64x64xf32>) {
  // expected-error @below {{kernel distributes the sum, but has indices of a batch, with bounds or with extents of the run}}
  tensornet.contract_into %a[l, i, k], %b[l, k, j] -> [l, i, j] outs(%c)
    {kernel = #tensornet.kernel<distribute = sum>} : (memref<4x64x64xf32>, memref<4x64x64xf32>, memref<4x64x64xf32>) -> ()
  return
}

// -----

func.func @sum_in_one_block(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel distributes the sum, which has one block}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<distribute = sum>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @too_many_blocks(%a: memref<65536x64xf32>, %b: memref<65536x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel distributes the sum, whose 65536 blocks leave too many numbers}}
  tensornet.contract_into %a[k, i], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<block = [64, 64, 1], distribute = sum>} : (memref<65536x64xf32>, memref<65536x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @no_sum(%a: memref<64xf32>, %b: memref<64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel is impossible: no index is summed}}
  tensornet.contract_into %a[i], %b[j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [4]>} : (memref<64xf32>, memref<64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @dot(%a: memref<64xf32>, %b: memref<64xf32>, %c: memref<f32>) {
  // expected-error @below {{kernel is impossible: the result is not contiguous along an index of one operand}}
  tensornet.contract_into %a[i], %b[i] -> [] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [4]>} : (memref<64xf32>, memref<64xf32>, memref<f32>) -> ()
  return
}

// -----

func.func @memory(%a: memref<?x?xf32>, %b: memref<?x?xf32>, %c: memref<?x?xf32>) {
  // expected-error @below {{which no memory holds}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<block = [100000000, 64, 100000000]>} : (memref<?x?xf32>, memref<?x?xf32>, memref<?x?xf32>) -> ()
  return
}

// -----

func.func @empty(%a: memref<64x0xf32>, %b: memref<0x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel is impossible: an index has extent 0}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [4]>} : (memref<64x0xf32>, memref<0x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @three(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{has a kernel, but no kernel fits its operands}}
  tensornet.contract_into %a[i, k], %b[k, j], %b[i, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<row_tile = [4]>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @nothing_to_join(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>) {
  // expected-error @below {{kernel joins columns, but index 'k' is their only loop}}
  tensornet.contract_into %a[i, k], %b[k, j] -> [i, j] outs(%c)
    {kernel = #tensornet.kernel<join_columns = true>} : (memref<64x64xf32>, memref<64x64xf32>, memref<64x64xf32>) -> ()
  return
}

// -----

func.func @joined_in_place(%a: memref<8x64xf32>, %b: memref<9x64x22xf32>, %c: memref<9x8x22xf32>) {
  // expected-error @below {{kernel joins columns, but does not pack b}}
  tensornet.contract_into %a[i, k], %b[j, k, l] -> [j, i, l] outs(%c)
    {kernel = #tensornet.kernel<join_columns = true, pack_b = false>} : (memref<8x64xf32>, memref<9x64x22xf32>, memref<9x8x22xf32>) -> ()
  return
}

// -----

func.func @joined_of_the_run(%a: memref<8x64xf32>, %b: memref<?x64x22xf32>, %c: memref<?x8x22xf32>) {
  // expected-error @below {{kernel joins columns, but only the run knows the extent of index 'k'}}
  tensornet.contract_into %a[i, k], %b[j, k, l] -> [j, i, l] outs(%c)
    {kernel = #tensornet.kernel<join_columns = true>} : (memref<8x64xf32>, memref<?x64x22xf32>, memref<?x8x22xf32>) -> ()
  return
}
