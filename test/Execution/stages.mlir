// The program at every stage; nothing runs.

// RUN: tn-run %s --entry=f --derivative=value_and_grad --print-stage=source | FileCheck %s --check-prefix=SOURCE
// SOURCE: func.func private @f(
// SOURCE: func.func @f_value_and_grad(
// SOURCE-NEXT: tensornet.value_and_grad @f(
// SOURCE-NOT: @unused
// RUN: tn-run %s --entry=f --derivative=value_and_grad --print-stage=network | FileCheck %s --check-prefix=NETWORK
// NETWORK: func.func @f_value_and_grad(
// NETWORK: tensornet.contract
// NETWORK-NOT: tensornet.value_and_grad
// RUN: tn-run %s --entry=f --print-stage=pairwise | FileCheck %s --check-prefix=PAIRWISE
// PAIRWISE: func.func @f(
// PAIRWISE: tensornet.contract
// RUN: tn-run %s --entry=f --print-stage=linalg | FileCheck %s --check-prefix=LINALG
// LINALG: linalg.fill
// LINALG-NOT: tensornet.contract %
// RUN: tn-run %s --entry=f --print-stage=llvm | FileCheck %s --check-prefix=LLVM
// LLVM: llvm.func @_mlir_ciface_tensornet.f(
// RUN: tn-run %s --entry=f --print-stage=asm | FileCheck %s --check-prefix=ASM
// ASM: _mlir_ciface_tensornet.f{{"?}}:
// RUN: tn-run %s --entry=f --print-stage=asm --pipeline=plain | FileCheck %s --check-prefix=ASM
func.func @f(%a: tensor<4x3xf32>, %b: tensor<4x3xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i, j], %b[i, j] -> [] : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

func.func @unused(%a: tensor<4x3xf32>) -> tensor<4x3xf32> {
  return %a : tensor<4x3xf32>
}
