// RUN: tn-opt %s --tensornet-differentiate -split-input-file -verify-diagnostics

func.func @no_rule(%x: tensor<4xf32>, %rows: tensor<4x1xindex>) -> tensor<f32> {
  // expected-note @below {{the path leads through 'math.exp' here}}
  %e = math.exp %x : tensor<4xf32>
  // expected-error @below {{no derivative rule for 'tensor.gather' on the path from differentiated argument #0 of @no_rule}}
  // expected-note @below {{pass the operand through tensornet.stop_gradient}}
  %b = tensor.gather %e[%rows] gather_dims([0]) : (tensor<4xf32>, tensor<4x1xindex>) -> tensor<4xf32>
  %0 = tensornet.contract %b[i] -> [] : (tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
func.func @request(%x: tensor<4xf32>, %rows: tensor<4x1xindex>) -> tensor<4xf32> {
  %0:2 = tensornet.value_and_grad @no_rule(%x, %rows) wrt [0]
      : (tensor<4xf32>, tensor<4x1xindex>) -> (tensor<f32>, tensor<4xf32>)
  return %0#1 : tensor<4xf32>
}

// -----

// The same op off the active path is no error.
func.func @off_path(%x: tensor<4xf32>, %c: tensor<4xf32>, %rows: tensor<4x1xindex>) -> tensor<f32> {
  %b = tensor.gather %c[%rows] gather_dims([0]) : (tensor<4xf32>, tensor<4x1xindex>) -> tensor<4xf32>
  %s = tensornet.stop_gradient %x : tensor<4xf32>
  %t = tensor.gather %s[%rows] gather_dims([0]) : (tensor<4xf32>, tensor<4x1xindex>) -> tensor<4xf32>
  %0 = tensornet.contract %x[i], %b[i], %t[i] -> []
       : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}
func.func @request(%x: tensor<4xf32>, %rows: tensor<4x1xindex>) -> tensor<4xf32> {
  %0:2 = tensornet.value_and_grad @off_path(%x, %x, %rows) wrt [0]
      : (tensor<4xf32>, tensor<4xf32>, tensor<4x1xindex>) -> (tensor<f32>, tensor<4xf32>)
  return %0#1 : tensor<4xf32>
}

// -----

func.func @calls_itself(%x: f32) -> f32 {
  // expected-error @below {{calls and derivative requests form a cycle: @calls_itself -> @calls_itself}}
  %0 = call @calls_itself(%x) : (f32) -> f32
  return %0 : f32
}
func.func @request(%x: f32) -> f32 {
  %0:2 = tensornet.value_and_grad @calls_itself(%x) wrt [0] : (f32) -> (f32, f32)
  return %0#1 : f32
}

// -----

func.func @first(%x: f32) -> f32 {
  // expected-error @below {{calls and derivative requests form a cycle: @second -> @first -> @second}}
  %0:2 = tensornet.value_and_grad @second(%x) wrt [0] : (f32) -> (f32, f32)
  return %0#1 : f32
}
func.func @second(%x: f32) -> f32 {
  %0 = call @first(%x) : (f32) -> f32
  return %0 : f32
}

// -----

// expected-error @below {{cannot differentiate @declared: it has no body; give it one, or pass its results through tensornet.stop_gradient}}
func.func private @declared(f32) -> f32
func.func @request(%x: f32) -> f32 {
  %0:2 = tensornet.value_and_grad @declared(%x) wrt [0] : (f32) -> (f32, f32)
  return %0#1 : f32
}

// -----

func.func private @declared(f32) -> f32
func.func @calls_declared(%x: f32) -> f32 {
  // expected-error @below {{cannot differentiate the call of @declared: it has no body}}
  %0 = call @declared(%x) : (f32) -> f32
  return %0 : f32
}
func.func @request(%x: f32) -> f32 {
  %0:2 = tensornet.value_and_grad @calls_declared(%x) wrt [0] : (f32) -> (f32, f32)
  return %0#1 : f32
}

// -----

// expected-error @below {{cannot differentiate @branches: its body branches between 2 blocks; only straight-line functions have derivatives}}
func.func @branches(%x: f32) -> f32 {
  cf.br ^next
^next:
  return %x : f32
}
func.func @request(%x: f32) -> f32 {
  %0:2 = tensornet.value_and_grad @branches(%x) wrt [0] : (f32) -> (f32, f32)
  return %0#1 : f32
}

// -----

func.func @side_effect(%x: f32, %m: memref<f32>) -> f32 {
  // expected-error @below {{'memref.store' has side effects and reads a value that depends on a differentiated argument of @side_effect}}
  // expected-note @below {{move the op out of the function, or pass its operand through tensornet.stop_gradient}}
  memref.store %x, %m[] : memref<f32>
  return %x : f32
}
func.func @request(%x: f32, %m: memref<f32>) -> f32 {
  %0:2 = tensornet.value_and_grad @side_effect(%x, %m) wrt [0] : (f32, memref<f32>) -> (f32, f32)
  return %0#1 : f32
}

// -----

func.func @control_flow(%x: f32, %c: i1) -> f32 {
  // expected-error @below {{no derivative rule for 'scf.if' on the path from differentiated argument #0 of @control_flow}}
  // expected-note @below {{pass the operand through tensornet.stop_gradient}}
  %0 = scf.if %c -> f32 {
    scf.yield %x : f32
  } else {
    %2 = arith.addf %x, %x : f32
    scf.yield %2 : f32
  }
  return %0 : f32
}
func.func @request(%x: f32, %c: i1) -> f32 {
  %0:2 = tensornet.value_and_grad @control_flow(%x, %c) wrt [0] : (f32, i1) -> (f32, f32)
  return %0#1 : f32
}
