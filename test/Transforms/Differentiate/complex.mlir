// RUN: tn-opt %s --tensornet-differentiate="function=f mode=vjp" | FileCheck %s

// The operand that is not conjugated: the cotangent enters plain and the other
// flags flip. The conjugated operand: the cotangent enters conjugated, the other
// flags stay.
// CHECK-LABEL: func.func @f_vjp(
// CHECK-SAME: %[[A:[^:]+]]: tensor<2x3xcomplex<f32>>, %[[B:[^:]+]]: tensor<3x4xcomplex<f32>>, %[[Y:[^:]+]]: tensor<2x4xcomplex<f32>>
// CHECK-DAG: tensornet.contract %[[Y]][i, j], %[[B]][k, j] -> [i, k]
// CHECK-DAG: tensornet.contract conj %[[Y]][i, j], %[[A]][i, k] -> [k, j]
func.func @f(%a: tensor<2x3xcomplex<f32>>, %b: tensor<3x4xcomplex<f32>>)
    -> tensor<2x4xcomplex<f32>> {
  %0 = tensornet.contract %a[i, j], conj %b[j, k] -> [i, k]
       : (tensor<2x3xcomplex<f32>>, tensor<3x4xcomplex<f32>>) -> tensor<2x4xcomplex<f32>>
  return %0 : tensor<2x4xcomplex<f32>>
}
