// RUN: tn-opt %s --convert-tensornet-to-affine | FileCheck %s

// CHECK-LABEL: func.func @half
// CHECK: memref.alloc() : memref<f32>
// CHECK: arith.extf %{{.+}} : bf16 to f32
// CHECK: arith.addf %{{.+}} : f32
// CHECK: memref.alloc() : memref<bf16>
// CHECK: arith.truncf %{{.+}} : f32 to bf16
func.func @half(%a: tensor<4xbf16>) -> tensor<bf16> {
  %0 = tensornet.contract %a[i] -> [] : (tensor<4xbf16>) -> tensor<bf16>
  return %0 : tensor<bf16>
}

// CHECK-LABEL: func.func @integer
// CHECK: arith.extsi %{{.+}} : i8 to i32
// CHECK: arith.muli
// CHECK: arith.addi
func.func @integer(%a: tensor<4xi8>, %b: tensor<4xi32>) -> tensor<i32> {
  %0 = tensornet.contract %a[i], %b[i] -> [] : (tensor<4xi8>, tensor<4xi32>) -> tensor<i32>
  return %0 : tensor<i32>
}

// CHECK-LABEL: func.func @wraps
// CHECK: arith.addi %{{.+}} : i32
// CHECK: arith.trunci %{{.+}} : i32 to i8
func.func @wraps(%a: tensor<4xi32>) -> tensor<i8> {
  %0 = tensornet.contract %a[i] -> [] : (tensor<4xi32>) -> tensor<i8>
  return %0 : tensor<i8>
}

// CHECK-LABEL: func.func @conjugates
// CHECK: %[[X:.+]] = affine.load
// CHECK: %[[C:.+]] = complex.conj %[[X]]
// CHECK: complex.mul %[[C]], %{{.+}} fastmath<reassoc,contract>
// CHECK: complex.add
func.func @conjugates(%a: memref<4xcomplex<f32>>, %b: memref<4xcomplex<f32>>, %c: memref<complex<f32>>) {
  tensornet.contract_into conj %a[i], %b[i] -> [] outs(%c)
      : (memref<4xcomplex<f32>>, memref<4xcomplex<f32>>, memref<complex<f32>>) -> ()
  return
}

// CHECK-LABEL: func.func @identity
// CHECK: affine.for %[[I:.+]] = 0 to 4
// CHECK: arith.constant 1.000000e+00 : f32
// CHECK: affine.store %{{.+}}, %{{.+}}[%[[I]], %[[I]]]
func.func @identity(%c: memref<4x4xf32>) {
  tensornet.contract_into -> [i, i] outs(%c) : (memref<4x4xf32>) -> ()
  return
}
