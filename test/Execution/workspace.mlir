// Memory for intermediates: what it takes, and what happens without it.

// RUN: tn-run %s --entry=chain --time=2 | FileCheck %s
// CHECK: "workspace_bytes": 4096,
// CHECK-SAME: "allocations": 0, "system_allocations": 0,

// RUN: tn-run %s --entry=chain --workspace-limit=4096 | FileCheck %s --check-prefix=FITS
// FITS: result0: 32x32xf32
// RUN: not tn-run %s --entry=chain --workspace-limit=4095 2>&1 | FileCheck %s --check-prefix=LIMIT
// LIMIT: workspace.mlir:[[#]]:{{[0-9]+}}: error: the function needs 4096 bytes of memory for intermediates, the limit is 4095
func.func @chain(%a: tensor<32x32xf32>, %b: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
    : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  %1 = math.tanh %0 : tensor<32x32xf32>
  %2 = tensornet.contract %1[i, j], %b[j, k] -> [i, k]
    : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  return %2 : tensor<32x32xf32>
}

// RUN: not tn-run %s --entry=large 2>&1 | FileCheck %s --check-prefix=LARGE
// LARGE: tn-run: error: cannot allocate 70368744177{{[0-9]+}} bytes for the intermediates of the function
func.func @large(%a: tensor<4194304xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %a[j] -> [i, j]
    : (tensor<4194304xf32>, tensor<4194304xf32>) -> tensor<4194304x4194304xf32>
  %1 = math.exp %0 : tensor<4194304x4194304xf32>
  %2 = tensornet.contract %1[i, j], %1[j, i] -> []
    : (tensor<4194304x4194304xf32>, tensor<4194304x4194304xf32>) -> tensor<f32>
  return %2 : tensor<f32>
}

// RUN: tn-run %s --entry=chain --print-stage=buffers | FileCheck %s --check-prefix=BUFFERS
// BUFFERS: func.func @chain({{.*}}: memref<4096xi8>)
// BUFFERS-NOT: memref.alloc()
