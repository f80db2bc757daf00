// RUN: tn-opt %s -split-input-file -verify-diagnostics --tensornet-differentiate="function=f mode=vjp"

func.func @f(%x: tensor<6x4xf32>, %init: tensor<6xf32>) -> tensor<6xf32> {
  // expected-error @below {{'linalg.reduce' op has a derivative only for one tensor combined by one arith.addf, maximumf, minimumf, maxnumf or minnumf}}
  %0 = linalg.reduce { arith.mulf } ins(%x : tensor<6x4xf32>)
      outs(%init : tensor<6xf32>) dimensions = [1]
  return %0 : tensor<6xf32>
}

// -----

func.func @f(%x: tensor<4xf32>, %s: f32) -> tensor<6xf32> {
  // expected-error @below {{'tensor.pad' op has a derivative only where the padding value is a constant; insert the source into a tensor.splat of the value instead}}
  %0 = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %s : f32
  } : tensor<4xf32> to tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

func.func @f(%x: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %e = tensor.empty() : tensor<4xcomplex<f32>>
  // expected-error @below {{'linalg.div' op has no derivative for complex elements}}
  %0 = linalg.div ins(%x, %x : tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>) outs(%e : tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>
  return %0 : tensor<4xcomplex<f32>>
}

// -----

func.func @f(%x: tensor<4xf32>, %y: tensor<?xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error @below {{'linalg.div' op has a derivative only where operands and result have one type, but these have 'tensor<?xf32>' and 'tensor<4xf32>'}}
  %0 = linalg.div ins(%x, %y : tensor<4xf32>, tensor<?xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @f(%x: tensor<4611686018427387904xf32>, %y: tensor<3xf32>) -> tensor<?xf32> {
  // expected-error @below {{'tensor.concat' op has inputs of more than 2^63 - 1 elements together along dimension 0}}
  %0 = tensor.concat dim(0) %x, %x, %y : (tensor<4611686018427387904xf32>, tensor<4611686018427387904xf32>, tensor<3xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
