// RUN: tn-opt %s -split-input-file -verify-diagnostics --tensornet-verify-form=form=network
// RUN: not tn-opt %s --tensornet-verify-form=form=flat 2>&1 | FileCheck %s

// CHECK: tensornet-verify-form: unknown form 'flat'; expected source, network or pairwise

func.func @cube(%x: tensor<3xf32>) -> tensor<f32> {
  %0 = tensornet.contract %x[i], %x[i], %x[i] -> [] : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
func.func @request(%x: tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>) {
  // expected-error @below {{'tensornet.value_and_grad' op is not in network form: derivative requests are expanded there}}
  %y, %dx = tensornet.value_and_grad @cube(%x) wrt [0] : (tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>)
  return %y, %dx : tensor<f32>, tensor<3xf32>
}
