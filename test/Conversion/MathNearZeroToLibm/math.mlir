// RUN: tn-opt %s --convert-math-near-zero-to-libm | FileCheck %s

// Functions of the C library keep the digits of small arguments; other ops stay.
// CHECK-DAG: func.func private @expm1f(f32) -> f32
// CHECK-DAG: func.func private @log1p(f64) -> f64
// CHECK-LABEL: func.func @scalars(
// CHECK-SAME: %[[X:.+]]: f32, %[[Y:.+]]: f64)
// CHECK: %[[E:.+]] = call @expm1f(%[[X]]) : (f32) -> f32
// CHECK: %[[L:.+]] = call @log1p(%[[Y]]) : (f64) -> f64
// CHECK: math.exp %[[E]]
func.func @scalars(%x: f32, %y: f64) -> (f32, f64) {
  %0 = math.expm1 %x : f32
  %1 = math.log1p %y : f64
  %2 = math.exp %0 : f32
  return %2, %1 : f32, f64
}

// Halves are computed in f32: 1 + x has no more digits than they.
// CHECK-LABEL: func.func @halves(
// CHECK: %[[WIDE:.+]] = arith.extf %{{.+}} : bf16 to f32
// CHECK: %[[L:.+]] = call @log1pf(%[[WIDE]])
// CHECK: arith.truncf %[[L]] : f32 to bf16
func.func @halves(%x: bf16) -> bf16 {
  %0 = math.log1p %x : bf16
  return %0 : bf16
}
