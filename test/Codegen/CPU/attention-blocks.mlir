// RUN: tn-opt %s --tensornet-to-cpu="style=optimised stage=buffers vector-width=512" --tensornet-print-cost -o /dev/null | FileCheck %s --check-prefix=COST
// RUN: tn-opt %s --tensornet-to-cpu="style=optimised stage=buffers vector-width=512" | FileCheck %s
// RUN: tn-opt %s --tensornet-to-cpu="style=optimised stage=buffers vector-width=512 parallel" | FileCheck %s --check-prefix=THREADS

// The scores of 4 heads take 64 MiB. What is ever stored of them is a block of
// rows, 1 MiB, beside the keys and values of one head in tiles, half a MiB each.
// COST: @attention: {{.*}} workspace=15{{[0-9]+}}{{$}}

// Keys and values are packed once per head, before the loop over its blocks;
// threads share these out.
// CHECK-LABEL: func.func @attention
// CHECK: scf.for
// CHECK: call @tensornet_pack
// CHECK: call @tensornet_pack
// CHECK: scf.for
// CHECK-NOT: call @tensornet_pack
// CHECK: return
// THREADS-LABEL: func.func @attention
// THREADS: scf.for
// THREADS: call @tensornet_pack
// THREADS: call @tensornet_pack
// THREADS: scf.parallel
// THREADS-NOT: call @tensornet_pack
// THREADS: return
func.func @attention(%q: tensor<4x2048x64xf32>, %k: tensor<4x2048x64xf32>, %v: tensor<4x2048x64xf32>) -> tensor<4x2048x64xf32> {
  %s = tensornet.contract %q[h, s, k], %k[h, t, k] -> [h, s, t]
    : (tensor<4x2048x64xf32>, tensor<4x2048x64xf32>) -> tensor<4x2048x2048xf32>
  %e = math.exp %s : tensor<4x2048x2048xf32>
  %n = tensornet.contract %e[h, s, t] -> [h, s] : (tensor<4x2048x2048xf32>) -> tensor<4x2048xf32>
  %w = tensornet.contract %n[h, s] -> [h, s, t] : (tensor<4x2048xf32>) -> tensor<4x2048x2048xf32>
  %p = arith.divf %e, %w : tensor<4x2048x2048xf32>
  %o = tensornet.contract %p[h, s, t], %v[h, t, k] -> [h, s, k]
    : (tensor<4x2048x2048xf32>, tensor<4x2048x64xf32>) -> tensor<4x2048x64xf32>
  return %o : tensor<4x2048x64xf32>
}
