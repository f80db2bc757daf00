// RUN: tn-opt %s --tensornet-layout | FileCheck %s

// Elementwise work walks along one order.
// CHECK-LABEL: func.func @elementwise_reader
// CHECK: %[[P:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[k, j] -> [i, k]
// CHECK: tensornet.contract %[[P]][i, j], %{{.+}}[i, j] -> [i, j]
func.func @elementwise_reader(%a: tensor<64x8xf32>, %b: tensor<32x8xf32>,
                              %c: tensor<64x32xf32>) -> tensor<64x32xf32> {
  %p = tensornet.contract %a[i, j], %b[k, j] -> [k, i]
      : (tensor<64x8xf32>, tensor<32x8xf32>) -> tensor<32x64xf32>
  %y = tensornet.contract %p[k, i], %c[i, k] -> [i, k]
      : (tensor<32x64xf32>, tensor<64x32xf32>) -> tensor<64x32xf32>
  return %y : tensor<64x32xf32>
}

// What elementwise ops connect changes together, constants too.
// CHECK-LABEL: func.func @elementwise_chain
// CHECK: %[[P:.+]] = tensornet.contract {{.*}} -> [i, k]
// CHECK: %[[E:.+]] = math.exp %[[P]] : tensor<64x32xf32>
// CHECK: %[[HALF:.+]] = arith.constant dense<5.000000e-01> : tensor<64x32xf32>
// CHECK: %[[M:.+]] = arith.mulf %[[E]], %[[HALF]] : tensor<64x32xf32>
// CHECK: tensornet.contract %[[M]][i, j], %{{.+}}[i, j] -> [i, j]
func.func @elementwise_chain(%a: tensor<64x8xf32>, %b: tensor<32x8xf32>,
                             %c: tensor<64x32xf32>) -> tensor<64x32xf32> {
  %half = arith.constant dense<0.5> : tensor<32x64xf32>
  %p = tensornet.contract %a[i, j], %b[k, j] -> [k, i]
      : (tensor<64x8xf32>, tensor<32x8xf32>) -> tensor<32x64xf32>
  %e = math.exp %p : tensor<32x64xf32>
  %m = arith.mulf %e, %half : tensor<32x64xf32>
  %y = tensornet.contract %m[k, i], %c[i, k] -> [i, k]
      : (tensor<32x64xf32>, tensor<64x32xf32>) -> tensor<64x32xf32>
  return %y : tensor<64x32xf32>
}

// Heads side by side fill whole vectors; the products of each head do not mind.
// CHECK-LABEL: func.func @heads
// CHECK: %[[Q:.+]] = tensornet.contract %{{.+}}[i, j, k], %{{.+}}[k, l, m] -> [i, j, l, m]
// CHECK: %[[K:.+]] = tensornet.contract %{{.+}}[i, j, k], %{{.+}}[k, l, m] -> [i, j, l, m]
// CHECK: tensornet.contract %[[Q]][i, j, k, l], %[[K]][i, m, k, l] -> [i, k, j, m]
func.func @heads(%x: tensor<64x11x48xf32>, %q: tensor<48x4x12xf32>,
                 %k: tensor<48x4x12xf32>) -> tensor<64x4x11x11xf32> {
  %xq = tensornet.contract %x[b, s, m], %q[m, h, k] -> [b, h, s, k]
      : (tensor<64x11x48xf32>, tensor<48x4x12xf32>) -> tensor<64x4x11x12xf32>
  %xk = tensornet.contract %x[b, s, m], %k[m, h, k] -> [b, h, s, k]
      : (tensor<64x11x48xf32>, tensor<48x4x12xf32>) -> tensor<64x4x11x12xf32>
  %p = tensornet.contract %xq[b, h, s, k], %xk[b, h, t, k] -> [b, h, s, t]
      : (tensor<64x4x11x12xf32>, tensor<64x4x11x12xf32>) -> tensor<64x4x11x11xf32>
  return %p : tensor<64x4x11x11xf32>
}

// CHECK-LABEL: func.func @keeps_what_others_read
// CHECK: tensornet.contract {{.*}} -> [k, i]
func.func @keeps_what_others_read(%a: tensor<64x8xf32>, %b: tensor<32x8xf32>,
                                  %c: tensor<64x32xf32>)
    -> (tensor<64x32xf32>, tensor<32x64xf32>) {
  %p = tensornet.contract %a[i, j], %b[k, j] -> [k, i]
      : (tensor<64x8xf32>, tensor<32x8xf32>) -> tensor<32x64xf32>
  %y = tensornet.contract %p[k, i], %c[i, k] -> [i, k]
      : (tensor<32x64xf32>, tensor<64x32xf32>) -> tensor<64x32xf32>
  return %y, %p : tensor<64x32xf32>, tensor<32x64xf32>
}

// Sizes that the run knows follow their dimensions.
// CHECK-LABEL: func.func @dynamic
// CHECK: %[[P:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[k, j] -> [i, k]
// CHECK-SAME: -> tensor<?x32xf32>
// CHECK: tensornet.contract %[[P]][i, j], %{{.+}}[i, j] -> [i, j]
func.func @dynamic(%a: tensor<?x8xf32>, %b: tensor<32x8xf32>, %c: tensor<?x32xf32>)
    -> tensor<?x32xf32> {
  %p = tensornet.contract %a[i, j], %b[k, j] -> [k, i]
      : (tensor<?x8xf32>, tensor<32x8xf32>) -> tensor<32x?xf32>
  %y = tensornet.contract %p[k, i], %c[i, k] -> [i, k]
      : (tensor<32x?xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
