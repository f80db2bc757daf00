// Scalars and tensors in every place of a signature.

// RUN: tn-run %s --entry=scalars --pipeline=plain | FileCheck %s --check-prefix=SCALARS
// SCALARS: result0: f64 [-2.5]
// SCALARS-NEXT: result1: f64 [-2.5]
// SCALARS-NEXT: result2: i8 [-3]
// SCALARS-NEXT: result3: i1 [1]
// SCALARS-NEXT: result4: index [7]
// SCALARS-NEXT: result5: complex<f32> [1-2i]
func.func @scalars() -> (f64, tensor<f64>, i8, i1, index, complex<f32>) {
  %0 = arith.constant -2.5 : f64
  %1 = arith.constant dense<-2.5> : tensor<f64>
  %2 = arith.constant -3 : i8
  %3 = arith.constant true
  %4 = arith.constant 7 : index
  %5 = complex.constant [1.0 : f32, -2.0 : f32] : complex<f32>
  return %0, %1, %2, %3, %4, %5 : f64, tensor<f64>, i8, i1, index, complex<f32>
}

// RUN: tn-run %s --entry=one_scalar | FileCheck %s --check-prefix=ONE
// ONE: result0: f32 [0.25]
func.func @one_scalar() -> f32 {
  %0 = arith.constant 0.25 : f32
  return %0 : f32
}

// RUN: tn-run %s --entry=one_complex | FileCheck %s --check-prefix=COMPLEX
// COMPLEX: result0: complex<f64> [0.5+3i]
func.func @one_complex() -> complex<f64> {
  %0 = complex.constant [0.5 : f64, 3.0 : f64] : complex<f64>
  return %0 : complex<f64>
}

// RUN: tn-run %s --entry=nothing | count 0
func.func @nothing(%a: tensor<3xf32>) {
  return
}

// An argument that is returned, twice, comes back as two arrays.
// RUN: rm -rf %t && tn-run %s --entry=returned --shape=0:2 --output=%t --seed=1
// RUN: tn-run %s --entry=returned --shape=0:2 --seed=1 --expect=0:%t/result1.npy --expect=1:%t/result0.npy
func.func @returned(%a: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  return %a, %a : tensor<?xf32>, tensor<?xf32>
}

// RUN: tn-run %s --entry=dynamic --shape=0:3 | FileCheck %s --check-prefix=DYNAMIC
// DYNAMIC: result0: 3x3xf64 [1, 0, 0, 0, 1, 0, ...] norm 1.73205
// DYNAMIC-NEXT: result1: f64 [4]
// DYNAMIC-NEXT: result2: 2xi16 [5, 6]
func.func @dynamic(%a: tensor<?xf64>) -> (tensor<?x?xf64>, f64, tensor<2xi16>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?xf64>
  %0 = tensornet.contract -> [i, i] sizes(%n) : () -> tensor<?x?xf64>
  %1 = arith.constant 4.0 : f64
  %2 = arith.constant dense<[5, 6]> : tensor<2xi16>
  return %0, %1, %2 : tensor<?x?xf64>, f64, tensor<2xi16>
}

// Empty arrays.
// RUN: tn-run %s --entry=empty | FileCheck %s --check-prefix=EMPTY
// EMPTY: result0: 0x3xf32 []
// EMPTY-NEXT: result1: 3xf32 [0, 0, 0]
func.func @empty(%a: tensor<0x3xf32>) -> (tensor<0x3xf32>, tensor<3xf32>) {
  %0 = tensornet.contract %a[i, j] -> [j] : (tensor<0x3xf32>) -> tensor<3xf32>
  return %a, %0 : tensor<0x3xf32>, tensor<3xf32>
}
