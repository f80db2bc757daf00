// RUN: tn-opt %s --tensornet-simplify | FileCheck %s

// CHECK-LABEL: func.func @multiplies_constants
// CHECK: %[[C:.+]] = arith.constant dense<6.000000e+00> : tensor<f32>
// CHECK: tensornet.contract %[[C]][], %arg0[i, j] -> [i]
func.func @multiplies_constants(%a: tensor<4x5xf32>) -> tensor<4xf32> {
  %c2 = arith.constant dense<2.0> : tensor<4x5xf32>
  %c3 = arith.constant dense<3.0> : tensor<f32>
  %r = tensornet.contract %a[i, j], %c2[i, j], %c3[] -> [i] : (tensor<4x5xf32>, tensor<4x5xf32>, tensor<f32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @drops_constant_one
// CHECK-NEXT: tensornet.contract %arg0[i, j] -> [i]
func.func @drops_constant_one(%a: tensor<4x5xf32>) -> tensor<4xf32> {
  %c1 = arith.constant dense<1.0> : tensor<5xf32>
  %r = tensornet.contract %a[i, j], %c1[j] -> [i] : (tensor<4x5xf32>, tensor<5xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func.func @dynamic_splat
// CHECK-DAG: %[[C:.+]] = arith.constant dense<2.000000e+00> : tensor<f32>
// CHECK: tensornet.contract %[[C]][], %arg0[i] -> []
func.func @dynamic_splat(%a: tensor<?xf32>, %n: index) -> tensor<f32> {
  %c = arith.constant 2.0 : f32
  %s = tensor.splat %c[%n] : tensor<?xf32>
  %r = tensornet.contract %a[i], %s[i] -> [] : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK-LABEL: func.func @complex_constants
// CHECK: %[[C:.+]] = arith.constant dense<(0.000000e+00,2.000000e+00)> : tensor<complex<f64>>
// CHECK: tensornet.contract %[[C]][], %arg0[i] -> [i]
func.func @complex_constants(%a: tensor<4xcomplex<f64>>) -> tensor<4xcomplex<f64>> {
  %c = arith.constant dense<(1.0, 1.0)> : tensor<complex<f64>>
  %r = tensornet.contract %a[i], %c[], %c[] -> [i] : (tensor<4xcomplex<f64>>, tensor<complex<f64>>, tensor<complex<f64>>) -> tensor<4xcomplex<f64>>
  return %r : tensor<4xcomplex<f64>>
}

// CHECK-LABEL: func.func @conjugated_constant
// CHECK: arith.constant dense<(2.000000e+00,0.000000e+00)> : tensor<complex<f64>>
func.func @conjugated_constant(%a: tensor<4xcomplex<f64>>) -> tensor<4xcomplex<f64>> {
  %c = arith.constant dense<(1.0, 1.0)> : tensor<complex<f64>>
  %r = tensornet.contract %a[i], conj %c[], %c[] -> [i] : (tensor<4xcomplex<f64>>, tensor<complex<f64>>, tensor<complex<f64>>) -> tensor<4xcomplex<f64>>
  return %r : tensor<4xcomplex<f64>>
}

// CHECK-LABEL: func.func @integer_constants_wrap
// CHECK: arith.constant dense<-56> : tensor<i8>
func.func @integer_constants_wrap(%a: tensor<4xi8>) -> tensor<4xi8> {
  %c = arith.constant dense<100> : tensor<i8>
  %d = arith.constant dense<2> : tensor<i8>
  %r = tensornet.contract %a[i], %c[], %d[] -> [i] : (tensor<4xi8>, tensor<i8>, tensor<i8>) -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// CHECK-LABEL: func.func @reads_through_negation
// CHECK: %[[C:.+]] = arith.constant dense<-1.000000e+00> : tensor<f32>
// CHECK: tensornet.contract %[[C]][], %arg0[i, j], %arg1[j] -> [i]
func.func @reads_through_negation(%a: tensor<4x5xf32>, %x: tensor<5xf32>) -> tensor<4xf32> {
  %0 = arith.negf %x : tensor<5xf32>
  %1 = tensornet.contract %a[i, j], %0[j] -> [i] : (tensor<4x5xf32>, tensor<5xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @keeps_strict_product
// CHECK: arith.mulf
func.func @keeps_strict_product(%a: tensor<4x5xf32>, %x: tensor<5xf32>) -> tensor<4xf32> {
  %c = arith.constant dense<3.0> : tensor<5xf32>
  %0 = arith.mulf %x, %c : tensor<5xf32>
  %1 = tensornet.contract %a[i, j], %0[j] -> [i] : (tensor<4x5xf32>, tensor<5xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: func.func @keeps_single_constant
// CHECK: %[[C:.+]] = arith.constant dense<3.000000e+00> : tensor<f32>
// CHECK: tensornet.contract %[[C]][], %arg0[i] -> [i]
func.func @keeps_single_constant(%a: tensor<4xf32>) -> tensor<4xf32> {
  %c = arith.constant dense<3.0> : tensor<f32>
  %0 = tensornet.contract %c[], %a[i] -> [i] : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
