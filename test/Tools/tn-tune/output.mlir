// The program is written with the kernel of each contraction, and computes what it did.

// RUN: rm -rf %t && mkdir %t
// RUN: tn-tune %s --entry=f --cache=off --steps=0 --rounds=1 --output=%t/tuned.mlir | FileCheck %s --check-prefix=COUNT
// RUN: FileCheck %s --input-file=%t/tuned.mlir
// RUN: tn-opt %t/tuned.mlir | FileCheck %s
// COUNT: 2 kernels
// CHECK-LABEL: func.func @f
// CHECK: tensornet.contract {{.*}} {kernel = #tensornet.kernel<{{.*}}row_tile = [
// CHECK: tensornet.contract {{.*}} {kernel = #tensornet.kernel<{{.*}}row_tile = [
// CHECK-NOT: loc(

// RUN: tn-run %s --entry=f --output=%t/first
// RUN: tn-run %t/tuned.mlir --entry=f --expect=0:%t/first/result0.npy | FileCheck %s --check-prefix=SAME
// RUN: tn-run %t/tuned.mlir --entry=f --print-stage=buffers --threads=2 | FileCheck %s --check-prefix=USED
// SAME: result0 agrees with
// USED-COUNT-2: tensornet.kernel = "{{.*}}tile
func.func @f(%a: tensor<40x30xf32>, %b: tensor<30x50xf32>, %c: tensor<50x60xf32>) -> tensor<40x60xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k], %c[k, l] -> [i, l]
    : (tensor<40x30xf32>, tensor<30x50xf32>, tensor<50x60xf32>) -> tensor<40x60xf32>
  return %0 : tensor<40x60xf32>
}
