// RUN: tn-opt %s --tensornet-differentiate="function=total mode=vjp" --canonicalize | FileCheck %s --check-prefix=TOTAL
// RUN: tn-opt %s --tensornet-differentiate="function=largest mode=vjp" --canonicalize | FileCheck %s --check-prefix=LARGEST
// RUN: tn-opt %s --tensornet-differentiate="function=largest_of_all mode=vjp" --canonicalize | FileCheck %s --check-prefix=NEUTRAL
// RUN: tn-opt %s --tensornet-differentiate="function=matmul mode=vjp" --canonicalize | FileCheck %s --check-prefix=MATMUL
// RUN: tn-opt %s --tensornet-differentiate="function=convolution mode=vjp wrt=0" --canonicalize | FileCheck %s --check-prefix=CONV

// TOTAL-LABEL: func.func @total_vjp
// TOTAL-SAME:    %[[C:[^:,]+]]: tensor<4xf32>)
// TOTAL:         %[[DX:.+]] = tensornet.contract %[[C]][i] -> [j, i] : (tensor<4xf32>) -> tensor<6x4xf32>
// TOTAL:         return %{{.+}}, %[[DX]], %[[C]]
func.func @total(%x: tensor<6x4xf32>, %init: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.reduce { arith.addf } ins(%x : tensor<6x4xf32>)
      outs(%init : tensor<4xf32>) dimensions = [0]
  return %0 : tensor<4xf32>
}

// Elements that equal the extreme share the cotangent, the init among them.
// LARGEST-LABEL: func.func @largest_vjp
// LARGEST-SAME:    %[[X:[^:,]+]]: tensor<6x4xf32>, %[[INIT:[^:,]+]]: tensor<6xf32>, %[[C:[^:,]+]]: tensor<6xf32>)
// LARGEST:         %[[Y:.+]] = linalg.reduce
// LARGEST:         %[[ALL:.+]] = tensornet.contract %[[Y]][i] -> [i, j]
// LARGEST:         %[[EQUAL:.+]] = arith.cmpf oeq, %[[X]], %[[ALL]]
// LARGEST:         %[[MASK:.+]] = arith.uitofp %[[EQUAL]]
// LARGEST:         %[[SUM:.+]] = tensornet.contract %[[MASK]][i, j] -> [i]
// LARGEST:         %[[INIT_EQUAL:.+]] = arith.cmpf oeq, %[[INIT]], %[[Y]]
// LARGEST:         %[[INIT_MASK:.+]] = arith.uitofp %[[INIT_EQUAL]]
// LARGEST:         %[[COUNT:.+]] = arith.addf %[[SUM]], %[[INIT_MASK]]
// LARGEST:         %[[WEIGHT:.+]] = arith.divf %{{.+}}, %[[COUNT]]
// LARGEST:         tensornet.contract %[[MASK]][i, j], %[[WEIGHT]][i], %[[C]][i] -> [i, j]
// LARGEST:         tensornet.contract %[[INIT_MASK]][i], %[[WEIGHT]][i], %[[C]][i] -> [i]
func.func @largest(%x: tensor<6x4xf32>, %init: tensor<6xf32>) -> tensor<6xf32> {
  %0 = linalg.reduce { arith.maximumf } ins(%x : tensor<6x4xf32>)
      outs(%init : tensor<6xf32>) dimensions = [1]
  return %0 : tensor<6xf32>
}

// A neutral init takes no part.
// NEUTRAL-LABEL: func.func @largest_of_all_vjp
// NEUTRAL-COUNT-1: arith.cmpf oeq
// NEUTRAL-NOT:     arith.cmpf
func.func @largest_of_all(%x: tensor<6x4xf32>) -> tensor<6xf32> {
  %least = arith.constant dense<0xFF800000> : tensor<6xf32>
  %0 = linalg.reduce { arith.maximumf } ins(%x : tensor<6x4xf32>)
      outs(%least : tensor<6xf32>) dimensions = [1]
  return %0 : tensor<6xf32>
}

// MATMUL-LABEL: func.func @matmul_vjp
// MATMUL-SAME:    %[[X:[^:,]+]]: tensor<?x3xf16>, %[[Y:[^:,]+]]: tensor<3x?xf16>, %[[Z:[^:,]+]]: tensor<?x?xf32>, %[[C:[^:,]+]]: tensor<?x?xf32>)
// MATMUL-DAG:     %[[DX:.+]] = tensornet.contract %[[Y]][i, j], %[[C]][k, j] -> [k, i] : (tensor<3x?xf16>, tensor<?x?xf32>) -> tensor<?x3xf16>
// MATMUL-DAG:     %[[DY:.+]] = tensornet.contract %[[X]][i, j], %[[C]][i, k] -> [j, k] : (tensor<?x3xf16>, tensor<?x?xf32>) -> tensor<3x?xf16>
// MATMUL:         return %{{.+}}, %[[DX]], %[[DY]], %[[C]]
func.func @matmul(%x: tensor<?x3xf16>, %y: tensor<3x?xf16>, %z: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = linalg.matmul ins(%x, %y : tensor<?x3xf16>, tensor<3x?xf16>)
      outs(%z : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CONV-LABEL: func.func @convolution_vjp
// CONV-SAME:    %[[K:[^:,]+]]: tensor<3xf32>, %{{[^:,]+}}: tensor<3xf32>, %[[C:[^:,]+]]: tensor<3xf32>)
// CONV:         tensornet.contract %[[K]][i], %[[C]][j] -> [i + j] : (tensor<3xf32>, tensor<3xf32>) -> tensor<5xf32>
func.func @convolution(%x: tensor<5xf32>, %k: tensor<3xf32>, %z: tensor<3xf32>) -> tensor<3xf32> {
  %0 = linalg.conv_1d ins(%x, %k : tensor<5xf32>, tensor<3xf32>)
      outs(%z : tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
