// RUN: tn-opt %s --tensornet-narrow-doubles | FileCheck %s

// CHECK-LABEL: func.func @to_bf16(
// CHECK-SAME: %[[X:.+]]: f64
// CHECK: %[[F:.+]] = arith.truncf %[[X]] : f64 to f32
// CHECK: %[[BACK:.+]] = arith.extf %[[F]] : f32 to f64
// CHECK: arith.cmpf ogt
// CHECK: arith.subi
// CHECK: %[[LOST:.+]] = arith.cmpf one, %[[BACK]], %[[X]]
// CHECK: arith.ori
// CHECK: arith.truncf %{{.+}} : f32 to bf16
func.func @to_bf16(%x: f64) -> bf16 {
  %0 = arith.truncf %x : f64 to bf16
  return %0 : bf16
}

// CHECK-LABEL: func.func @vector_to_f16
// CHECK: arith.truncf %{{.+}} : vector<4xf32> to vector<4xf16>
func.func @vector_to_f16(%x: vector<4xf64>) -> vector<4xf16> {
  %0 = arith.truncf %x : vector<4xf64> to vector<4xf16>
  return %0 : vector<4xf16>
}

// CHECK-LABEL: func.func @keeps_to_f32
// CHECK-NEXT: arith.truncf %{{.+}} : f64 to f32
// CHECK-NEXT: return
func.func @keeps_to_f32(%x: f64) -> f32 {
  %0 = arith.truncf %x : f64 to f32
  return %0 : f32
}
