// RUN: tn-opt %s --tensornet-fusible-contractions --convert-tensornet-to-destination --tensornet-block-rows | FileCheck %s
// RUN: tn-opt %s --tensornet-fusible-contractions --convert-tensornet-to-destination --tensornet-block-rows=parallel | FileCheck %s --check-prefix=THREADS

// The blocks leave room in the cache for what of %x passes by: 160 x 32 numbers
// for each of 5 rows, though 80 rows would fit.
// CHECK-LABEL: func.func @mttkrp
// CHECK: scf.for
// CHECK: tensor.extract_slice %{{.+}} [5, 160, 160] [1, 1, 1]
func.func @mttkrp(%x: tensor<160x160x160xf32>, %b: tensor<160x32xf32>, %c: tensor<160x32xf32>) -> tensor<160x32xf32> {
  %t = tensornet.contract %x[i, j, k], %b[j, r] -> [i, k, r]
    : (tensor<160x160x160xf32>, tensor<160x32xf32>) -> tensor<160x160x32xf32>
  %y = tensornet.contract %t[i, k, r], %c[k, r] -> [i, r]
    : (tensor<160x160x32xf32>, tensor<160x32xf32>) -> tensor<160x32xf32>
  return %y : tensor<160x32xf32>
}

// Blocks of %n would each read all of %w, 4 MiB: blocks of `o` read a part of it.
// CHECK-LABEL: func.func @bilinear
// CHECK-SAME: %[[X:[^ ]+]]: tensor<256x128xf32>, %[[W:[^ ]+]]: tensor<64x128x128xf32>
// CHECK: scf.for %[[O:[^ ]+]] =
// CHECK: tensor.extract_slice %[[W]][%[[O]], 0, 0] [4, 128, 128]
// CHECK: tensornet.contract_into %[[X]]
func.func @bilinear(%x: tensor<256x128xf32>, %w: tensor<64x128x128xf32>, %z: tensor<256x128xf32>) -> tensor<256x64xf32> {
  %t = tensornet.contract %x[n, i], %w[o, i, j] -> [n, o, j]
    : (tensor<256x128xf32>, tensor<64x128x128xf32>) -> tensor<256x64x128xf32>
  %y = tensornet.contract %t[n, o, j], %z[n, j] -> [n, o]
    : (tensor<256x64x128xf32>, tensor<256x128xf32>) -> tensor<256x64xf32>
  return %y : tensor<256x64xf32>
}

// 32 heads are enough for all threads: each takes whole ones, and packs its
// keys for itself. Of 4 heads threads share the rows.
// THREADS-LABEL: func.func @heads
// THREADS: scf.forall (%{{.+}}, %{{.+}}) in (4, 8)
// THREADS: scf.for
func.func @heads(%q: tensor<4x8x512x64xf32>, %k: tensor<4x8x512x64xf32>) -> tensor<4x8x512x64xf32> {
  %s = tensornet.contract %q[b, h, s, k], %k[b, h, t, k] -> [b, h, s, t]
    : (tensor<4x8x512x64xf32>, tensor<4x8x512x64xf32>) -> tensor<4x8x512x512xf32>
  %o = tensornet.contract %s[b, h, s, t], %k[b, h, t, k] -> [b, h, s, k]
    : (tensor<4x8x512x512xf32>, tensor<4x8x512x64xf32>) -> tensor<4x8x512x64xf32>
  return %o : tensor<4x8x512x64xf32>
}

// THREADS-LABEL: func.func @few_heads
// THREADS: scf.for
// THREADS: scf.forall (%{{.+}}) = (0) to (2048) step
func.func @few_heads(%q: tensor<4x2048x64xf32>, %k: tensor<4x2048x64xf32>) -> tensor<4x2048x64xf32> {
  %s = tensornet.contract %q[h, s, k], %k[h, t, k] -> [h, s, t]
    : (tensor<4x2048x64xf32>, tensor<4x2048x64xf32>) -> tensor<4x2048x2048xf32>
  %o = tensornet.contract %s[h, s, t], %k[h, t, k] -> [h, s, k]
    : (tensor<4x2048x2048xf32>, tensor<4x2048x64xf32>) -> tensor<4x2048x64xf32>
  return %o : tensor<4x2048x64xf32>
}
