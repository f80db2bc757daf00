// RUN: rm -rf %t && mkdir %t
// RUN: tn-run %s --entry=a --output=%t/a
// RUN: tn-run %s --entry=b --output=%t/b
// RUN: tn-run %s --entry=product --output=%t/product

// Inputs from files, results as values.
// RUN: tn-run %s --entry=matmul --input=0:%t/a/result0.npy --input=1:%t/b/result0.npy \
// RUN:   --expect=0:%t/product/result0.npy | FileCheck %s --check-prefix=AGREES
// AGREES: result0: 2x2xf32 [4, 5, 13, 17]
// AGREES-NEXT: result0 agrees with {{.*}}result0.npy: largest error 0, tolerance 0.0001

// A wrong value is an error, and nothing is written.
// RUN: not tn-run %s --entry=matmul --input=0:%t/b/result0.npy --input=1:%t/b/result0.npy \
// RUN:   --expect=0:%t/product/result0.npy --output=%t/none 2>&1 | FileCheck %s --check-prefix=SHAPE
// RUN: not ls %t/none
// SHAPE: tn-run: error: input #0: {{.*}}result0.npy: expected shape (2, 3), found (3, 2)
// RUN: not tn-run %s --entry=twice --input=0:%t/product/result0.npy \
// RUN:   --expect=0:%t/product/result0.npy --output=%t/none 2>&1 | FileCheck %s --check-prefix=DIFFERS
// RUN: not ls %t/none
// DIFFERS: tn-run: error: result #0 differs from {{.*}}result0.npy at [1, 1]: expected 17, found 34 (error 0.944, tolerance 0.0001)

// A tolerance can make it right.
// RUN: tn-run %s --entry=twice --input=0:%t/product/result0.npy --expect=0:%t/product/result0.npy --tolerance=1

func.func @a() -> tensor<2x3xf32> {
  %0 = arith.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

func.func @b() -> tensor<3x2xf32> {
  %0 = arith.constant dense<[[1.0, 1.0], [0.0, 1.0], [2.0, 2.0]]> : tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

func.func @product() -> tensor<2x2xf32> {
  %0 = arith.constant dense<[[4.0, 5.0], [13.0, 17.0]]> : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

func.func @matmul(%a: tensor<2x3xf32>, %b: tensor<3x2xf32>) -> tensor<2x2xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

func.func @twice(%a: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = arith.addf %a, %a : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
