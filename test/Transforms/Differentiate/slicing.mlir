// RUN: tn-opt %s --tensornet-differentiate=memory-limit=2500 --tensornet-verify-form=form=network | FileCheck %s
// RUN: tn-opt %s --tensornet-differentiate=memory-limit=2500 --tensornet-print-cost -o /dev/null | FileCheck %s --check-prefix=COST
// RUN: tn-opt %s --tensornet-differentiate=memory-limit=100000 | FileCheck %s --check-prefix=FITS

// FITS-NOT: scf.for

func.func @scalar(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8xf64>) -> tensor<f64> {
  %0 = tensornet.contract %a[i, j, k], %b[i, l, m], %c[j, l, n], %d[k, m, n] -> []
   : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) -> tensor<f64>
  return %0 : tensor<f64>
}

// One loop computes the value and all gradients of one slice after the other:
// the four sums of 512 elements, and two intermediates as large.
// CHECK-LABEL: func.func @value_and_all_gradients(
// CHECK: %[[R:.+]]:5 = scf.for
// CHECK-NOT: scf.for
// CHECK: return %[[R]]#0, %[[R]]#1, %[[R]]#2, %[[R]]#3, %[[R]]#4
// COST: @value_and_all_gradients: multiplications={{[0-9]+}} largest=512 peak=3{{[0-9][0-9][0-9]$}}
func.func @value_and_all_gradients(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8xf64>)
    -> (tensor<f64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) {
  %0:5 = tensornet.value_and_grad @scalar(%a, %b, %c, %d) wrt [0, 1, 2, 3]
    : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>)
    -> (tensor<f64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>)
  return %0#0, %0#1, %0#2, %0#3, %0#4 : tensor<f64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>
}

func.func @exp_of_scalar(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8xf64>) -> tensor<f64> {
  %0 = func.call @scalar(%a, %b, %c, %d) : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) -> tensor<f64>
  %1 = math.exp %0 : tensor<f64>
  return %1 : tensor<f64>
}

// So it is where the cotangent of a 0-d result depends on its value: gradients
// are scaled afterwards.
// CHECK-LABEL: func.func @scaled_gradients(
// CHECK: %[[R:.+]]:2 = scf.for
// CHECK-NOT: scf.for
// CHECK: %[[E:.+]] = math.exp %[[R]]#0
// CHECK: %[[G:.+]] = tensornet.contract %[[E]][], %[[R]]#1[i, j, k] -> [i, j, k]
// CHECK: return %[[E]], %[[G]]
func.func @scaled_gradients(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8xf64>)
    -> (tensor<f64>, tensor<8x8x8xf64>) {
  %0:2 = tensornet.value_and_grad @exp_of_scalar(%a, %b, %c, %d) wrt [1]
    : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) -> (tensor<f64>, tensor<8x8x8xf64>)
  return %0#0, %0#1 : tensor<f64>, tensor<8x8x8xf64>
}

func.func @open(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8x8xf64>) -> tensor<8xf64> {
  %0 = tensornet.contract %a[i, j, k], %b[i, l, m], %c[j, l, n], %d[k, m, n, o] -> [o]
   : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8x8xf64>) -> tensor<8xf64>
  return %0 : tensor<8xf64>
}

// A cotangent that does not depend on the value: one loop.
// CHECK-LABEL: func.func @known_cotangent(
// CHECK: %[[R:.+]]:2 = scf.for
// CHECK-NOT: scf.for
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @known_cotangent(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8x8xf64>, %y: tensor<8xf64>)
    -> (tensor<8xf64>, tensor<8x8x8xf64>) {
  %0:2 = tensornet.vjp @open(%a, %b, %c, %d) cotangents(%y) wrt [0]
    : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8x8xf64>, tensor<8xf64>) -> (tensor<8xf64>, tensor<8x8x8xf64>)
  return %0#0, %0#1 : tensor<8xf64>, tensor<8x8x8xf64>
}

func.func @sum_of_exp(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8x8xf64>) -> tensor<f64> {
  %0 = func.call @open(%a, %b, %c, %d) : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8x8xf64>) -> tensor<8xf64>
  %1 = math.exp %0 : tensor<8xf64>
  %2 = tensornet.contract %1[i] -> [] : (tensor<8xf64>) -> tensor<f64>
  return %2 : tensor<f64>
}

// One that does: a loop for the value, a loop for the gradient.
// CHECK-LABEL: func.func @cotangent_of_the_value(
// CHECK: %[[Y:.+]] = scf.for {{.*}} -> (tensor<8xf64>)
// CHECK: %[[E:.+]] = math.exp %[[Y]]
// CHECK: %[[G:.+]] = scf.for {{.*}} -> (tensor<8x8x8xf64>)
// CHECK: tensornet.contract %[[E]][
// CHECK: return %{{.+}}, %[[G]]
func.func @cotangent_of_the_value(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8x8xf64>)
    -> (tensor<f64>, tensor<8x8x8xf64>) {
  %0:2 = tensornet.value_and_grad @sum_of_exp(%a, %b, %c, %d) wrt [0]
    : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8x8xf64>) -> (tensor<f64>, tensor<8x8x8xf64>)
  return %0#0, %0#1 : tensor<f64>, tensor<8x8x8xf64>
}

// Tangents are slices' tangents.
// CHECK-LABEL: func.func @tangent(
// CHECK: %[[R:.+]]:2 = scf.for
// CHECK-NOT: scf.for
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @tangent(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8xf64>, %x: tensor<8x8x8xf64>) -> (tensor<f64>, tensor<f64>) {
  %0:2 = tensornet.jvp @scalar(%a, %b, %c, %d) tangents(%x) wrt [2]
    : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) -> (tensor<f64>, tensor<f64>)
  return %0#0, %0#1 : tensor<f64>, tensor<f64>
}

// The cotangents of a Jacobian are known: one loop.
// CHECK-LABEL: func.func @rows(
// CHECK: %[[R:.+]]:2 = scf.for
// CHECK-NOT: scf.for
// CHECK: return %[[R]]#1
func.func @rows(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>, %c: tensor<8x8x8xf64>, %d: tensor<8x8x8x8xf64>) -> tensor<8x8x8x8xf64> {
  %0 = tensornet.jacobian @open(%a, %b, %c, %d) wrt [0]
    : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8x8xf64>) -> tensor<8x8x8x8xf64>
  return %0 : tensor<8x8x8x8xf64>
}

// One tensor in two places that no slice changes: its two gradients are added.
func.func @square(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>) -> tensor<f64> {
  %0 = tensornet.contract %a[i, j, k], %b[i, l, m], %b[j, l, n], %a[k, m, n] -> []
   : (tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) -> tensor<f64>
  return %0 : tensor<f64>
}

// CHECK-LABEL: func.func @one_tensor_twice(
// CHECK: scf.for
// CHECK-NOT: scf.for
func.func @one_tensor_twice(%a: tensor<8x8x8xf64>, %b: tensor<8x8x8xf64>) -> (tensor<f64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>) {
  %0:3 = tensornet.value_and_grad @square(%a, %b) wrt [0, 1]
    : (tensor<8x8x8xf64>, tensor<8x8x8xf64>) -> (tensor<f64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>)
  return %0#0, %0#1, %0#2 : tensor<f64>, tensor<8x8x8xf64>, tensor<8x8x8xf64>
}
