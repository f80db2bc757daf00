// Everything but the contraction that the script asks for is removed.
// RUN: tn-reduce %s -reduction-tree='traversal-mode=0 test=%S/Inputs/has-contraction.sh' | FileCheck %s

// CHECK-NOT: @bystander
func.func @bystander() {
  return
}

// CHECK-LABEL: func.func @culprit
// CHECK: tensornet.contract
func.func @culprit(%a: tensor<4x8xf32>) -> tensor<4xf32> {
  %s = tensornet.contract %a[i, j] -> [i] : (tensor<4x8xf32>) -> tensor<4xf32>
  return %s : tensor<4xf32>
}

// CHECK-NOT: @another
func.func @another() {
  return
}
