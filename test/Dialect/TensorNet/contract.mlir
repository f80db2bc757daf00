// RUN: tn-opt %s | tn-opt | FileCheck %s
// RUN: tn-opt %s --mlir-print-op-generic | tn-opt | FileCheck %s
// RUN: tn-opt %s --emit-bytecode | tn-opt | FileCheck %s

// Index names are free; the printer uses i, j, k, ... by first appearance.
// CHECK-LABEL: func.func @renames_indices
func.func @renames_indices(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>,
                           %d: tensor<5x5xf32>) -> tensor<4x16xf32> {
  // CHECK: tensornet.contract %arg0[i, j], %arg1[j, k], %arg2[l, l] -> [i, k] :
  // CHECK-SAME: (tensor<4x8xf32>, tensor<8x16xf32>, tensor<5x5xf32>) -> tensor<4x16xf32>
  %c = tensornet.contract %a[row, q_1], %b[q_1, i], %d[zz, zz] -> [row, i]
       : (tensor<4x8xf32>, tensor<8x16xf32>, tensor<5x5xf32>) -> tensor<4x16xf32>
  return %c : tensor<4x16xf32>
}

// CHECK-LABEL: func.func @no_operands
func.func @no_operands() -> (tensor<4x4xf32>, tensor<f64>) {
  // CHECK: tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
  %i = tensornet.contract -> [i, i] : () -> tensor<4x4xf32>
  // CHECK: tensornet.contract -> [] : () -> tensor<f64>
  %one = tensornet.contract -> [] : () -> tensor<f64>
  return %i, %one : tensor<4x4xf32>, tensor<f64>
}

// CHECK-LABEL: func.func @result_only_and_repeated
func.func @result_only_and_repeated(%v: tensor<4xf32>)
    -> (tensor<4x3xf32>, tensor<4x4xf32>) {
  // CHECK: tensornet.contract %arg0[i] -> [i, j] : (tensor<4xf32>) -> tensor<4x3xf32>
  %b = tensornet.contract %v[i] -> [i, j] : (tensor<4xf32>) -> tensor<4x3xf32>
  // CHECK: tensornet.contract %arg0[i] -> [i, i] : (tensor<4xf32>) -> tensor<4x4xf32>
  %d = tensornet.contract %v[i] -> [i, i] : (tensor<4xf32>) -> tensor<4x4xf32>
  return %b, %d : tensor<4x3xf32>, tensor<4x4xf32>
}

// Terms are sorted by index, equal ones added up, constants collected.
// CHECK-LABEL: func.func @affine_subscripts
func.func @affine_subscripts(%x: tensor<9xf32>, %k: tensor<3xf32>)
    -> tensor<5xf32> {
  // CHECK: tensornet.contract %arg0[2 * i + j - 1], %arg1[j] -> [i] :
  %y = tensornet.contract %x[h + kh - 3 + h * 1 + 2], %k[kh] -> [h]
       : (tensor<9xf32>, tensor<3xf32>) -> tensor<5xf32>
  // CHECK: tensornet.contract %arg0[-i + 8], %arg1[2] -> [i] extents(i = 5) :
  %r = tensornet.contract %x[-i + 8], %k[2] -> [i] extents(i = 5)
       : (tensor<9xf32>, tensor<3xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// CHECK-LABEL: func.func @dynamic
func.func @dynamic(%x: tensor<?xf32>, %n: index, %m: index) -> tensor<?x?xf32> {
  // Operands of extents follow the numbers of their indices.
  // CHECK: tensornet.contract %arg0[i + j] -> [i, 2 * j] extents(i = %arg1, j = %arg2) sizes(%arg2, %arg1) :
  %y = tensornet.contract %x[h + kh] -> [h, 2 * kh]
       extents(kh = %m, h = %n) sizes(%m, %n)
       : (tensor<?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @conjugated
func.func @conjugated(%a: tensor<4xcomplex<f32>>) -> tensor<complex<f32>> {
  // CHECK: tensornet.contract conj %arg0[i], %arg0[i] -> [] :
  %c = tensornet.contract conj %a[i], %a[i] -> []
       : (tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>) -> tensor<complex<f32>>
  return %c : tensor<complex<f32>>
}

// CHECK-LABEL: func.func @mixed_element_types
func.func @mixed_element_types(%a: tensor<4xbf16>, %b: tensor<4xf16>,
                               %i: tensor<4xi8>) -> (tensor<f64>, tensor<i32>) {
  // CHECK: (tensor<4xbf16>, tensor<4xf16>) -> tensor<f64>
  %c = tensornet.contract %a[i], %b[i] -> []
       : (tensor<4xbf16>, tensor<4xf16>) -> tensor<f64>
  // CHECK: (tensor<4xi8>) -> tensor<i32>
  %d = tensornet.contract %i[i] -> [] : (tensor<4xi8>) -> tensor<i32>
  return %c, %d : tensor<f64>, tensor<i32>
}

// The names go on after one alphabet.
// CHECK-LABEL: func.func @many_indices
func.func @many_indices() -> tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32> {
  // CHECK: tensornet.contract -> [i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, a, b, c, d, e, f, g, h, i1] :
  %0 = tensornet.contract -> [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26]
      : () -> tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32>
  return %0 : tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32>
}

// CHECK-LABEL: func.func @attribute
// CHECK-SAME: use = #tensornet.indexing<([i, j], conj [j, 2 * k + 1]) -> [i, k], extents(k = 4)>
// CHECK-SAME: virtual = #tensornet.indexing<() -> [i, i], extents(i = ?)>
func.func @attribute() attributes {
    use = #tensornet.indexing<([p, q], conj [q, 2 * k + 1]) -> [p, k], extents(k = 4)>,
    virtual = #tensornet.indexing<() -> [a, a], extents(a = ?)>} {
  return
}
