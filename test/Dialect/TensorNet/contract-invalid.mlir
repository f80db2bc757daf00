// RUN: tn-opt %s -split-input-file -verify-diagnostics

func.func @contract_c1(%a: tensor<4x8xf32>) {
  // expected-error @below {{operand #0 has 1 subscripts but rank 2}}
  %0 = tensornet.contract %a[i] -> [i] : (tensor<4x8xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @contract_c1_result(%a: tensor<4xf32>) {
  // expected-error @below {{the result has 2 subscripts but rank 1}}
  %0 = tensornet.contract %a[i] -> [i, i] : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// expected-note @below {{first use of index 'j' is here}}
func.func @contract_c3(%a: tensor<4x8xf32>, %b: tensor<9x2xf32>) {
  // expected-error @below {{index 'j' has extent 8 in operand #0 but 9 in operand #1}}
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<4x8xf32>, tensor<9x2xf32>) -> tensor<4x2xf32>
  return
}

// -----

// expected-note @below {{first use of index 'i' is here}}
func.func @contract_c3_result(%a: tensor<4x8xf32>) {
  // expected-error @below {{index 'i' has extent 4 in operand #0 but 5 in the result}}
  %0 = tensornet.contract %a[i, j] -> [i] : (tensor<4x8xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @contract_c4(%a: tensor<4xf32>) {
  // expected-error @below {{index 'j' has no bare subscript that gives its extent; state it with extents(j = ...)}}
  %0 = tensornet.contract %a[i + j] -> [i] : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @contract_c5_negative(%a: tensor<4xf32>) {
  // expected-error @below {{index 'i' has negative extent -1}}
  %0 = tensornet.contract %a[i] -> [i] extents(i = -1) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @contract_c5_twice(%a: tensor<4xf32>) {
  // expected-error @below {{extents names index 'i' twice}}
  %0 = tensornet.contract %a[i] -> [i] extents(i = 1, i = 2) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @contract_c5_unknown(%a: tensor<4xf32>) {
  // expected-error @below {{extents names index 'q', which occurs in no subscript}}
  %0 = tensornet.contract %a[i] -> [i] extents(q = 1) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @contract_c5_vanished(%a: tensor<4xf32>) {
  // expected-error @below {{extents names an index whose coefficients are all 0}}
  %0 = tensornet.contract %a[i + q - q] -> [i] extents(q = 1) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @contract_c6(%a: tensor<4xf32>) {
  // expected-error @below {{has 0 extents operands for 1 dynamic explicit extents}}
  %0 = "tensornet.contract"(%a) <{indexing = #tensornet.indexing<([i]) -> [i], extents(i = ?)>, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @contract_c7_missing(%a: tensor<?xf32>) {
  // expected-error @below {{has 0 sizes operands but 1 dynamic result dimensions whose size nothing else determines}}
  %0 = tensornet.contract %a[i] -> [i, j] : (tensor<?xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @contract_c7_surplus(%a: tensor<?xf32>, %n: index) {
  // expected-error @below {{has 1 sizes operands but 0 dynamic result dimensions whose size nothing else determines}}
  %0 = tensornet.contract %a[i] -> [i] sizes(%n) : (tensor<?xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @contract_c8(%a: tensor<4xf32>, %b: tensor<4xcomplex<f32>>) {
  // expected-error @below {{mixes element type 'f32' of operand #0 with 'complex<f32>' of the result; operands and result are all real, all complex, or all integer}}
  %0 = tensornet.contract %a[i], %b[i] -> []
       : (tensor<4xf32>, tensor<4xcomplex<f32>>) -> tensor<complex<f32>>
  return
}

// -----

func.func @contract_c8_element_type(%a: tensor<4xi1>) {
  // expected-error @below {{operand #0 must be variadic of ranked tensor of}}
  %0 = tensornet.contract %a[i] -> [] : (tensor<4xi1>) -> tensor<i1>
  return
}

// -----

func.func @contract_c9(%a: tensor<4xf32>) {
  // expected-error @below {{operand #0 is conjugated but has element type 'f32'}}
  %0 = tensornet.contract conj %a[i] -> [] : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @contract_c10(%a: tensor<4xf32, "csr">) {
  // expected-error @below {{operand #0 has encoding "csr"; tensors with an encoding are not supported}}
  %0 = tensornet.contract %a[i] -> [] : (tensor<4xf32, "csr">) -> tensor<f32>
  return
}

// -----

func.func @contract_c11_elements() {
  // expected-error @below {{result has more than 2^63 - 1 elements}}
  %0 = tensornet.contract -> [i, j] : () -> tensor<4294967296x4294967296xf32>
  return
}

// -----

func.func @contract_c11_values(%a: tensor<4xf32>) {
  // expected-error @below {{has a subscript whose values exceed 64 bits}}
  %0 = tensornet.contract %a[9223372036854775807 * i] -> [i] : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @coefficient_overflow(%a: tensor<4xf32>) {
  // expected-error @below {{subscript coefficient exceeds 64 bits}}
  %0 = tensornet.contract %a[9223372036854775807 * i + i] -> [i] : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @negated_coefficient_overflow(%a: tensor<4xf32>) {
  // expected-error @below {{subscript coefficient exceeds 64 bits}}
  %0 = tensornet.contract %a[-i * -9223372036854775808] -> [i] : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @negated_constant_overflow(%a: tensor<4xf32>) {
  // expected-error @below {{subscript constant exceeds 64 bits}}
  %0 = tensornet.contract %a[i - -9223372036854775808] -> [i] : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @constant_overflow(%a: tensor<4xf32>) {
  // expected-error @below {{subscript constant exceeds 64 bits}}
  %0 = tensornet.contract %a[i + 9223372036854775807 + 1] -> [i] : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @no_index(%a: tensor<4xf32>) {
  // expected-error @below {{expected an index or an integer}}
  %0 = tensornet.contract %a[*] -> [i] : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @unranked(%a: tensor<*xf32>) {
  // expected-error @below {{must be variadic of ranked tensor}}
  %0 = tensornet.contract %a[i] -> [] : (tensor<*xf32>) -> tensor<f32>
  return
}

// -----

func.func @operand_count(%a: tensor<4xf32>) {
  // expected-error @below {{has subscripts for 2 operands but 1 operands}}
  %0 = "tensornet.contract"(%a) <{indexing = #tensornet.indexing<([i], [i]) -> [i]>, operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<4xf32>) -> tensor<4xf32>
  return
}
