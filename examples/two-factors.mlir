// The textbook case: z = `ijk,ip->jkp`. The gradients are contractions too:
// `jkp,ip->ijk` for x and `jkp,ijk->ip` for y.
//
//   tn-run two-factors.mlir --entry=z --derivative=vjp --wrt=0,1
func.func @z(%x: tensor<16x32x64xf32>, %y: tensor<16x128xf32>) -> tensor<32x64x128xf32> {
  %z = tensornet.contract %x[i, j, k], %y[i, p] -> [j, k, p]
      : (tensor<16x32x64xf32>, tensor<16x128xf32>) -> tensor<32x64x128xf32>
  return %z : tensor<32x64x128xf32>
}

func.func @gradients(%x: tensor<16x32x64xf32>, %y: tensor<16x128xf32>,
                     %zbar: tensor<32x64x128xf32>)
    -> (tensor<32x64x128xf32>, tensor<16x32x64xf32>, tensor<16x128xf32>) {
  %z, %xbar, %ybar = tensornet.vjp @z(%x, %y) cotangents(%zbar) wrt [0, 1]
      : (tensor<16x32x64xf32>, tensor<16x128xf32>, tensor<32x64x128xf32>)
      -> (tensor<32x64x128xf32>, tensor<16x32x64xf32>, tensor<16x128xf32>)
  return %z, %xbar, %ybar
      : tensor<32x64x128xf32>, tensor<16x32x64xf32>, tensor<16x128xf32>
}
