// RUN: tn-opt %s --tensornet-differentiate="function=sum mode=vjp" --canonicalize | FileCheck %s --check-prefix=SUM
// RUN: tn-opt %s --tensornet-differentiate="function=product mode=vjp" --canonicalize | FileCheck %s --check-prefix=PRODUCT
// RUN: tn-opt %s --tensornet-differentiate="function=quotient mode=vjp wrt=1" --canonicalize | FileCheck %s --check-prefix=QUOTIENT
// RUN: tn-opt %s --tensornet-differentiate="function=maximum mode=vjp wrt=0" --canonicalize | FileCheck %s --check-prefix=MAXIMUM
// RUN: tn-opt %s --tensornet-differentiate="function=choice mode=vjp wrt=1" --canonicalize | FileCheck %s --check-prefix=CHOICE
// RUN: tn-opt %s --tensornet-differentiate="function=narrow mode=vjp" --canonicalize | FileCheck %s --check-prefix=NARROW
// RUN: tn-opt %s --tensornet-differentiate="function=product mode=jacobian wrt=0" --canonicalize | FileCheck %s --check-prefix=BATCH

// Partial derivatives that are 1 are not multiplied by.
// SUM-LABEL: func.func @sum_vjp
// SUM-SAME:    %[[X:[^:]+]]: tensor<4xf32>, %[[Y:[^:]+]]: tensor<4xf32>, %[[C:[^:]+]]: tensor<4xf32>
// SUM:         %[[SUM:.+]] = arith.addf %[[X]], %[[Y]] : tensor<4xf32>
// SUM-NEXT:    return %[[SUM]], %[[C]], %[[C]]
func.func @sum(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.addf %x, %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A partial derivative that is an operand is that operand.
// PRODUCT-LABEL: func.func @product_vjp
// PRODUCT-SAME:    %[[X:[^:]+]]: tensor<4xf32>, %[[Y:[^:]+]]: tensor<4xf32>, %[[C:[^:]+]]: tensor<4xf32>
// PRODUCT:         %[[PRODUCT:.+]] = arith.mulf %[[X]], %[[Y]] : tensor<4xf32>
// PRODUCT-DAG:     %[[DX:.+]] = tensornet.contract %[[Y]][i], %[[C]][i] -> [i]
// PRODUCT-DAG:     %[[DY:.+]] = tensornet.contract %[[X]][i], %[[C]][i] -> [i]
// PRODUCT:         return %[[PRODUCT]], %[[DX]], %[[DY]]

// The Jacobian is diagonal.
// BATCH-LABEL: func.func @product_jacobian
// BATCH-SAME:    %[[Y:[^:,]+]]: tensor<4xf32>)
// BATCH:         tensornet.contract %[[Y]][i] -> [i, i] : (tensor<4xf32>) -> tensor<4x4xf32>
func.func @product(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.mulf %x, %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The result is shared: d(x/y)/dy = -(result / y).
// QUOTIENT-LABEL: func.func @quotient_vjp
// QUOTIENT-SAME:    %[[X:[^:]+]]: tensor<?xf32>, %[[Y:[^:]+]]: tensor<?xf32>, %[[C:[^:]+]]: tensor<?xf32>
// QUOTIENT:         %[[RESULT:.+]] = arith.divf %[[X]], %[[Y]] : tensor<?xf32>
// QUOTIENT:         %[[RATIO:.+]] = arith.divf %[[RESULT]], %[[Y]] fastmath<reassoc,contract>
// QUOTIENT:         %[[DY:.+]] = tensornet.contract %{{.+}}[], %[[RATIO]][i], %[[C]][i] -> [i]
// QUOTIENT:         return %[[RESULT]], %[[DY]]
func.func @quotient(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %0 = arith.divf %x, %y : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Ties share the cotangent equally.
// MAXIMUM-LABEL: func.func @maximum_vjp
// MAXIMUM-SAME:    %[[X:[^:]+]]: f64, %[[Y:[^:]+]]: f64, %[[C:[^:]+]]: f64
// MAXIMUM-DAG:     %[[HALF:.+]] = arith.constant 5.000000e-01 : f64
// MAXIMUM-DAG:     %[[ONE:.+]] = arith.constant 1.000000e+00 : f64
// MAXIMUM-DAG:     %[[ZERO:.+]] = arith.constant 0.000000e+00 : f64
// MAXIMUM-DAG:     %[[WINS:.+]] = arith.cmpf ugt, %[[X]], %[[Y]]
// MAXIMUM-DAG:     %[[TIES:.+]] = arith.cmpf oeq, %[[X]], %[[Y]]
// MAXIMUM:         %[[SHARE:.+]] = arith.select %[[TIES]], %[[HALF]], %[[ZERO]]
// MAXIMUM:         arith.select %[[WINS]], %[[ONE]], %[[SHARE]]
func.func @maximum(%x: f64, %y: f64) -> f64 {
  %0 = arith.maximumf %x, %y : f64
  return %0 : f64
}

// A scalar condition makes a scalar mask.
// CHOICE-LABEL: func.func @choice_vjp
// CHOICE-SAME:    %[[CONDITION:[^:]+]]: i1, %{{[^:]+}}: tensor<4xf32>, %{{[^:]+}}: tensor<4xf32>, %[[C:[^:]+]]: tensor<4xf32>
// CHOICE:         %[[MASK:.+]] = arith.select %[[CONDITION]], %{{.+}}, %{{.+}} : f32
// CHOICE:         %[[TENSOR:.+]] = tensor.from_elements %[[MASK]] : tensor<f32>
// CHOICE:         tensornet.contract %[[TENSOR]][], %[[C]][i] -> [i]
func.func @choice(%c: i1, %x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.select %c, %x, %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A cotangent has the element type of its value.
// NARROW-LABEL: func.func @narrow_vjp
// NARROW-SAME:    %[[C:[^:,]+]]: tensor<4xf16>)
// NARROW:         %[[DX:.+]] = arith.extf %[[C]] : tensor<4xf16> to tensor<4xf32>
// NARROW:         return %{{.+}}, %[[DX]]
func.func @narrow(%x: tensor<4xf32>) -> tensor<4xf16> {
  %0 = arith.truncf %x : tensor<4xf32> to tensor<4xf16>
  return %0 : tensor<4xf16>
}
