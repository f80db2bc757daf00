// A function may have the name of one in the C library.

// RUN: tn-run %s --entry=exp | FileCheck %s
// RUN: tn-run %s --entry=erff | FileCheck %s
// RUN: tn-run %s --entry=free | FileCheck %s
// CHECK: result0: 4xf64

func.func @exp(%a: tensor<4xf64>) -> tensor<4xf64> {
  %0 = math.exp %a : tensor<4xf64>
  return %0 : tensor<4xf64>
}

func.func @erff(%a: tensor<4xf64>) -> tensor<4xf64> {
  %0 = arith.truncf %a : tensor<4xf64> to tensor<4xf32>
  %1 = math.erf %0 : tensor<4xf32>
  %2 = arith.extf %1 : tensor<4xf32> to tensor<4xf64>
  return %2 : tensor<4xf64>
}

func.func @free(%a: tensor<4xf64>) -> tensor<4xf64> {
  return %a : tensor<4xf64>
}
