// A[i, k] = sum_j B[i, j] C[j, k] * sum_l D[l, l], and its gradients.
//
//   tn-opt product-with-trace.mlir --tensornet-differentiate
//   tn-run product-with-trace.mlir --entry=all_gradients
func.func @product(%b: tensor<4x6xf64>, %c: tensor<6x5xf64>, %d: tensor<3x3xf64>)
    -> tensor<4x5xf64> {
  %a = tensornet.contract %b[i, j], %c[j, k], %d[l, l] -> [i, k]
      : (tensor<4x6xf64>, tensor<6x5xf64>, tensor<3x3xf64>) -> tensor<4x5xf64>
  return %a : tensor<4x5xf64>
}

// The cotangent of A goes back to all three. The product of B and C is formed
// once, the gradient of D is a multiple of the identity.
func.func @all_gradients(%b: tensor<4x6xf64>, %c: tensor<6x5xf64>, %d: tensor<3x3xf64>,
                         %abar: tensor<4x5xf64>)
    -> (tensor<4x5xf64>, tensor<4x6xf64>, tensor<6x5xf64>, tensor<3x3xf64>) {
  %a, %bbar, %cbar, %dbar =
      tensornet.vjp @product(%b, %c, %d) cotangents(%abar) wrt [0, 1, 2]
      : (tensor<4x6xf64>, tensor<6x5xf64>, tensor<3x3xf64>, tensor<4x5xf64>)
      -> (tensor<4x5xf64>, tensor<4x6xf64>, tensor<6x5xf64>, tensor<3x3xf64>)
  return %a, %bbar, %cbar, %dbar
      : tensor<4x5xf64>, tensor<4x6xf64>, tensor<6x5xf64>, tensor<3x3xf64>
}

// Only those of B and C: D is a constant, its trace a factor.
func.func @gradients_of_factors(%b: tensor<4x6xf64>, %c: tensor<6x5xf64>, %d: tensor<3x3xf64>,
                                %abar: tensor<4x5xf64>)
    -> (tensor<4x5xf64>, tensor<4x6xf64>, tensor<6x5xf64>) {
  %a, %bbar, %cbar =
      tensornet.vjp @product(%b, %c, %d) cotangents(%abar) wrt [0, 1]
      : (tensor<4x6xf64>, tensor<6x5xf64>, tensor<3x3xf64>, tensor<4x5xf64>)
      -> (tensor<4x5xf64>, tensor<4x6xf64>, tensor<6x5xf64>)
  return %a, %bbar, %cbar : tensor<4x5xf64>, tensor<4x6xf64>, tensor<6x5xf64>
}
