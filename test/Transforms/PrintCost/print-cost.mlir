// RUN: tn-opt %s --tensornet-print-cost -o %t | FileCheck %s
// RUN: tn-opt %s --tensornet-print-cost=planned -o %t | FileCheck %s --check-prefix=PLANNED

// CHECK-NOT: @declaration
func.func private @declaration(tensor<4xf32>) -> tensor<4xf32>

// A matrix product: 4 * 8 * 16 points, 64 elements.
// CHECK: @matmul: multiplications=512 largest=64 peak=64
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>) -> tensor<4x16xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

// An n-ary contraction counts in the order that plan chooses: 8*16 + 4*8.
// CHECK: @chain: multiplications=160 largest=8 peak=12
func.func @chain(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %v: tensor<16xf32>) -> tensor<4xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k], %v[k] -> [i] : (tensor<4x8xf32>, tensor<8x16xf32>, tensor<16xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Sums, copies, broadcasts and virtual operands count zero.
// CHECK: @free: multiplications=0 largest=32 peak=48
func.func @free(%a: tensor<4x4xf32>) -> tensor<4x4x2xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<4xf32>
  %0 = tensornet.contract %a[i, j], %one[i - j] -> [j, i] : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %0[i, j] -> [i, j, k] : (tensor<4x4xf32>) -> tensor<4x4x2xf32>
  return %1 : tensor<4x4x2xf32>
}

// A scaling counts the elements of the smallest tensor: here of the sum.
// CHECK: @scaled_sum: multiplications=4 largest=4 peak=4
func.func @scaled_sum(%a: tensor<4x8xf32>, %s: tensor<f32>) -> tensor<4xf32> {
  %0 = tensornet.contract %a[i, j], %s[] -> [i] : (tensor<4x8xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// 4 * 8 * 16 points, and the 0-d product of %s and %s scales the 32
// elements of %a.
// CHECK: @scaled_matmul: multiplications=545 largest=64 peak=64
func.func @scaled_matmul(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %s: tensor<f32>) -> tensor<4x16xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k], %s[], %s[] -> [i, k] : (tensor<4x8xf32>, tensor<8x16xf32>, tensor<f32>, tensor<f32>) -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

// Elementwise products are binary contractions.
// CHECK: @elementwise: multiplications=12 largest=12 peak=12
func.func @elementwise(%a: tensor<12xf32>) -> tensor<12xf32> {
  %0 = tensornet.contract %a[i], %a[i] -> [i] : (tensor<12xf32>, tensor<12xf32>) -> tensor<12xf32>
  return %0 : tensor<12xf32>
}

// Planned together, A B is computed once.
// CHECK: @group: multiplications=1024 largest=64 peak=96
// PLANNED: @group: multiplications=1024 largest=64 peak=96 planned=768 shared=1
func.func @group(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %v: tensor<8x2xf32>, %w: tensor<8x2xf32>) -> (tensor<8x2xf32>, tensor<8x2xf32>, tensor<8x8xf32>) {
  %0 = tensornet.contract %b[i, j], %v[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x2xf32>) -> tensor<8x2xf32>
  %1 = tensornet.contract %a[i, j], %0[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x2xf32>) -> tensor<8x2xf32>
  %2 = tensornet.contract %b[i, j], %w[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x2xf32>) -> tensor<8x2xf32>
  %3 = tensornet.contract %a[i, j], %2[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x2xf32>) -> tensor<8x2xf32>
  %4 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %1, %3, %4 : tensor<8x2xf32>, tensor<8x2xf32>, tensor<8x8xf32>
}

// Equal ops count once, unused ones not at all.
// CHECK: @shared: multiplications=64 largest=16 peak=32
func.func @shared(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tensornet.contract %a[i, j], %a[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tensornet.contract %a[i, j], %a[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = tensornet.contract %a[i, j], %a[k, j] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = arith.addf %0, %1 : tensor<4x4xf32>
  return %3 : tensor<4x4xf32>
}

// Views are no tensors of their own but keep theirs alive.
// CHECK: @views: multiplications=32 largest=16 peak=32
func.func @views(%a: tensor<16xf32>) -> (tensor<4x4xf32>, tensor<16xf32>) {
  %0 = tensornet.contract %a[i], %a[i] -> [i] : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  %1 = tensor.expand_shape %0 [[0, 1]] output_shape [4, 4] : tensor<16xf32> into tensor<4x4xf32>
  %2 = tensornet.contract %a[i], %a[i], %a[i] -> [i] : (tensor<16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  return %1, %2 : tensor<4x4xf32>, tensor<16xf32>
}

// CHECK: @regions: multiplications=256 largest=16 peak=48
func.func @regions(%c: i1, %a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tensornet.contract %a[i, j] -> [j, i] : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = scf.if %c -> tensor<4x4xf32> {
    %2 = tensornet.contract %0[i, j], %a[j, k], %a[k, l] -> [i, l] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    scf.yield %2 : tensor<4x4xf32>
  } else {
    %3 = tensornet.contract %0[i, j], %0[j, k], %a[k, l] -> [i, l] : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    scf.yield %3 : tensor<4x4xf32>
  }
  return %1 : tensor<4x4xf32>
}

// CHECK: @dynamic: multiplications=? largest=? peak=?
func.func @dynamic(%a: tensor<?x4xf32>) -> tensor<?x?xf32> {
  %0 = tensornet.contract %a[i, j], %a[k, j] -> [i, k] : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK: @empty: multiplications=0 largest=? peak=?
func.func @empty(%a: tensor<?x0xf32>) -> tensor<?x?xf32> {
  %0 = tensornet.contract %a[i, j], %a[k, j] -> [i, k] : (tensor<?x0xf32>, tensor<?x0xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// Integers where they fit, else a rounded number.
// CHECK: @large: multiplications=13835058055282163712 largest=4611686018427387904 peak=9223372036854775808
func.func @large(%a: tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32> {
  %0 = tensornet.contract %a[i, j], %a[i, j] -> [i, j] : (tensor<2147483648x2147483648xf32>, tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32>
  %1 = tensornet.contract %0[i, j], %a[i, j] -> [i, j] : (tensor<2147483648x2147483648xf32>, tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32>
  %2 = tensornet.contract %1[i, j], %a[i, j] -> [i, j] : (tensor<2147483648x2147483648xf32>, tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32>
  return %2 : tensor<2147483648x2147483648xf32>
}

// CHECK: @larger: multiplications=2.305843e+19 largest=4611686018427387904 peak=9223372036854775808
func.func @larger(%a: tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32> {
  %0 = tensornet.contract %a[i, j], %a[i, j] -> [i, j] : (tensor<2147483648x2147483648xf32>, tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32>
  %1 = tensornet.contract %0[i, j], %a[i, j] -> [i, j] : (tensor<2147483648x2147483648xf32>, tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32>
  %2 = tensornet.contract %1[i, j], %a[i, j] -> [i, j] : (tensor<2147483648x2147483648xf32>, tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32>
  %3 = tensornet.contract %2[i, j], %a[i, j] -> [i, j] : (tensor<2147483648x2147483648xf32>, tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32>
  %4 = tensornet.contract %3[i, j], %a[i, j] -> [i, j] : (tensor<2147483648x2147483648xf32>, tensor<2147483648x2147483648xf32>) -> tensor<2147483648x2147483648xf32>
  return %4 : tensor<2147483648x2147483648xf32>
}

// What a loop runs counts as often; its sum is updated in place, beside 32
// elements of the body.
// CHECK: @loop: multiplications=512 largest=16 peak=48
func.func @loop(%a: tensor<8x4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4x4xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<4x4xf32>) -> tensor<4x4xf32>
  %sum = scf.for %i = %c0 to %c8 step %c1 iter_args(%acc = %zeros) -> tensor<4x4xf32> {
    %s = tensor.extract_slice %a[%i, 0, 0] [1, 4, 4] [1, 1, 1] : tensor<8x4x4xf32> to tensor<4x4xf32>
    %0 = tensornet.contract %s[i, j], %b[j, k] -> [i, k] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %1 = math.exp %0 : tensor<4x4xf32>
    %next = arith.addf %acc, %1 : tensor<4x4xf32>
    scf.yield %next : tensor<4x4xf32>
  }
  return %sum : tensor<4x4xf32>
}

// Two sums of 8 elements from one start, which cannot be that of both, and
// products that are only added to them.
// CHECK: @sums: multiplications=64 largest=8 peak=24
func.func @sums(%a: tensor<4x8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<8xf32>) -> tensor<8xf32>
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%p = %zeros, %q = %zeros) -> (tensor<8xf32>, tensor<8xf32>) {
    %s = tensor.extract_slice %a[%i, 0] [1, 8] [1, 1] : tensor<4x8xf32> to tensor<8xf32>
    %0 = tensornet.contract %s[i], %s[i] -> [i] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %1 = tensornet.contract %s[i], %zeros[i] -> [i] : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %2 = arith.addf %p, %0 : tensor<8xf32>
    %3 = arith.addf %q, %1 : tensor<8xf32>
    scf.yield %2, %3 : tensor<8xf32>, tensor<8xf32>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<8xf32>
}

// How often a loop runs may be unknown.
// CHECK: @unknown_loop: multiplications=? largest=4 peak=8
func.func @unknown_loop(%a: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a) -> tensor<4xf32> {
    %0 = tensornet.contract %p[i], %a[i] -> [i] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    scf.yield %0 : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}
