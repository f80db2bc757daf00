// RUN: tn-opt %s --convert-tensornet-to-destination | FileCheck %s

// CHECK-LABEL: func.func @two_operands
// CHECK: tensornet.check %{{.+}}, "index 'j' has extent {0} in operand #0 but {1} in operand #1"(%
// CHECK-NOT: tensornet.check
func.func @two_operands(%a: tensor<4x?xf32>, %b: tensor<?x?xf32>) -> tensor<4x?xf32> {
  %c = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<4x?xf32>, tensor<?x?xf32>) -> tensor<4x?xf32>
  return %c : tensor<4x?xf32>
}

// CHECK-LABEL: func.func @static_size_is_the_reference
// CHECK: arith.constant 8 : index
// CHECK: tensornet.check %{{.+}}, "index 'i' has extent {0} in operand #1 but {1} in operand #0"(%
func.func @static_size_is_the_reference(%a: tensor<?xf32>, %b: tensor<8xf32>) -> tensor<f32> {
  %c = tensornet.contract %a[i], %b[i] -> [] : (tensor<?xf32>, tensor<8xf32>) -> tensor<f32>
  return %c : tensor<f32>
}

// CHECK-LABEL: func.func @result_is_the_reference
// CHECK: tensornet.check %{{.+}}, "index 'i' has extent {0} in the result but {1} in operand #0"(%
func.func @result_is_the_reference(%a: tensor<?x4xf32>) -> tensor<8xf32> {
  %c = tensornet.contract %a[i, j] -> [i] : (tensor<?x4xf32>) -> tensor<8xf32>
  return %c : tensor<8xf32>
}

// CHECK-LABEL: func.func @within_one_operand
// CHECK: tensornet.check %{{.+}}, "index 'i' has extent {0} in operand #0 but {1} in operand #0"(%
func.func @within_one_operand(%a: tensor<?x?xf32>) -> tensor<f32> {
  %c = tensornet.contract %a[i, i] -> [] : (tensor<?x?xf32>) -> tensor<f32>
  return %c : tensor<f32>
}

// Bare subscripts of an index with explicit extent obey the in-bounds rule.
// CHECK-LABEL: func.func @explicit_extent
// CHECK-NOT: has extent
// CHECK: tensornet.check %{{.+}}, "negative size: the extent of index 'i' is {0}"(%
func.func @explicit_extent(%a: tensor<?xf32>, %b: tensor<?xf32>, %n: index) -> tensor<f32> {
  %c = tensornet.contract %a[i], %b[i] -> [] extents(i = %n)
       : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
  return %c : tensor<f32>
}

// CHECK-LABEL: func.func @size
// CHECK: tensornet.check %{{.+}}, "negative size: dimension 1 of the result is {0}"(%
func.func @size(%a: tensor<4xf32>, %m: index) -> tensor<4x?xf32> {
  %c = tensornet.contract %a[i] -> [i, j] sizes(%m) : (tensor<4xf32>) -> tensor<4x?xf32>
  return %c : tensor<4x?xf32>
}

// A check on arguments alone runs before any work.
// CHECK-LABEL: func.func @at_entry
// CHECK: tensornet.check
// CHECK: math.exp
func.func @at_entry(%a: tensor<?xf32>, %b: tensor<?xf32>) -> (tensor<f32>, tensor<?xf32>) {
  %0 = math.exp %b : tensor<?xf32>
  %c = tensornet.contract %a[i], %b[i] -> [] : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
  return %c, %0 : tensor<f32>, tensor<?xf32>
}

// An op in a branch that may not run keeps its check there.
// CHECK-LABEL: func.func @in_branch
// CHECK: scf.if
// CHECK: tensornet.check
func.func @in_branch(%p: i1, %a: tensor<?xf32>, %b: tensor<?xf32>, %s: tensor<f32>) -> tensor<f32> {
  %r = scf.if %p -> tensor<f32> {
    %c = tensornet.contract %a[i], %b[i] -> [] : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
    scf.yield %c : tensor<f32>
  } else {
    scf.yield %s : tensor<f32>
  }
  return %r : tensor<f32>
}
