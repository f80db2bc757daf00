// RUN: tn-opt %s --tensornet-differentiate | FileCheck %s
// RUN: tn-opt %s --tensornet-differentiate="function=dot wrt=0" | FileCheck %s --check-prefix=OPTION
// RUN: tn-opt %s --tensornet-differentiate --tensornet-verify-form=form=network -o /dev/null

func.func @dot(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<f32> {
  %0 = tensornet.contract %x[i], %y[i] -> []
       : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// The gradient with respect to x is y.
// OPTION-LABEL: func.func @dot_value_and_grad(
// OPTION-SAME: %[[X:.+]]: tensor<4xf32>, %[[Y:.+]]: tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
// OPTION: %[[V:.+]] = tensornet.contract %[[X]][i], %[[Y]][i] -> []
// OPTION-NEXT: return %[[V]], %[[Y]] :

// CHECK-LABEL: func.func @both_arguments(
// CHECK-SAME: %[[X:.+]]: tensor<4xf32>, %[[Y:.+]]: tensor<4xf32>
func.func @both_arguments(%x: tensor<4xf32>, %y: tensor<4xf32>)
    -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>) {
  // CHECK: %[[V:.+]] = tensornet.contract
  // CHECK-NEXT: return %[[V]], %[[X]], %[[Y]]
  %0:3 = tensornet.value_and_grad @dot(%x, %y) wrt [1, 0]
      : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>)
  return %0#0, %0#1, %0#2 : tensor<f32>, tensor<4xf32>, tensor<4xf32>
}

// The same value in both places: the gradients stay apart.
// CHECK-LABEL: func.func @same_value_twice(
// CHECK-SAME: %[[X:.+]]: tensor<4xf32>
func.func @same_value_twice(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: return %[[X]], %[[X]]
  %0:3 = tensornet.value_and_grad @dot(%x, %x) wrt [0, 1]
      : (tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>)
  return %0#1, %0#2 : tensor<4xf32>, tensor<4xf32>
}

func.func @with_auxiliary(%x: tensor<4xf32>, %unused: tensor<2x?xf32>, %n: i32)
    -> (f32, tensor<4xf32>, i32) {
  %0 = tensornet.contract %x[i] -> [] : (tensor<4xf32>) -> tensor<f32>
  %s = tensor.extract %0[] : tensor<f32>
  %e = math.exp %x : tensor<4xf32>
  return %s, %e, %n : f32, tensor<4xf32>, i32
}

// Auxiliary results get no cotangent; an argument without influence gets zeros
// of its size, computed from nothing else.
// CHECK-LABEL: func.func @auxiliary_and_unused(
// CHECK-SAME: %[[X:.+]]: tensor<4xf32>, %[[U:.+]]: tensor<2x?xf32>, %[[N:.+]]: i32
func.func @auxiliary_and_unused(%x: tensor<4xf32>, %u: tensor<2x?xf32>, %n: i32)
    -> (f32, tensor<4xf32>, i32, tensor<4xf32>, tensor<2x?xf32>) {
  // CHECK-DAG: %[[E:.+]] = math.exp %[[X]]
  // CHECK-DAG: %[[S:.+]] = tensor.extract
  // CHECK-DAG: %[[ONES:.+]] = {{tensornet.contract -> \[i\]|arith.constant dense<1.000000e\+00> : tensor<4xf32>}}
  // CHECK-DAG: %[[SIZE:.+]] = tensor.dim %[[U]]
  // CHECK-DAG: %[[ZEROS:.+]] = tensor.splat %{{.+}}[%[[SIZE]]] : tensor<2x?xf32>
  // CHECK: return %[[S]], %[[E]], %[[N]], %{{.+}}, %[[ZEROS]]
  %0:5 = tensornet.value_and_grad @with_auxiliary(%x, %u, %n) wrt [0, 1]
      : (tensor<4xf32>, tensor<2x?xf32>, i32)
      -> (f32, tensor<4xf32>, i32, tensor<4xf32>, tensor<2x?xf32>)
  return %0#0, %0#1, %0#2, %0#3, %0#4
      : f32, tensor<4xf32>, i32, tensor<4xf32>, tensor<2x?xf32>
}
