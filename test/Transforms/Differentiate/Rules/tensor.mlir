// RUN: tn-opt %s --tensornet-differentiate="function=reshaped mode=jacobian" | FileCheck %s --check-prefix=RESHAPED
// RUN: tn-opt %s --tensornet-differentiate="function=sliced mode=vjp" --canonicalize | FileCheck %s --check-prefix=SLICED
// RUN: tn-opt %s --tensornet-differentiate="function=element mode=vjp" --canonicalize | FileCheck %s --check-prefix=ELEMENT
// RUN: tn-opt %s --tensornet-differentiate="function=inserted mode=vjp" --canonicalize | FileCheck %s --check-prefix=INSERTED
// RUN: tn-opt %s --tensornet-differentiate="function=joined mode=vjp" --canonicalize | FileCheck %s --check-prefix=JOINED
// RUN: tn-opt %s --tensornet-differentiate="function=spread mode=vjp" --canonicalize | FileCheck %s --check-prefix=SPREAD

// Every batch dimension is a group of its own.
// RESHAPED-LABEL: func.func @reshaped_jacobian
// RESHAPED:         tensor.expand_shape %{{.+}} {{\[}}[0], [1], [2, 3], [4]] output_shape [%{{.+}}, 4, %{{.+}}, 3, 4] : tensor<?x4x?x4xf32> into tensor<?x4x?x3x4xf32>
func.func @reshaped(%x: tensor<?x3x4xf32>) -> tensor<?x4xf32> {
  %0 = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x3x4xf32> into tensor<?x4xf32>
  %1 = math.exp %0 : tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// SLICED-LABEL: func.func @sliced_vjp
// SLICED-SAME:    %[[C:[^:,]+]]: tensor<4xf32>)
// SLICED:         %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : tensor<6x4xf32>
// SLICED:         %[[DX:.+]] = tensor.insert_slice %[[C]] into %[[ZERO]][1, 0] [1, 4] [1, 1]
// SLICED:         return %{{.+}}, %[[DX]]
func.func @sliced(%x: tensor<6x4xf32>) -> tensor<4xf32> {
  %0 = tensor.extract_slice %x[1, 0] [1, 4] [1, 1] : tensor<6x4xf32> to tensor<4xf32>
  return %0 : tensor<4xf32>
}

// ELEMENT-LABEL: func.func @element_vjp
// ELEMENT-SAME:    %[[I:[^:,]+]]: index, %[[C:[^:,]+]]: f32)
// ELEMENT:         %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : tensor<6xf32>
// ELEMENT:         %[[SCALAR:.+]] = tensor.from_elements %[[C]] : tensor<f32>
// ELEMENT:         tensor.insert_slice %[[SCALAR]] into %[[ZERO]][%[[I]]] [1] [1]
func.func @element(%x: tensor<6xf32>, %i: index) -> f32 {
  %0 = tensor.extract %x[%i] : tensor<6xf32>
  return %0 : f32
}

// What is written over has no influence.
// INSERTED-LABEL: func.func @inserted_vjp
// INSERTED-SAME:    %[[C:[^:,]+]]: tensor<6xf32>)
// INSERTED:         %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : tensor<2xf32>
// INSERTED-DAG:     %[[PART:.+]] = tensor.extract_slice %[[C]][3] [2] [1]
// INSERTED-DAG:     %[[REST:.+]] = tensor.insert_slice %[[ZERO]] into %[[C]][3] [2] [1]
// INSERTED:         return %{{.+}}, %[[PART]], %[[REST]]
func.func @inserted(%x: tensor<2xf32>, %y: tensor<6xf32>) -> tensor<6xf32> {
  %0 = tensor.insert_slice %x into %y[3] [2] [1] : tensor<2xf32> into tensor<6xf32>
  return %0 : tensor<6xf32>
}

// JOINED-LABEL: func.func @joined_vjp
// JOINED-SAME:    %[[X:[^:,]+]]: tensor<?xf32>, %[[Y:[^:,]+]]: tensor<3xf32>, %[[C:[^:,]+]]: tensor<?xf32>)
// JOINED:         %[[SIZE:.+]] = tensor.dim %[[X]]
// JOINED-DAG:     tensor.extract_slice %[[C]][0] [%[[SIZE]]] [1]
// JOINED-DAG:     tensor.extract_slice %[[C]][%[[SIZE]]] [3] [1]
func.func @joined(%x: tensor<?xf32>, %y: tensor<3xf32>) -> tensor<?xf32> {
  %0 = tensor.concat dim(0) %x, %y : (tensor<?xf32>, tensor<3xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// SPREAD-LABEL: func.func @spread_vjp
// SPREAD-SAME:    %[[C:[^:,]+]]: tensor<2x?xf32>)
// SPREAD:         tensornet.contract %[[C]][i, j] -> [] : (tensor<2x?xf32>) -> tensor<f32>
func.func @spread(%x: f32, %n: index) -> tensor<2x?xf32> {
  %0 = tensor.splat %x[%n] : tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}
