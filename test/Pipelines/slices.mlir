// RUN: tn-opt %s --tensornet-to-cpu="memory-limit=2500 vector-width=512" --mlir-print-ir-after=convert-bufferization-to-memref -o /dev/null 2>&1 | FileCheck %s
// RUN: tn-run %s --entry=gradient --seed=1 --output=%t
// RUN: tn-run %s --entry=gradient --seed=1 --memory-limit=2500 --expect=0:%t/result0.npy --expect=1:%t/result1.npy

func.func private @network(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8xf64>) -> tensor<f64> {
  %0 = tensornet.contract %a[i, j, k], %b[i, l, m], %c[j, l, n], %d[k, m, n] -> []
   : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) -> tensor<f64>
  return %0 : tensor<f64>
}

// The loop carries no buffer: value and gradient are summed where the caller
// wants them, and what the body makes it frees.
// CHECK-LABEL: func.func @gradient(
// CHECK-SAME: %[[Y:arg[0-9]+]]: memref<f64>, %[[G:.+]]: memref<8x8x8xf64>)
// CHECK-NOT: memref.alloc
// CHECK: scf.for %{{.+}} = %{{.+}} to %{{.+}} step %{{.+}} {
// CHECK: %[[SLICE:.+]] = memref.alloc()
// CHECK: memref.dealloc %[[SLICE]]
// CHECK: }
// CHECK-NEXT: return
func.func @gradient(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8xf64>) -> (tensor<f64>, tensor<8x8x8xf64>) {
  %0:2 = tensornet.value_and_grad @network(%a, %b, %c, %d) wrt [1]
    : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) -> (tensor<f64>, tensor<8x8x8xf64>)
  return %0#0, %0#1 : tensor<f64>, tensor<8x8x8xf64>
}
