// RUN: tn-opt %s --convert-extremes-to-llvm | FileCheck %s

// CHECK-LABEL: func.func @scalars(
// CHECK-SAME: %[[X:.+]]: f32, %[[Y:.+]]: f32
// CHECK: %[[MAX:.+]] = llvm.intr.maximum(%[[X]], %[[Y]]) : (f32, f32) -> f32
// CHECK: llvm.intr.minimum(%[[MAX]], %[[Y]]) : (f32, f32) -> f32
func.func @scalars(%x: f32, %y: f32) -> f32 {
  %0 = arith.maximumf %x, %y : f32
  %1 = arith.minimumf %0, %y : f32
  return %1 : f32
}

// CHECK-LABEL: func.func @vectors
// CHECK: llvm.intr.maximum({{.+}}) : (vector<8xf64>, vector<8xf64>) -> vector<8xf64>
func.func @vectors(%x: vector<8xf64>, %y: vector<8xf64>) -> vector<8xf64> {
  %0 = arith.maximumf %x, %y : vector<8xf64>
  return %0 : vector<8xf64>
}

// CHECK-LABEL: func.func @keeps_flags
// CHECK: llvm.intr.maximum({{.+}}) {fastmathFlags = #llvm.fastmath<nnan, nsz>} : (f32, f32) -> f32
func.func @keeps_flags(%x: f32, %y: f32) -> f32 {
  %0 = arith.maximumf %x, %y fastmath<nnan,nsz> : f32
  return %0 : f32
}

// CHECK-LABEL: func.func @halves
// CHECK: arith.extf %{{.+}} : vector<8xbf16> to vector<8xf32>
// CHECK: arith.extf %{{.+}} : vector<8xbf16> to vector<8xf32>
// CHECK: llvm.intr.minimum({{.+}}) : (vector<8xf32>, vector<8xf32>) -> vector<8xf32>
// CHECK: arith.truncf %{{.+}} : vector<8xf32> to vector<8xbf16>
func.func @halves(%x: vector<8xbf16>, %y: vector<8xbf16>) -> vector<8xbf16> {
  %0 = arith.minimumf %x, %y : vector<8xbf16>
  return %0 : vector<8xbf16>
}

// LLVM has no vectors of several dimensions.
// CHECK-LABEL: func.func @keeps_matrices
// CHECK: arith.maximumf %{{.+}} : vector<2x8xf32>
func.func @keeps_matrices(%x: vector<2x8xf32>, %y: vector<2x8xf32>) -> vector<2x8xf32> {
  %0 = arith.maximumf %x, %y : vector<2x8xf32>
  return %0 : vector<2x8xf32>
}
