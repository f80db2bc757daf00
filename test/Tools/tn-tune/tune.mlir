// Kernels are timed, what is faster is kept for tn-run.

// RUN: rm -rf %t && mkdir %t
// RUN: tn-tune %s --entry=f --cache=%t/code --trials=3 --rounds=1 | FileCheck %s
// CHECK: ([i, j], [j, k]) -> [i, k] : memref<32x32xf32>, memref<32x32xf32> -> memref<32x32xf32>, 2 times
// CHECK-NEXT: model {{.*}} s #tensornet.kernel<batch = [], rows = [i]
// CHECK: tuned/model {{[0-9.]+}}, 3 trials
// CHECK: 1 kernels, {{[01]}} faster than the model's: tuned/model {{[0-9.]+}} in median, {{[0-9.]+}} at best; {{[0-9.]+}} s

// RUN: tn-tune %s --entry=f --cache=off --steps=0 --rounds=1 --json | %python -m json.tool | FileCheck %s --check-prefix=JSON
// JSON: "folder": ""
// JSON: "interrupted": false
// JSON: "calls": 2
// JSON: "model_s":
// JSON: "trials": 0
// JSON: "tuned": "#tensornet.kernel<{{.*}}block = [
// JSON: "median_ratio": 1

// With threads, derivatives and a budget of time.
// RUN: tn-tune %s --entry=loss --derivative=value_and_grad --wrt=0 --threads=2 --seconds=0 --cache=off | FileCheck %s --check-prefix=GRAD
// GRAD: tuned/model 1.000, 0 trials

// Nothing is kept where nothing is to be.
// RUN: env TENSORNET_CACHE=%t/none tn-tune %s --entry=f --cache=off --trials=1 --rounds=1
// RUN: not ls %t/none

// RUN: tn-tune %s --entry=dynamic --cache=off | FileCheck %s --check-prefix=DYNAMIC
// DYNAMIC: cannot be timed alone
// DYNAMIC: there is no kernel to tune
// RUN: tn-tune %s --entry=none --cache=off | FileCheck %s --check-prefix=NONE
// NONE: there is no kernel to tune
func.func @f(%a: tensor<32x32xf32>, %b: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  %1 = tensornet.contract %0[i, j], %b[j, k] -> [i, k] : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  return %1 : tensor<32x32xf32>
}

func.func @loss(%a: tensor<32x32xf32>, %b: tensor<32x32xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  %1 = tensornet.contract %0[i, j], %0[i, j] -> [] : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<f32>
  return %1 : tensor<f32>
}

func.func @dynamic(%a: tensor<?x32xf32>, %b: tensor<32x32xf32>) -> tensor<?x32xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<?x32xf32>, tensor<32x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

func.func @none(%a: tensor<32xf32>) -> tensor<32xf32> {
  return %a : tensor<32xf32>
}
