// RUN: tn-opt %s --tensornet-differentiate | FileCheck %s
// RUN: tn-opt %s --tensornet-differentiate="function=matvec mode=jvp wrt=1 name=by_option" | FileCheck %s --check-prefix=OPTION

func.func @matvec(%a: tensor<3x4xf64>, %x: tensor<4xf64>) -> tensor<3xf64> {
  %0 = tensornet.contract %a[i, j], %x[j] -> [i]
       : (tensor<3x4xf64>, tensor<4xf64>) -> tensor<3xf64>
  return %0 : tensor<3xf64>
}

// OPTION-LABEL: func.func @by_option(
// OPTION-SAME: %[[A:.+]]: tensor<3x4xf64>, %[[X:.+]]: tensor<4xf64>, %[[T:.+]]: tensor<4xf64>)
// OPTION-DAG: %[[Y:.+]] = tensornet.contract %[[A]][i, j], %[[X]][j] -> [i]
// OPTION-DAG: %[[D:.+]] = tensornet.contract %[[A]][i, j], %[[T]][j] -> [i]
// OPTION: return %[[Y]], %[[D]]

// CHECK-LABEL: func.func @vjp(
// CHECK-SAME: %[[A:.+]]: tensor<3x4xf64>, %[[X:.+]]: tensor<4xf64>, %[[C:.+]]: tensor<3xf64>
func.func @vjp(%a: tensor<3x4xf64>, %x: tensor<4xf64>, %c: tensor<3xf64>)
    -> (tensor<3x4xf64>, tensor<4xf64>) {
  // CHECK-DAG: %[[DA:.+]] = tensornet.contract %[[C]][i], %[[X]][j] -> [i, j]
  // CHECK-DAG: %[[DX:.+]] = tensornet.contract %[[C]][i], %[[A]][i, j] -> [j]
  // CHECK: return %[[DA]], %[[DX]]
  %0:3 = tensornet.vjp @matvec(%a, %x) cotangents(%c) wrt [0, 1]
      : (tensor<3x4xf64>, tensor<4xf64>, tensor<3xf64>)
      -> (tensor<3xf64>, tensor<3x4xf64>, tensor<4xf64>)
  return %0#1, %0#2 : tensor<3x4xf64>, tensor<4xf64>
}

// CHECK-LABEL: func.func @jvp(
// CHECK-SAME: %[[A:.+]]: tensor<3x4xf64>, %[[X:.+]]: tensor<4xf64>, %[[T:.+]]: tensor<4xf64>
func.func @jvp(%a: tensor<3x4xf64>, %x: tensor<4xf64>, %t: tensor<4xf64>)
    -> tensor<3xf64> {
  // CHECK: %[[D:.+]] = tensornet.contract %[[A]][i, j], %[[T]][j] -> [i]
  // CHECK: return %[[D]]
  %0:2 = tensornet.jvp @matvec(%a, %x) tangents(%t) wrt [1]
      : (tensor<3x4xf64>, tensor<4xf64>, tensor<4xf64>) -> (tensor<3xf64>, tensor<3xf64>)
  return %0#1 : tensor<3xf64>
}

// The Jacobian of a product with a matrix is the matrix; nothing is computed.
// CHECK-LABEL: func.func @jacobian(
// CHECK-SAME: %[[A:.+]]: tensor<3x4xf64>, %[[X:.+]]: tensor<4xf64>
func.func @jacobian(%a: tensor<3x4xf64>, %x: tensor<4xf64>) -> tensor<3x4xf64> {
  // CHECK-NEXT: return %[[A]]
  %0 = tensornet.jacobian @matvec(%a, %x) wrt [1]
      : (tensor<3x4xf64>, tensor<4xf64>) -> tensor<3x4xf64>
  return %0 : tensor<3x4xf64>
}

func.func @quadratic(%x: tensor<4xf64>, %a: tensor<4x4xf64>) -> tensor<f64> {
  %0 = tensornet.contract %x[i], %a[i, j], %x[j] -> []
       : (tensor<4xf64>, tensor<4x4xf64>, tensor<4xf64>) -> tensor<f64>
  return %0 : tensor<f64>
}

// A + A', without x.
// CHECK-LABEL: func.func @hessian(
// CHECK-SAME: %[[X:.+]]: tensor<4xf64>, %[[A:.+]]: tensor<4x4xf64>
func.func @hessian(%x: tensor<4xf64>, %a: tensor<4x4xf64>) -> tensor<4x4xf64> {
  // CHECK-NOT: %[[X]]
  // CHECK: %[[T:.+]] = tensornet.contract %[[A]][i, j] -> [j, i]
  // CHECK: %[[H:.+]] = arith.addf %{{.+}}, %{{.+}}
  // CHECK-NOT: tensornet.contract
  // CHECK: return %[[H]]
  %0 = tensornet.hessian @quadratic(%x, %a) wrt [0]
      : (tensor<4xf64>, tensor<4x4xf64>) -> tensor<4x4xf64>
  return %0 : tensor<4x4xf64>
}

// A request in a function that is differentiated itself: the derivative of the
// gradient in a direction.
func.func @gradient(%x: tensor<4xf64>, %a: tensor<4x4xf64>) -> tensor<4xf64> {
  %0:2 = tensornet.value_and_grad @quadratic(%x, %a) wrt [0]
      : (tensor<4xf64>, tensor<4x4xf64>) -> (tensor<f64>, tensor<4xf64>)
  return %0#1 : tensor<4xf64>
}

// CHECK-LABEL: func.func @hessian_vector_product(
// CHECK-SAME: %[[X:.+]]: tensor<4xf64>, %[[A:.+]]: tensor<4x4xf64>, %[[V:.+]]: tensor<4xf64>
func.func @hessian_vector_product(%x: tensor<4xf64>, %a: tensor<4x4xf64>,
                                  %v: tensor<4xf64>) -> tensor<4xf64> {
  // CHECK-DAG: tensornet.contract %[[V]][i], %[[A]][i, j] -> [j]
  // CHECK-DAG: tensornet.contract %[[V]][i], %[[A]][j, i] -> [j]
  %0:2 = tensornet.jvp @gradient(%x, %a) tangents(%v) wrt [0]
      : (tensor<4xf64>, tensor<4x4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
  return %0#1 : tensor<4xf64>
}

// Elements of a Jacobian are those of the result, whichever way it is computed.
// CHECK-LABEL: func.func @jacobian_of_halves
// CHECK: %[[ROWS:.+]] = tensornet.contract {{.*}} -> tensor<4xbf16>
// CHECK: %[[WIDE:.+]] = arith.extf %[[ROWS]] : tensor<4xbf16> to tensor<4xf32>
// CHECK: return %[[WIDE]]
func.func private @product_of_halves(%a: tensor<4xbf16>, %b: tensor<4xf32>) -> tensor<f32> {
  %c = tensornet.contract %a[i], %b[i] -> [] : (tensor<4xbf16>, tensor<4xf32>) -> tensor<f32>
  return %c : tensor<f32>
}
func.func @jacobian_of_halves(%a: tensor<4xbf16>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %j = tensornet.jacobian @product_of_halves(%a, %b) wrt [0] : (tensor<4xbf16>, tensor<4xf32>) -> tensor<4xf32>
  return %j : tensor<4xf32>
}
