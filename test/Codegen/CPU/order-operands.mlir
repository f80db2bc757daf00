// RUN: tn-opt %s --tensornet-fusible-contractions=vector-width=512 | FileCheck %s
// RUN: tn-opt %s --tensornet-fusible-contractions=vector-width=512 --convert-tensornet-to-destination --tensornet-fuse-elementwise --tensornet-block-rows="cache-bytes=65536" | FileCheck %s --check-prefix=STAYS

// Two vectors are turned round to lie along the sum, as the matrix does; they
// stay so.
// CHECK-LABEL: func.func @vectors_across
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<285x717xf32>, %[[B:[a-z0-9]+]]: tensor<717x2xf32>
// CHECK: %[[T:.+]] = linalg.generic {{.*}}["parallel", "parallel"]} ins(%[[B]] : tensor<717x2xf32>) outs(%{{.+}} : tensor<2x717xf32>)
// CHECK: linalg.generic {{.*}}["reduction", "parallel", "parallel"]} ins(%[[A]], %[[T]] :
// STAYS-LABEL: func.func @vectors_across
// STAYS: %[[T:.+]] = linalg.generic {{.*}} outs(%{{.+}} : tensor<2x717xf32>)
// STAYS: linalg.generic {{.*}} ins(%{{.+}}, %[[T]] :
func.func @vectors_across(%a: tensor<285x717xf32>, %b: tensor<717x2xf32>) -> tensor<285x2xf32> {
  %0 = tensornet.contract %a[m, k], %b[k, n] -> [m, n]
    : (tensor<285x717xf32>, tensor<717x2xf32>) -> tensor<285x2xf32>
  return %0 : tensor<285x2xf32>
}

// Several indices of the sum, in the order of the large operand; what both have
// comes first.
// CHECK-LABEL: func.func @several_indices
// CHECK: linalg.generic {{.*}} ins(%{{.+}} : tensor<40x3x3x30xf32>) outs(%{{.+}} : tensor<3x3x30x40xf32>)
// CHECK: linalg.generic {{.*}}"reduction"
func.func @several_indices(%a: tensor<3x100x30x40xf32>, %b: tensor<40x3x3x30xf32>) -> tensor<3x3x100xf32> {
  %0 = tensornet.contract %a[z, m, k, l], %b[l, z, n, k] -> [z, n, m]
    : (tensor<3x100x30x40xf32>, tensor<40x3x3x30xf32>) -> tensor<3x3x100xf32>
  return %0 : tensor<3x3x100xf32>
}

// So does a copy whose last index was the last before: its sum runs over all
// three, one after the other in memory.
// CHECK-LABEL: func.func @last_stays
// CHECK: linalg.generic {{.*}} ins(%{{.+}} : tensor<20x6x4x48xf32>) outs(%{{.+}} : tensor<4x6x20x48xf32>)
// STAYS-LABEL: func.func @last_stays
// STAYS: %[[T:.+]] = linalg.generic {{.*}} outs(%{{.+}} : tensor<4x6x20x48xf32>)
// STAYS: linalg.generic {{.*}} ins(%{{.+}}, %[[T]] :
func.func @last_stays(%a: tensor<100x6x20x48xf32>, %b: tensor<20x6x4x48xf32>) -> tensor<4x100xf32> {
  %0 = tensornet.contract %a[m, k, l, o], %b[l, k, n, o] -> [n, m]
    : (tensor<100x6x20x48xf32>, tensor<20x6x4x48xf32>) -> tensor<4x100xf32>
  return %0 : tensor<4x100xf32>
}

// What is known of the result stays known.
// CHECK-LABEL: func.func @dynamic_rows
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} ins(%{{.+}}, %{{.+}} : tensor<?x717xf32>, tensor<2x717xf32>) outs(%{{.+}} : tensor<285x2xf32>)
func.func @dynamic_rows(%a: tensor<?x717xf32>, %b: tensor<717x2xf32>) -> tensor<285x2xf32> {
  %0 = tensornet.contract %a[m, k], %b[k, n] -> [m, n]
    : (tensor<?x717xf32>, tensor<717x2xf32>) -> tensor<285x2xf32>
  return %0 : tensor<285x2xf32>
}

// CHECK-LABEL: func.func @dynamic
// CHECK: linalg.generic {{.*}} outs(%{{.+}} : tensor<2x?xf32>)
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} outs(%{{.+}} : tensor<?x2xf32>)
func.func @dynamic(%a: tensor<?x?xf32>, %b: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = tensornet.contract %a[m, k], %b[k, n] -> [m, n]
    : (tensor<?x?xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// Where both lie along the sum, there is nothing to turn.
// CHECK-LABEL: func.func @vectors_along
// CHECK-NOT: ins({{.*}} : tensor<2x440xf32>)
// CHECK: linalg.generic {{.*}}"reduction"
func.func @vectors_along(%a: tensor<2x440xf32>, %b: tensor<474x440xf32>) -> tensor<2x474xf32> {
  %0 = tensornet.contract %a[m, k], %b[n, k] -> [m, n]
    : (tensor<2x440xf32>, tensor<474x440xf32>) -> tensor<2x474xf32>
  return %0 : tensor<2x474xf32>
}

// However few results there are.
// CHECK-LABEL: func.func @few_results
// CHECK-COUNT-2: linalg.generic {{.*}}"reduction"
// CHECK-NOT: tensornet.contract
func.func @few_results(%a: tensor<2x169xf64>, %b: tensor<4x169xf64>, %c: tensor<15x1000xf64>, %d: tensor<12x1000xf64>) -> (tensor<2x4xf64>, tensor<15x12xf64>) {
  %0 = tensornet.contract %a[m, k], %b[n, k] -> [m, n]
    : (tensor<2x169xf64>, tensor<4x169xf64>) -> tensor<2x4xf64>
  %1 = tensornet.contract %c[m, k], %d[n, k] -> [m, n]
    : (tensor<15x1000xf64>, tensor<12x1000xf64>) -> tensor<15x12xf64>
  return %0, %1 : tensor<2x4xf64>, tensor<15x12xf64>
}

// Those are too few to turn vectors for.
// CHECK-LABEL: func.func @keeps_vectors
// CHECK: tensornet.contract {{.*}} -> [i, k]
func.func @keeps_vectors(%a: tensor<13x100xf64>, %b: tensor<100x4xf64>) -> tensor<13x4xf64> {
  %0 = tensornet.contract %a[m, k], %b[k, n] -> [m, n]
    : (tensor<13x100xf64>, tensor<100x4xf64>) -> tensor<13x4xf64>
  return %0 : tensor<13x4xf64>
}

// Four vectors of halves, which are converted for each block of rows, and twelve
// where the other operand comes from memory.
// CHECK-LABEL: func.func @halves
// CHECK: linalg.generic {{.*}} outs(%{{.+}} : tensor<4x717xbf16>)
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} ins(%{{.+}}, %{{.+}} : tensor<285x717xbf16>, tensor<4x717xbf16>)
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} ins(%{{.+}}, %{{.+}} : tensor<4096x4096xbf16>, tensor<12x4096xbf16>)
func.func @halves(%a: tensor<285x717xbf16>, %b: tensor<717x4xbf16>, %c: tensor<4096x4096xbf16>, %d: tensor<12x4096xbf16>) -> (tensor<285x4xbf16>, tensor<12x4096xbf16>) {
  %0 = tensornet.contract %a[m, k], %b[k, n] -> [m, n]
    : (tensor<285x717xbf16>, tensor<717x4xbf16>) -> tensor<285x4xbf16>
  %1 = tensornet.contract %c[m, k], %d[n, k] -> [n, m]
    : (tensor<4096x4096xbf16>, tensor<12x4096xbf16>) -> tensor<12x4096xbf16>
  return %0, %1 : tensor<285x4xbf16>, tensor<12x4096xbf16>
}

// Kernels take a large operand as it lies, many vectors, more than four of halves,
// bytes, short sums and complex numbers.
// CHECK-LABEL: func.func @keeps_kernels
// CHECK-COUNT-6: tensornet.contract
func.func @keeps_kernels(%a: tensor<4x440xf32>, %b: tensor<440x474xf32>, %c: tensor<285x717xf32>, %d: tensor<717x12xf32>, %e: tensor<285x717xbf16>, %f: tensor<6x717xbf16>, %g: tensor<285x20xf32>, %h: tensor<2x20xf32>, %i: tensor<285x717xcomplex<f32>>, %j: tensor<2x717xcomplex<f32>>, %l: tensor<285x717xi8>, %o: tensor<2x717xi8>) -> (tensor<4x474xf32>, tensor<285x12xf32>, tensor<285x6xf32>, tensor<285x2xf32>, tensor<285x2xcomplex<f32>>, tensor<285x2xi32>) {
  %0 = tensornet.contract %a[m, k], %b[k, n] -> [m, n]
    : (tensor<4x440xf32>, tensor<440x474xf32>) -> tensor<4x474xf32>
  %1 = tensornet.contract %c[m, k], %d[k, n] -> [m, n]
    : (tensor<285x717xf32>, tensor<717x12xf32>) -> tensor<285x12xf32>
  %2 = tensornet.contract %e[m, k], %f[n, k] -> [m, n]
    : (tensor<285x717xbf16>, tensor<6x717xbf16>) -> tensor<285x6xf32>
  %3 = tensornet.contract %g[m, k], %h[n, k] -> [m, n]
    : (tensor<285x20xf32>, tensor<2x20xf32>) -> tensor<285x2xf32>
  %4 = tensornet.contract %i[m, k], %j[n, k] -> [m, n]
    : (tensor<285x717xcomplex<f32>>, tensor<2x717xcomplex<f32>>) -> tensor<285x2xcomplex<f32>>
  %5 = tensornet.contract %l[m, k], %o[n, k] -> [m, n]
    : (tensor<285x717xi8>, tensor<2x717xi8>) -> tensor<285x2xi32>
  return %0, %1, %2, %3, %4, %5 : tensor<4x474xf32>, tensor<285x12xf32>, tensor<285x6xf32>, tensor<285x2xf32>, tensor<285x2xcomplex<f32>>, tensor<285x2xi32>
}
