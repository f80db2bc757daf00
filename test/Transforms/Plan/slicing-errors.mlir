// RUN: tn-opt %s --tensornet-plan=memory-limit=500 -split-input-file -verify-diagnostics

func.func @result_alone(%a: tensor<40x4xf32>, %b: tensor<4x4xf32>, %c: tensor<4x40xf32>) -> tensor<40x40xf32> {
  // expected-error @below {{cannot be evaluated within memory-limit=500: slicing 'i', 'j', 'k', 'l' (40 x 4 x 4 x 40) still keeps 1602 elements alive}}
  %0 = tensornet.contract %a[i, j], %b[j, k], %c[k, l] -> [i, l] : (tensor<40x4xf32>, tensor<4x4xf32>, tensor<4x40xf32>) -> tensor<40x40xf32>
  return %0 : tensor<40x40xf32>
}

// -----

// Neither dynamic extents nor explicit ones nor affine subscripts are sliced.
func.func @nothing_to_slice(%a: tensor<50x?xf32>, %b: tensor<?x30xf32>, %v: tensor<60xf32>, %w: tensor<30xf32>) -> tensor<20xf32> {
  // expected-error @below {{cannot be evaluated within memory-limit=500: none of its indices can be sliced}}
  %0 = tensornet.contract %a[i + p, j], %b[j, k], %v[k + p], %w[i] -> [p] extents(i = 29, k = 30) : (tensor<50x?xf32>, tensor<?x30xf32>, tensor<60xf32>, tensor<30xf32>) -> tensor<20xf32>
  return %0 : tensor<20xf32>
}
