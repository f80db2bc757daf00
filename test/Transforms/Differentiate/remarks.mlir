// RUN: tn-opt %s --tensornet-differentiate --remarks-filter=tensornet-differentiate --remark-format=emitRemark 2>&1 >%t | FileCheck %s

// The order of a contraction, with and without gradients.
// CHECK: remarks.mlir:[[#@LINE+7]]:{{.*}}[Passed] ContractionOrder | Category:tensornet-differentiate
// CHECK-SAME: Multiplications=24, MultiplicationsIncoming=24, MultiplicationsWithGradients=72, Order="((0 1) 2)"
// What of the function is on active paths.
// CHECK: remarks.mlir:[[#@LINE+9]]:{{.*}}[Analysis] Activity | Category:tensornet-differentiate | Function=chain
// CHECK-SAME: ActiveOps=2, Arguments="0, 1, 2", Function=chain, Ops=2
// CHECK-SAME: Results=0
func.func @chain(%a: tensor<2x2xf32>, %b: tensor<2x2xf32>, %c: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k], %c[k, l] -> [i, l] : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

func.func @chain_gradients(%a: tensor<2x2xf32>, %b: tensor<2x2xf32>, %c: tensor<2x4xf32>, %y: tensor<2x4xf32>) -> tensor<2x2xf32> {
  %0:4 = tensornet.vjp @chain(%a, %b, %c) cotangents(%y) wrt [0, 1, 2] : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x4xf32>, tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x4xf32>)
  return %0#1 : tensor<2x2xf32>
}

func.func @square(%x: tensor<f32>) -> tensor<f32> {
  %0 = tensornet.contract %x[], %x[] -> [] : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

func.func private @cube(%x: tensor<f32>) -> tensor<f32> attributes {no_inline} {
  %0 = tensornet.contract %x[], %x[], %x[] -> [] : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// What became of the calls.
// CHECK: remarks.mlir:[[#@LINE+5]]:{{.*}}[Passed] CallInlined | Category:tensornet-differentiate
// CHECK-SAME: Callee=square
// CHECK: remarks.mlir:[[#@LINE+4]]:{{.*}}[Passed] DerivativeFunction | Category:tensornet-differentiate
// CHECK-SAME: Callee=cube, Function=cube_vjp_0
func.func @calls(%x: tensor<f32>) -> tensor<f32> {
  %0 = call @square(%x) : (tensor<f32>) -> tensor<f32>
  %1 = call @cube(%0) : (tensor<f32>) -> tensor<f32>
  return %1 : tensor<f32>
}

func.func @gradient(%x: tensor<f32>) -> tensor<f32> {
  %0:2 = tensornet.value_and_grad @calls(%x) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  return %0#1 : tensor<f32>
}
