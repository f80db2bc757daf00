// Two threads find the bits that one finds.
// RUN: rm -rf %t && mkdir %t
// RUN: tn-run %s --entry=product --output=%t
// RUN: tn-run %s --entry=product --threads=2 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=batched --output=%t
// RUN: tn-run %s --entry=batched --threads=2 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=wide --output=%t
// RUN: tn-run %s --entry=wide --threads=2 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=joined --output=%t
// RUN: tn-run %s --entry=joined --threads=2 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=across --output=%t
// RUN: tn-run %s --entry=across --threads=3 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=softmax_like --output=%t
// RUN: tn-run %s --entry=softmax_like --threads=2 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=gradients --output=%t
// RUN: tn-run %s --entry=gradients --threads=2 --expect=0:%t/result0.npy --expect=1:%t/result1.npy --tolerance=0
// RUN: tn-run %s --entry=weights --output=%t
// RUN: tn-run %s --entry=weights --threads=2 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=weights --threads=3 --expect=0:%t/result0.npy --tolerance=0
// RUN: tn-run %s --entry=weights --pipeline=plain --expect=0:%t/result0.npy --tolerance=1e-2
// RUN: tn-run %s --entry=update --output=%t
// RUN: tn-run %s --entry=update --threads=2 --expect=0:%t/result0.npy --expect=1:%t/result1.npy --tolerance=0
// RUN: tn-run %s --entry=update --threads=3 --expect=0:%t/result0.npy --expect=1:%t/result1.npy --tolerance=0
// RUN: tn-run %s --entry=update --pipeline=plain --expect=0:%t/result0.npy --expect=1:%t/result1.npy --tolerance=1e-3

// One thread: nothing of OpenMP.
// RUN: tn-run %s --entry=product --print-stage=llvm | FileCheck %s --check-prefix=ONE
// RUN: tn-run %s --entry=product --threads=2 --print-stage=llvm | FileCheck %s --check-prefix=TWO
// RUN: tn-run %s --entry=gradients --threads=2 --print-stage=llvm | FileCheck %s --check-prefix=TWO
// ONE-NOT: omp.
// TWO: omp.parallel

// Neither extent is a multiple of a tile.
func.func @product(%a: tensor<301x517xf64>, %b: tensor<517x203xf64>) -> tensor<301x203xf64> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<301x517xf64>, tensor<517x203xf64>) -> tensor<301x203xf64>
  return %c : tensor<301x203xf64>
}

func.func @batched(%a: tensor<50x5x70x6xf32>, %b: tensor<6x90x70x5xf32>) -> tensor<5x50x6x90xf32> {
  %c = tensornet.contract %a[i, p, k, q], %b[q, j, k, p] -> [p, i, q, j]
    : (tensor<50x5x70x6xf32>, tensor<6x90x70x5xf32>) -> tensor<5x50x6x90xf32>
  return %c : tensor<5x50x6x90xf32>
}

func.func @wide(%a: tensor<3x401xf32>, %b: tensor<401x3001xf32>) -> tensor<3x3001xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j]
    : (tensor<3x401xf32>, tensor<401x3001xf32>) -> tensor<3x3001xf32>
  return %c : tensor<3x3001xf32>
}

// Tiles run along all columns.
func.func @joined(%a: tensor<12x8x12x8xf32>, %b: tensor<22x8x22x8xf32>) -> tensor<12x12x22x22xf32> {
  %c = tensornet.contract %a[i, p, j, q], %b[l, q, k, p] -> [i, j, k, l]
    : (tensor<12x8x12x8xf32>, tensor<22x8x22x8xf32>) -> tensor<12x12x22x22xf32>
  return %c : tensor<12x12x22x22xf32>
}

// Tiles of columns come in runs of 48, which threads cut into squares of 16.
func.func @across(%a: tensor<16x96xf32>, %b: tensor<96x64x48xf32>) -> tensor<16x48x64xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j, e] -> [i, e, j]
    : (tensor<16x96xf32>, tensor<96x64x48xf32>) -> tensor<16x48x64xf32>
  return %c : tensor<16x48x64xf32>
}

func.func @softmax_like(%a: tensor<701x999xf32>) -> tensor<701x999xf32> {
  %e = math.exp %a : tensor<701x999xf32>
  %s = tensornet.contract %e[i, j] -> [i] : (tensor<701x999xf32>) -> tensor<701xf32>
  %one = arith.constant dense<1.0> : tensor<701xf32>
  %r = arith.divf %one, %s : tensor<701xf32>
  %c = tensornet.contract %e[i, j], %r[i] -> [i, j]
    : (tensor<701x999xf32>, tensor<701xf32>) -> tensor<701x999xf32>
  return %c : tensor<701x999xf32>
}

// Neither product has rows or columns to share; each needs memory for its tiles.
func.func @gradients(%a: tensor<30000x31xf32>, %b: tensor<30000x33xf32>, %c: tensor<30000x17xf32>) -> (tensor<31x33xf32>, tensor<17x31xf32>) {
  %d = tensornet.contract %a[k, i], %b[k, j] -> [i, j]
    : (tensor<30000x31xf32>, tensor<30000x33xf32>) -> tensor<31x33xf32>
  %e = tensornet.contract %a[k, i], %c[k, j] -> [j, i]
    : (tensor<30000x31xf32>, tensor<30000x17xf32>) -> tensor<17x31xf32>
  return %d, %e : tensor<31x33xf32>, tensor<17x31xf32>
}

// Blocks of a matrix of 16 MB that exists in no other form leave sums of their own.
func.func @weights(%q: tensor<4096x8xf32>, %k: tensor<8x1024xf32>) -> tensor<8x1024xf32> {
  %s = tensornet.contract %q[i, p], %k[p, j] -> [i, j]
    : (tensor<4096x8xf32>, tensor<8x1024xf32>) -> tensor<4096x1024xf32>
  %e = arith.mulf %s, %s : tensor<4096x1024xf32>
  %g = tensornet.contract %q[i, p], %e[i, j] -> [p, j]
    : (tensor<4096x8xf32>, tensor<4096x1024xf32>) -> tensor<8x1024xf32>
  return %g : tensor<8x1024xf32>
}

// Each of two threads sums its half of the examples; the update, and what reduces its
// result, wait for both.
func.func @update(%x: tensor<300x50xf32>, %y: tensor<300x70xf32>, %w: tensor<50x70xf32>) -> (tensor<50x70xf32>, tensor<70xf32>) {
  %rate = arith.constant dense<-0.5> : tensor<f32>
  %g = tensornet.contract %rate[], %x[n, i], %y[n, j] -> [i, j]
    : (tensor<f32>, tensor<300x50xf32>, tensor<300x70xf32>) -> tensor<50x70xf32>
  %new = arith.addf %w, %g : tensor<50x70xf32>
  %t = arith.mulf %new, %w : tensor<50x70xf32>
  %s = tensornet.contract %t[i, j] -> [j] : (tensor<50x70xf32>) -> tensor<70xf32>
  return %t, %s : tensor<50x70xf32>, tensor<70xf32>
}
