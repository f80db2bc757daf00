// RUN: tn-opt %s --tensornet-separate-multiply-adds | FileCheck %s
// RUN: tn-run %s --entry=product --target-cpu=x86-64 --print-stage=asm | FileCheck %s --check-prefix=ASM
// RUN: tn-run %s --entry=softmax --target-cpu=x86-64 --print-stage=asm | FileCheck %s --check-prefix=ASM

// CHECK-LABEL: func.func @sum
// CHECK: %[[PRODUCT:.+]] = arith.mulf %arg0, %arg1 : vector<4xf32>
// CHECK: %[[SUM:.+]] = arith.addf %[[PRODUCT]], %arg2 : vector<4xf32>
// CHECK: math.fma %[[SUM]], %arg1, %arg2
func.func @sum(%a: vector<4xf32>, %b: vector<4xf32>, %c: vector<4xf32>) -> vector<4xf32> {
  %0 = vector.fma %a, %b, %c : vector<4xf32>
  %1 = math.fma %0, %b, %c : vector<4xf32>
  return %1 : vector<4xf32>
}

// No call for each number.
// ASM: mulps
// ASM-NOT: fma
func.func @product(%a: tensor<50x60xf32>, %b: tensor<60x70xf32>) -> tensor<50x70xf32> {
  %c = tensornet.contract %a[i, k], %b[k, j] -> [i, j] : (tensor<50x60xf32>, tensor<60x70xf32>) -> tensor<50x70xf32>
  return %c : tensor<50x70xf32>
}

func.func @softmax(%x: tensor<64x512xf32>) -> tensor<64x512xf32> {
  %e = math.exp %x : tensor<64x512xf32>
  %s = tensornet.contract %e[i, j] -> [i] : (tensor<64x512xf32>) -> tensor<64xf32>
  %init = tensor.empty() : tensor<64x512xf32>
  %w = linalg.broadcast ins(%s : tensor<64xf32>) outs(%init : tensor<64x512xf32>) dimensions = [1]
  %q = arith.divf %e, %w : tensor<64x512xf32>
  %r = arith.mulf %q, %x : tensor<64x512xf32>
  return %r : tensor<64x512xf32>
}
