// RUN: tn-opt %s --tensornet-differentiate="function=exponential mode=vjp" --canonicalize | FileCheck %s --check-prefix=EXP
// RUN: tn-opt %s --tensornet-differentiate="function=tanh mode=vjp" --canonicalize | FileCheck %s --check-prefix=TANH
// RUN: tn-opt %s --tensornet-differentiate="function=magnitude mode=vjp" --canonicalize | FileCheck %s --check-prefix=ABS
// RUN: tn-opt %s --tensornet-differentiate="function=square mode=vjp" --canonicalize | FileCheck %s --check-prefix=SQUARE
// RUN: tn-opt %s --tensornet-differentiate="function=rounded mode=vjp" --canonicalize | FileCheck %s --check-prefix=ROUNDED

// The result is its own derivative and is computed once.
// EXP-LABEL: func.func @exponential_vjp
// EXP-SAME:    %[[X:[^:]+]]: tensor<4xf32>, %[[C:[^:]+]]: tensor<4xf32>
// EXP:         %[[Y:.+]] = math.exp %[[X]] : tensor<4xf32>
// EXP-NEXT:    %[[DX:.+]] = tensornet.contract %[[Y]][i], %[[C]][i] -> [i]
// EXP-NEXT:    return %[[Y]], %[[DX]]
func.func @exponential(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = math.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// TANH-LABEL: func.func @tanh_vjp
// TANH-SAME:    %[[X:[^:]+]]: tensor<4xf32>, %[[C:[^:]+]]: tensor<4xf32>
// TANH-DAG:     %[[ONE:.+]] = arith.constant dense<1.000000e+00> : tensor<4xf32>
// TANH-DAG:     %[[Y:.+]] = math.tanh %[[X]] : tensor<4xf32>
// TANH:         %[[YY:.+]] = arith.mulf %[[Y]], %[[Y]] fastmath<reassoc,contract>
// TANH:         %[[SLOPE:.+]] = arith.subf %[[ONE]], %[[YY]] fastmath<reassoc,contract>
// TANH:         tensornet.contract %[[SLOPE]][i], %[[C]][i] -> [i]
func.func @tanh(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = math.tanh %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The sign, and 0 at 0.
// ABS-LABEL: func.func @magnitude_vjp
// ABS-SAME:    %[[X:[^:]+]]: f32
// ABS-DAG:     %[[ZERO:.+]] = arith.constant 0.000000e+00 : f32
// ABS-DAG:     %[[ONE:.+]] = arith.constant 1.000000e+00 : f32
// ABS-DAG:     %[[AT_ZERO:.+]] = arith.cmpf oeq, %[[X]], %[[ZERO]]
// ABS-DAG:     %[[SIGN:.+]] = math.copysign %[[ONE]], %[[X]]
// ABS:         arith.select %[[AT_ZERO]], %[[ZERO]], %[[SIGN]]
func.func @magnitude(%x: f32) -> f32 {
  %0 = math.absf %x : f32
  return %0 : f32
}

// A constant exponent needs no guard for 0^0, and a small one no power.
// SQUARE-LABEL: func.func @square_vjp
// SQUARE-SAME:    %[[X:[^:]+]]: tensor<4xf32>, %[[C:[^:]+]]: tensor<4xf32>
// SQUARE:         %[[Y:.+]] = math.powf %[[X]]
// SQUARE-NEXT:    %[[DX:.+]] = tensornet.contract %{{.+}}[], %[[X]][i], %[[C]][i] -> [i]
// SQUARE-NEXT:    return %[[Y]], %[[DX]]
func.func @square(%x: tensor<4xf32>) -> tensor<4xf32> {
  %two = arith.constant dense<2.0> : tensor<4xf32>
  %0 = math.powf %x, %two : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A step function stops the derivative: no work is done for it.
// ROUNDED-LABEL: func.func @rounded_vjp
// ROUNDED-DAG:     %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : tensor<4xf32>
// ROUNDED-DAG:     %[[Y:.+]] = math.floor
// ROUNDED-NOT:     tensornet.contract
// ROUNDED:         return %[[Y]], %[[ZERO]]
func.func @rounded(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = math.exp %x : tensor<4xf32>
  %1 = math.floor %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}
