// RUN: tn-opt %s -split-input-file -verify-diagnostics

func.func @mixes_tensor_and_memref(%a: memref<4xf32>, %c: tensor<f32>) {
  // expected-error @below {{mixes tensors and memrefs: operand #0 has type 'memref<4xf32>' but the destination has type 'tensor<f32>'}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) : (memref<4xf32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @returns_memref(%a: memref<4xf32>, %c: memref<f32>) {
  // expected-error @below {{returns 'tensor<f32>' but has nothing to return on type 'memref<f32>'}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) : (memref<4xf32>, memref<f32>) -> tensor<f32>
  return
}

// -----

func.func @returns_other_type(%a: tensor<4xf32>, %c: tensor<f32>) {
  // expected-error @below {{returns 'tensor<f64>' but its destination has type 'tensor<f32>'}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) : (tensor<4xf32>, tensor<f32>) -> tensor<f64>
  return
}

// -----

func.func @narrow_destination(%a: tensor<4xf64>, %c: tensor<f32>) {
  // expected-error @below {{accumulates operand #0 of element type 'f64' in the narrower type 'f32'}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) : (tensor<4xf64>, tensor<f32>) -> tensor<f32>
  return
}

// -----

// expected-note @below {{first use of index 'i' is here}}
func.func @extents_disagree(%a: tensor<4xf32>, %c: tensor<5xf32>) {
  // expected-error @below {{index 'i' has extent 4 in operand #0 but 5 in the result}}
  %0 = tensornet.contract_into %a[i] -> [i] outs(%c) : (tensor<4xf32>, tensor<5xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @no_destination_type(%a: tensor<4xf32>, %c: tensor<f32>) {
  // expected-error @below {{expected the type of the destination after those of the inputs}}
  %0 = tensornet.contract_into -> [] outs(%c) : () -> tensor<f32>
  return
}

// -----

func.func @no_such_operand(%a: tensor<4xf32>, %c: tensor<f32>) {
  // expected-error @below {{lets operand #1 count points but has 1 operands}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) {counts = array<i64: 1>}
       : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @dims_of_bounds(%a: tensor<4xf32>, %c: tensor<f32>) {
  // expected-error @below {{has bounds of 2 dimensions but 1 indices}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) {bounds = affine_set<(d0, d1) : (d0 - d1 >= 0)>}
       : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @symbols_of_bounds(%a: tensor<4xf32>, %c: tensor<f32>) {
  // expected-error @below {{has bounds of 1 symbols but 0 operands of its origin}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) {bounds = affine_set<(d0)[s0] : (d0 - s0 >= 0)>}
       : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @equation(%a: tensor<4xf32>, %c: tensor<f32>) {
  // expected-error @below {{has an equation in its bounds, expected constraints of the form '... >= 0'}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) {bounds = affine_set<(d0) : (d0 - 1 == 0)>}
       : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @strict_without_bounds(%a: tensor<4xf32>, %c: tensor<f32>) {
  // expected-error @below {{has strict_bounds but no bounds}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) {strict_bounds} : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @origin_without_bounds(%a: tensor<4xf32>, %c: tensor<f32>, %n: index) {
  // expected-error @below {{has an origin but no bounds}}
  %0 = tensornet.contract_into %a[i] -> [] outs(%c) origin(%n) : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
  return
}
