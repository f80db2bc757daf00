// RUN: tn-opt %s -split-input-file -verify-diagnostics

func.func @request_c1(%x: f32) {
  // expected-error @below {{names no function of this module: @missing}}
  %0:2 = tensornet.value_and_grad @missing(%x) wrt [0] : (f32) -> (f32, f32)
  return
}

// -----

func.func private @f(f32) -> f32
func.func @request_c2_count(%x: f32) {
  // expected-error @below {{expected 1 arguments but found 2}}
  %0:2 = tensornet.value_and_grad @f(%x, %x) wrt [0] : (f32, f32) -> (f32, f32)
  return
}

// -----

func.func private @f(f32) -> f32
func.func @request_c2_type(%x: f64) {
  // expected-error @below {{expected argument #0 of type 'f32' but found 'f64'}}
  %0:2 = tensornet.value_and_grad @f(%x) wrt [0] : (f64) -> (f32, f32)
  return
}

// -----

// expected-note @below {{the function is here}}
func.func private @f(f32) -> f32
func.func @request_c3_empty(%x: f32) {
  // expected-error @below {{wrt names no argument to differentiate}}
  %0 = tensornet.value_and_grad @f(%x) wrt [] : (f32) -> f32
  return
}

// -----

// expected-note @below {{the function is here}}
func.func private @f(f32) -> f32
func.func @request_c3_range(%x: f32) {
  // expected-error @below {{wrt names argument #1 but the function has 1 arguments}}
  %0:2 = tensornet.value_and_grad @f(%x) wrt [1] : (f32) -> (f32, f32)
  return
}

// -----

// expected-note @below {{the function is here}}
func.func private @f(f32) -> f32
func.func @request_c3_repeated(%x: f32) {
  // expected-error @below {{wrt names argument #0 twice}}
  %0:3 = tensornet.value_and_grad @f(%x) wrt [0, 0] : (f32) -> (f32, f32, f32)
  return
}

// -----

// expected-note @below {{the function is here}}
func.func private @f(tensor<4xi32>) -> f32
func.func @request_c4(%x: tensor<4xi32>) {
  // expected-error @below {{argument #0 has type 'tensor<4xi32>'; only floating and complex scalars and ranked tensors can be differentiated}}
  %0:2 = tensornet.value_and_grad @f(%x) wrt [0] : (tensor<4xi32>) -> (f32, tensor<4xi32>)
  return
}

// -----

func.func private @f(f32) -> f32
func.func @request_c5_count(%x: f32) {
  // expected-error @below {{expected 2 results but found 1}}
  %0 = tensornet.value_and_grad @f(%x) wrt [0] : (f32) -> f32
  return
}

// -----

func.func private @f(f32) -> f32
func.func @request_c5_type(%x: f32) {
  // expected-error @below {{expected result #1 of type 'f32' but found 'f64'}}
  %0:2 = tensornet.value_and_grad @f(%x) wrt [0] : (f32) -> (f32, f64)
  return
}

// -----

// expected-note @below {{the function is here}}
func.func private @f(f32) -> tensor<2xf32>
func.func @value_and_grad_c6(%x: f32) {
  // expected-error @below {{the first result of the function has type 'tensor<2xf32>'; expected a real scalar or 0-d tensor}}
  %0:2 = tensornet.value_and_grad @f(%x) wrt [0] : (f32) -> (tensor<2xf32>, f32)
  return
}

// -----

func.func private @f(f32) -> (f32, i32, f64)
func.func @vjp_c6(%x: f32) {
  // expected-error @below {{expected 2 cotangents but found 1}}
  %0:4 = tensornet.vjp @f(%x) cotangents(%x) wrt [0] : (f32, f32) -> (f32, i32, f64, f32)
  return
}

// -----

func.func private @f(f32, f64) -> f32
func.func @jvp_c6(%x: f32, %y: f64) {
  // expected-error @below {{expected tangent #0 of type 'f64' but found 'f32'}}
  %0:2 = tensornet.jvp @f(%x, %y) tangents(%x) wrt [1] : (f32, f64, f32) -> (f32, f32)
  return
}

// -----

// expected-note @below {{the function is here}}
func.func private @f(tensor<2xcomplex<f32>>) -> f32
func.func @jacobian_c6(%x: tensor<2xcomplex<f32>>) {
  // expected-error @below {{differentiated argument #0 has complex type 'tensor<2xcomplex<f32>>'; use vjp or jvp}}
  %0 = tensornet.jacobian @f(%x) wrt [0] : (tensor<2xcomplex<f32>>) -> tensor<2xf32>
  return
}

// -----

// expected-note @below {{the function is here}}
func.func private @f(f32) -> i32
func.func @no_floating_result(%x: f32) {
  // expected-error @below {{the function returns no floating or complex value to differentiate}}
  %0:2 = tensornet.vjp @f(%x) cotangents() wrt [0] : (f32) -> (i32, f32)
  return
}

// -----

// expected-note @below {{the function is here}}
func.func private @f(f32)
func.func @hessian_c6(%x: f32) {
  // expected-error @below {{the function returns no floating or complex value to differentiate}}
  %0 = tensornet.hessian @f(%x) wrt [0] : (f32) -> tensor<f32>
  return
}
