// Results replace the leading inputs of the same types.

// RUN: rm -rf %t && tn-run %s --entry=start --output=%t
// RUN: tn-run %s --entry=step --iterate=4 --input=0:%t/result0.npy --input=1:%t/result1.npy --input=2:%t/result2.npy | FileCheck %s
// CHECK: result0: f32 [16]
// CHECK-NEXT: result1: 2xf32 [8, 12]
// CHECK-NEXT: result2: i32 [3]

func.func @start() -> (f32, tensor<2xf32>, tensor<2xf32>) {
  %0 = arith.constant 1.0 : f32
  %1 = arith.constant dense<0.0> : tensor<2xf32>
  %2 = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  return %0, %1, %2 : f32, tensor<2xf32>, tensor<2xf32>
}

// The third result has not the type of the third input, which stays.
func.func @step(%a: tensor<f32>, %b: tensor<2xf32>, %c: tensor<2xf32>) -> (f32, tensor<2xf32>, i32) {
  %0 = tensor.extract %a[] : tensor<f32>
  %1 = arith.addf %0, %0 : f32
  %2 = arith.addf %b, %c : tensor<2xf32>
  %3 = arith.constant 3 : i32
  return %1, %2, %3 : f32, tensor<2xf32>, i32
}

// RUN: not tn-run %s --entry=other --iterate=2 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: tn-run: error: nothing to iterate: result #0 has not the type of input #0
func.func @other(%a: tensor<2xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i] -> [] : (tensor<2xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
