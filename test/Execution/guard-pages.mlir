// Arrays between inaccessible pages: the same results, in both places.

// RUN: tn-run %s --entry=f --guard-pages | FileCheck %s
// RUN: tn-run %s --entry=f --guard-pages --vector-width=128 | FileCheck %s
// CHECK: result0: 5x7xf32
// RUN: not --crash env ASAN_OPTIONS=handle_segv=0 tn-run %s --entry=outside --guard-pages
// RUN: tn-run %s --entry=outside

// RUN: not tn-run %s --entry=f --guard-pages --iterate=2 2>&1 | FileCheck %s --check-prefix=ITERATE
// ITERATE: tn-run: error: --guard-pages goes with neither --iterate nor --time
// RUN: not tn-run %s --entry=f --vector-width=100 2>&1 | FileCheck %s --check-prefix=WIDTH
// WIDTH: tn-run: error: --vector-width=100: expected 128, 256 or 512

func.func @f(%a: tensor<5x9xf32>, %b: tensor<9x7xf32>) -> tensor<5x7xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
       : (tensor<5x9xf32>, tensor<9x7xf32>) -> tensor<5x7xf32>
  return %c : tensor<5x7xf32>
}

// Reads one element past the end.
func.func @outside(%x: tensor<4xf32>) -> f32 {
  %four = arith.constant 4 : index
  %y = tensor.extract %x[%four] : tensor<4xf32>
  return %y : f32
}
