// RUN: tn-opt %s --tensornet-vector-functions=vector-width=128 | FileCheck %s --check-prefix=TYPES
// RUN: tn-opt %s --tensornet-vector-functions=vector-width=512 | FileCheck %s
// RUN: tn-opt %s --tensornet-vector-functions=vector-width=256 | FileCheck %s --check-prefix=NARROW
// RUN: tn-opt %s --tensornet-vector-functions=vector-width=512 | FileCheck %s --check-prefix=AVX512

// No instruction scales vectors of 256 bits. On those of 512 bits shorter ones
// are computed as whole ones are, with the same bits.
// NARROW-LABEL: func.func @exp
// NARROW-SAME: %[[X:.+]]: vector<8xf32>
// NARROW: arith.cmpf ogt
// NARROW: arith.cmpf olt
// NARROW-COUNT-9: math.fma
// NARROW: arith.shrsi
// NARROW-COUNT-2: arith.shli
// NARROW-NOT: math.exp
// NARROW: %[[Y:.+]] = arith.mulf {{.+}} : vector<8xf32>
// NARROW: return %[[Y]]
// AVX512-LABEL: func.func @exp(
// AVX512: vector.insert_strided_slice %arg0
// AVX512: x86vector.avx512.mask.scalef
// AVX512: vector.extract_strided_slice
func.func @exp(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.exp %x : vector<8xf32>
  return %y : vector<8xf32>
}

// NARROW-LABEL: func.func @exp2
// NARROW-COUNT-11: math.fma
// NARROW-NOT: math.exp2
func.func @exp2(%x: vector<2xf64>) -> vector<2xf64> {
  %y = math.exp2 %x : vector<2xf64>
  return %y : vector<2xf64>
}

// An odd function of its operand's size.
// CHECK-LABEL: func.func @tanh
// CHECK-SAME: %[[X:.+]]: vector<16xf32>
// CHECK: math.absf %[[X]]
// CHECK: arith.divf
// CHECK: %[[Y:.+]] = math.copysign %{{.+}}, %[[X]]
// CHECK: return %[[Y]]
func.func @tanh(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.tanh %x : vector<16xf32>
  return %y : vector<16xf32>
}

// The sum has no difference of close numbers: 1 / (1/2 + exp(-2x) / 2).
// CHECK-LABEL: func.func @one_and_tanh
// CHECK-NOT: math.absf
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.rcp14.ps.512"
// CHECK-NOT: arith.addf
// CHECK: %[[Y:.+]] = arith.select %{{.+}}, %{{.+}}, %{{.+}} : vector<16xi1>, vector<16xf32>
// CHECK-NEXT: return %[[Y]]
// NARROW-LABEL: func.func @one_and_tanh
// NARROW: arith.divf
// NARROW-NOT: arith.addf {{.*}} : vector<16xf32>
// NARROW: return
func.func @one_and_tanh(%x: vector<16xf32>) -> vector<16xf32> {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %t = math.tanh %x : vector<16xf32>
  %y = arith.addf %t, %one : vector<16xf32>
  return %y : vector<16xf32>
}

// What multiplies it by half of a number is half of it times the number.
// CHECK-LABEL: func.func @half_of_one_and_tanh
// CHECK-SAME: %{{.+}}: vector<16xf32>, %[[Z:.+]]: vector<16xf32>
// CHECK: x86vector.avx512.mask.scalef
// CHECK: math.fma %{{.+}}, %{{.+}}, %[[ONE:.+]] : vector<16xf32>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.rcp14.ps.512"
// CHECK: %[[SUM:.+]] = arith.select
// CHECK-NOT: arith.mulf
// CHECK: %[[Y:.+]] = arith.mulf %[[Z]], %[[SUM]]
// CHECK-NEXT: return %[[Y]]
func.func @half_of_one_and_tanh(%x: vector<16xf32>, %z: vector<16xf32>) -> vector<16xf32> {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %half = arith.constant dense<0.5> : vector<16xf32>
  %t = math.tanh %x : vector<16xf32>
  %s = arith.addf %one, %t : vector<16xf32>
  %h = arith.mulf %z, %half : vector<16xf32>
  %y = arith.mulf %h, %s : vector<16xf32>
  return %y : vector<16xf32>
}

// The logistic function, and what it lacks to one.
// CHECK-LABEL: func.func @half_and_half_tanh
// CHECK-NOT: math.absf
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.rcp14.pd.512"
// CHECK-NOT: arith.subf %cst
// CHECK: return
func.func @half_and_half_tanh(%x: vector<8xf64>) -> (vector<8xf64>, vector<8xf64>) {
  %half = arith.constant dense<0.5> : vector<8xf64>
  %t = math.tanh %x : vector<8xf64>
  %p = arith.mulf %t, %half : vector<8xf64>
  %y = arith.addf %p, %half : vector<8xf64>
  %q = arith.mulf %t, %half : vector<8xf64>
  %z = arith.subf %half, %q : vector<8xf64>
  return %y, %z : vector<8xf64>, vector<8xf64>
}

// CHECK-LABEL: func.func @keeps_tanh_with_other_users
// CHECK: math.absf
// CHECK: arith.addf {{.*}}%cst
// CHECK: return
func.func @keeps_tanh_with_other_users(%x: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>) {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %t = math.tanh %x : vector<16xf32>
  %y = arith.addf %t, %one : vector<16xf32>
  return %y, %t : vector<16xf32>, vector<16xf32>
}

// CHECK-LABEL: func.func @keeps_tanh_with_another_term
// CHECK: math.absf
// CHECK: return
func.func @keeps_tanh_with_another_term(%x: vector<16xf32>) -> vector<16xf32> {
  %two = arith.constant dense<2.0> : vector<16xf32>
  %t = math.tanh %x : vector<16xf32>
  %y = arith.addf %t, %two : vector<16xf32>
  return %y : vector<16xf32>
}

// Half precision is rounded once, at the end.
// CHECK-LABEL: func.func @half
// CHECK: arith.extf {{.+}} : vector<8xbf16> to vector<8xf32>
// CHECK-NOT: bf16
// CHECK: arith.truncf {{.+}} : vector<8xf32> to vector<8xbf16>
func.func @half(%x: vector<8xbf16>) -> vector<8xbf16> {
  %y = math.exp %x : vector<8xbf16>
  return %y : vector<8xbf16>
}

// CHECK-LABEL: func.func @keeps_others
// CHECK: math.exp %{{.+}} : f32
// CHECK: math.sin %{{.+}} : vector<8xf32>
// CHECK: math.exp %{{.+}} : vector<2x8xf32>
func.func @keeps_others(%x: f32, %y: vector<8xf32>, %z: vector<2x8xf32>) -> (f32, vector<8xf32>, vector<2x8xf32>) {
  %a = math.exp %x : f32
  %b = math.sin %y : vector<8xf32>
  %c = math.exp %z : vector<2x8xf32>
  return %a, %b, %c : f32, vector<8xf32>, vector<2x8xf32>
}

// Without fused multiply-adds only the type changes.
// TYPES-LABEL: func.func @only_types
// TYPES: math.exp %arg0 : vector<4xf32>
// TYPES: %[[WIDE:.+]] = arith.extf %arg1 : vector<4xbf16> to vector<4xf32>
// TYPES: %[[RESULT:.+]] = math.tanh %[[WIDE]] : vector<4xf32>
// TYPES: arith.truncf %[[RESULT]] : vector<4xf32> to vector<4xbf16>
func.func @only_types(%x: vector<4xf32>, %y: vector<4xbf16>) -> (vector<4xf32>, vector<4xbf16>) {
  %0 = math.exp %x : vector<4xf32>
  %1 = math.tanh %y : vector<4xbf16>
  return %0, %1 : vector<4xf32>, vector<4xbf16>
}

// One instruction scales the vectors of AVX-512, and only where the target has it.
// NARROW-LABEL: func.func @scaled
// NARROW-NOT: x86vector
// AVX512-LABEL: func.func @scaled
// AVX512: x86vector.avx512.mask.scalef
func.func @scaled(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp2 %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// What is at most zero needs no bound from above.
// AVX512-LABEL: func.func @bounded
// AVX512: arith.cmpf
// AVX512-NOT: arith.cmpf
// AVX512: return
func.func @bounded(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x {tensornet.bounded} : vector<16xf32>
  return %0 : vector<16xf32>
}
