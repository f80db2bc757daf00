// Numbers of elements, and one extent, may be as large as an integer holds.

// RUN: not tn-opt %s --tensornet-differentiate="function=elements mode=jacobian" 2>&1 | FileCheck %s --check-prefix=ELEMENTS
// RUN: tn-opt %s --tensornet-differentiate="function=extent mode=vjp" --tensornet-plan | FileCheck %s --check-prefix=EXTENT

// ELEMENTS: absurd-sizes.mlir:[[#@LINE+3]]:8: error: 'tensornet.contract' op the result has more than 2^63 - 1 elements
func.func @elements(%a: tensor<2147483648x2147483648xf32>, %b: tensor<2147483648x2147483648xf32>)
    -> tensor<2147483648x2147483648xf32> {
  %0 = arith.mulf %a, %b : tensor<2147483648x2147483648xf32>
  return %0 : tensor<2147483648x2147483648xf32>
}

// EXTENT-LABEL: func.func @extent_vjp
// EXTENT-SAME:  (tensor<f32>, tensor<?xf32>, tensor<9223372036854775807xf32>)
func.func @extent(%x: tensor<?xf32>, %y: tensor<9223372036854775807xf32>) -> tensor<f32> {
  %0 = tensornet.contract %x[h + k], %y[k], %x[h] -> []
      : (tensor<?xf32>, tensor<9223372036854775807xf32>, tensor<?xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
