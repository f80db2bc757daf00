// RUN: tn-opt %s -split-input-file -verify-diagnostics --tensornet-verify-form
// RUN: tn-opt %s -split-input-file -verify-diagnostics --tensornet-verify-form=form=source

func.func @square(%x: tensor<3xf32>) -> tensor<f32> {
  %0 = tensornet.contract %x[i], %x[i] -> [] : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
func.func @request(%x: tensor<3xf32>, %n: index, %c: complex<f64>) -> (tensor<f32>, tensor<3xf32>) {
  %y, %dx = tensornet.value_and_grad @square(%x) wrt [0] : (tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>)
  return %y, %dx : tensor<f32>, tensor<3xf32>
}

// -----

// expected-error @below {{'func.func' op is not in source form: block argument #1 has type 'memref<3xf32>', but only tensors and scalars are allowed}}
func.func @argument(%x: tensor<3xf32>, %m: memref<3xf32>) {
  return
}

// -----

// expected-error @below {{'func.func' op is not in source form: result #0 has type 'vector<3xf32>', but only tensors and scalars are allowed}}
func.func private @declaration(tensor<3xf32>) -> vector<3xf32>

// -----

func.func @result() {
  // expected-error @below {{'memref.alloc' op is not in source form: result #0 has type 'memref<3xf32>', but only tensors and scalars are allowed}}
  %0 = memref.alloc() : memref<3xf32>
  return
}
