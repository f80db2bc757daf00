// RUN: tn-opt %s --tensornet-fusible-contractions=vector-width=512 | FileCheck %s

// A broadcast is elementwise: no fill, no sum.
// CHECK-LABEL: func.func @broadcast
// CHECK-NOT: linalg.fill
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK-NEXT: ^bb0(%[[X:.+]]: f32, %{{.+}}: f32):
// CHECK-NEXT: linalg.yield %[[X]]
func.func @broadcast(%a: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = tensornet.contract %a[j] -> [i, j] : (tensor<8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Sums walk the operand along its memory.
// CHECK-LABEL: func.func @column_sums
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]
// CHECK: arith.addf {{.*}} fastmath<reassoc,contract>
func.func @column_sums(%a: tensor<8x16xf32>) -> tensor<16xf32> {
  %0 = tensornet.contract %a[i, j] -> [j] : (tensor<8x16xf32>) -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// A sum of half precision numbers is rounded once.
// CHECK-LABEL: func.func @half_sum
// CHECK: arith.extf
// CHECK: arith.addf {{.*}} : f32
// CHECK: arith.truncf
func.func @half_sum(%a: tensor<8xf16>) -> tensor<f16> {
  %0 = tensornet.contract %a[i] -> [] : (tensor<8xf16>) -> tensor<f16>
  return %0 : tensor<f16>
}

// Kernels keep what suits them; repeated and affine subscripts stay.
// CHECK-LABEL: func.func @keeps
// CHECK-COUNT-3: tensornet.contract
func.func @keeps(%a: tensor<64x64xf32>, %v: tensor<70xf32>) -> (tensor<64x64xf32>, tensor<f32>, tensor<64xf32>) {
  %0 = tensornet.contract %a[i, j], %a[j, k] -> [i, k]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = tensornet.contract %a[i, i] -> [] : (tensor<64x64xf32>) -> tensor<f32>
  %2 = tensornet.contract %v[i + 6] -> [i] : (tensor<70xf32>) -> tensor<64xf32>
  return %0, %1, %2 : tensor<64x64xf32>, tensor<f32>, tensor<64xf32>
}

// A sum that is broadcast is summed once.
// CHECK-LABEL: func.func @sum_then_broadcast
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
func.func @sum_then_broadcast(%a: tensor<8x16xf32>) -> tensor<8x4xf32> {
  %0 = tensornet.contract %a[i, j] -> [i, k] : (tensor<8x16xf32>) -> tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}

// Factors that no summed index has leave the sum.
// CHECK-LABEL: func.func @factors_outside_of_the_sum
// CHECK-SAME: %[[C:[a-z0-9]+]]: tensor<f32>, %[[A:[a-z0-9]+]]: tensor<8x16xf32>, %[[B:[a-z0-9]+]]: tensor<8xf32>
// CHECK: %[[SUM:.+]] = linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]} ins(%[[A]], %[[A]] :
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel"]} ins(%[[C]], %[[B]], %[[SUM]] :
func.func @factors_outside_of_the_sum(%c: tensor<f32>, %a: tensor<8x16xf32>, %b: tensor<8xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %c[], %a[i, j], %a[i, j], %b[i] -> [i]
    : (tensor<f32>, tensor<8x16xf32>, tensor<8x16xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// One product per point, and one less per result would be no gain.
// CHECK-LABEL: func.func @keeps_factor_of_one_tensor
// CHECK: linalg.generic {{.*}}ins(%{{.+}}, %{{.+}} : tensor<f32>, tensor<8x16xf32>)
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @keeps_factor_of_one_tensor(%c: tensor<f32>, %a: tensor<8x16xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %c[], %a[i, j] -> [i] : (tensor<f32>, tensor<8x16xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// A matrix is walked along its memory, whichever index is summed; loops know
// no complex numbers.
// CHECK-LABEL: func.func @matrix_vector
// CHECK-COUNT-2: linalg.generic
// CHECK: tensornet.contract {{.*}}complex<f32>
func.func @matrix_vector(%a: tensor<64x64xf32>, %x: tensor<64xf32>, %c: tensor<64x64xcomplex<f32>>, %z: tensor<64xcomplex<f32>>)
    -> (tensor<64xf32>, tensor<64xf32>, tensor<64xcomplex<f32>>) {
  %0 = tensornet.contract %a[i, j], %x[j] -> [i] : (tensor<64x64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %1 = tensornet.contract %a[i, j], %x[i] -> [j] : (tensor<64x64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %2 = tensornet.contract %c[i, j], %z[i] -> [j]
    : (tensor<64x64xcomplex<f32>>, tensor<64xcomplex<f32>>) -> tensor<64xcomplex<f32>>
  return %0, %1, %2 : tensor<64xf32>, tensor<64xf32>, tensor<64xcomplex<f32>>
}

// A kernel adds its result to what is there.
// CHECK-LABEL: func.func @accumulates
// CHECK: %[[C:.+]] = tensornet.contract %{{.+}}[i, j]
// CHECK: tensornet.contract_into %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k] outs(%[[C]])
// CHECK-NOT: arith.addf
func.func @accumulates(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = tensornet.contract %b[i, j], %a[j, k] -> [i, k]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %2 = arith.addf %0, %1 : tensor<64x64xf32>
  return %2 : tensor<64x64xf32>
}

// A bias needs no memory: it is added where the kernel finishes its result.
// CHECK-LABEL: func.func @bias
// CHECK: %[[SUM:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k]
// CHECK: linalg.generic {{.*}} ins(%arg2
// CHECK: arith.addf %[[SUM]]
func.func @bias(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %c: tensor<64xf32>) -> tensor<64x64xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = tensornet.contract %c[k] -> [i, k] : (tensor<64xf32>) -> tensor<64x64xf32>
  %2 = arith.addf %0, %1 : tensor<64x64xf32>
  %3 = math.tanh %2 : tensor<64x64xf32>
  return %3 : tensor<64x64xf32>
}

// Unless several elementwise ops need the sum: each would compute it.
// CHECK-LABEL: func.func @bias_of_many
// CHECK: %[[BIAS:.+]] = linalg.generic {{.*}} ins(%arg2
// CHECK: tensornet.contract_into %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k] outs(%[[BIAS]])
func.func @bias_of_many(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %c: tensor<64xf32>) -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = tensornet.contract %c[k] -> [i, k] : (tensor<64xf32>) -> tensor<64x64xf32>
  %2 = arith.addf %0, %1 : tensor<64x64xf32>
  %3 = math.tanh %2 : tensor<64x64xf32>
  %4 = math.exp %2 : tensor<64x64xf32>
  return %3, %4 : tensor<64x64xf32>, tensor<64x64xf32>
}

// So it does to what a loop carries.
// CHECK-LABEL: func.func @accumulates_in_loop
// CHECK: scf.for {{.*}} iter_args(%[[ACC:.+]] = %{{.+}})
// CHECK: %[[NEXT:.+]] = tensornet.contract_into %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k] outs(%[[ACC]])
// CHECK-NEXT: scf.yield %[[NEXT]]
func.func @accumulates_in_loop(%a: tensor<8x64x64xf32>, %b: tensor<64x64xf32>, %z: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %sum = scf.for %i = %c0 to %c8 step %c1 iter_args(%acc = %z) -> tensor<64x64xf32> {
    %s = tensor.extract_slice %a[%i, 0, 0] [1, 64, 64] [1, 1, 1] : tensor<8x64x64xf32> to tensor<64x64xf32>
    %p = tensornet.contract %s[i, j], %b[j, k] -> [i, k] : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    %next = arith.addf %acc, %p : tensor<64x64xf32>
    scf.yield %next : tensor<64x64xf32>
  }
  return %sum : tensor<64x64xf32>
}
