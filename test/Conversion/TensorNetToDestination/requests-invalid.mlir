// RUN: tn-opt %s -split-input-file -verify-diagnostics --convert-tensornet-to-destination
// RUN: tn-opt %s -split-input-file -verify-diagnostics --convert-tensornet-to-affine
// RUN: tn-opt %s -split-input-file -verify-diagnostics --convert-tensornet-to-linalg

func.func private @loss(tensor<4xf32>) -> tensor<f32>

func.func @gradient_left(%x: tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>) {
  // expected-error @below {{is a derivative request, which lowering does not expand; run --tensornet-differentiate first}}
  %v, %g = tensornet.value_and_grad @loss(%x) wrt [0]
           : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %v, %g : tensor<f32>, tensor<4xf32>
}
