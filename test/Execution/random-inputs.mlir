// Random inputs depend on the seed and on nothing else. The numbers are those of
// an independent implementation of the documented generator.

// RUN: tn-run %s --entry=same | FileCheck %s --check-prefix=ZERO
// RUN: tn-run %s --entry=same --seed=7 | FileCheck %s --check-prefix=SEVEN
// ZERO: result0: 3xf64 [-0.108923, -0.789893, -1.23383]
// SEVEN: result0: 3xf64 [1.78199, 1.98999, 0.858165]
// ZERO-NEXT: result1: 8xi32 [-3, 4, -2, 4, 1, -2, ...]
// SEVEN-NEXT: result1: 8xi32 [1, -1, 4, -4, 0, 2, ...]
func.func @same(%a: tensor<3xf64>, %b: tensor<8xi32>) -> (tensor<3xf64>, tensor<8xi32>) {
  return %a, %b : tensor<3xf64>, tensor<8xi32>
}
