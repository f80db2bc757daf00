// RUN: tn-opt %s --tensornet-fuse-elementwise | FileCheck %s

#i = affine_map<(d0) -> (d0)>
#ij = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// A chain becomes one op.
// CHECK-LABEL: func.func @chain
// CHECK: linalg.generic
// CHECK: arith.addf
// CHECK-NEXT: arith.mulf
// CHECK-NOT: linalg.generic
func.func @chain(%a: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#i, #i, #i], iterator_types = ["parallel"]}
    ins(%a, %b : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#i, #i, #i], iterator_types = ["parallel"]}
    ins(%0, %b : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.mulf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// A result that is needed again comes out of the same loops.
// CHECK-LABEL: func.func @two_uses
// CHECK: %[[R:.+]]:2 = linalg.generic
// CHECK: math.exp
// CHECK: arith.negf
// CHECK: return %[[R]]#{{[01]}}, %[[R]]#{{[01]}}
func.func @two_uses(%a: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]}
    ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = math.exp %x : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]}
    ins(%0 : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = arith.negf %x : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// What is costly is not computed once per column.
// CHECK-LABEL: func.func @costly_broadcast
// CHECK: linalg.generic
// CHECK: math.exp
// CHECK: linalg.generic
func.func @costly_broadcast(%a: tensor<8xf32>, %b: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %f = tensor.empty() : tensor<8x4xf32>
  %0 = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]}
    ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = math.exp %x : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#row, #ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%0, %b : tensor<8xf32>, tensor<8x4xf32>) outs(%f : tensor<8x4xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.mulf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<8x4xf32>
  return %1 : tensor<8x4xf32>
}

// An intermediate that dies is written over.
// CHECK-LABEL: func.func @in_place
// CHECK: %[[C:.+]] = tensornet.contract_into
// CHECK: linalg.generic {{.*}} ins(%[[C]] : {{.*}}) outs(%[[C]] :
func.func @in_place(%a: tensor<8x8xf32>, %z: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %c = tensornet.contract_into %a[i, j], %a[j, k] -> [i, k] outs(%z)
    : (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x8xf32>
  %1 = linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
    ins(%c : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = math.exp %x : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %1 : tensor<8x8xf32>
}

// One of two results could be taken over, but not both at once.
// CHECK-LABEL: func.func @keeps_producer_of_two_operands
// CHECK: %[[P:.+]]:2 = linalg.generic
// CHECK: linalg.generic {{.*}} ins(%[[P]]#0, %[[P]]#1
func.func @keeps_producer_of_two_operands(%x: tensor<8xf32>, %e: tensor<8xf32>)
    -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %p, %q = linalg.generic {indexing_maps = [#i, #i, #i], iterator_types = ["parallel"]}
      ins(%x : tensor<8xf32>) outs(%e, %e : tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%in: f32, %out0: f32, %out1: f32):
    %0 = math.exp %in : f32
    %1 = math.sin %in : f32
    linalg.yield %0, %1 : f32, f32
  } -> (tensor<8xf32>, tensor<8xf32>)
  %c = linalg.generic {indexing_maps = [#i, #i, #i], iterator_types = ["parallel"]}
      ins(%p, %q : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%in0: f32, %in1: f32, %out: f32):
    %0 = arith.addf %in0, %in1 : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  return %p, %q, %c : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// What a loop carries is updated in place, and two sums that start from one
// fill start from fills of their own.
// CHECK-LABEL: func.func @sums_of_a_loop
// CHECK: %[[E0:.+]] = tensor.empty() : tensor<8xf32>
// CHECK: %[[F0:.+]] = linalg.fill ins(%{{.+}}) outs(%[[E0]]
// CHECK: %[[E1:.+]] = tensor.empty() : tensor<8xf32>
// CHECK: %[[F1:.+]] = linalg.fill ins(%{{.+}}) outs(%[[E1]]
// CHECK: scf.for {{.*}} iter_args(%[[S:.+]] = %[[F1]], %[[T:.+]] = %[[F0]])
// CHECK: linalg.generic {{.*}} outs(%[[S]] : tensor<8xf32>)
// CHECK: %[[SLICE:.+]] = tensor.extract_slice %[[T]]
// CHECK: linalg.generic {{.*}} outs(%[[SLICE]] : tensor<4xf32>)
func.func @sums_of_a_loop(%x: tensor<8xf32>, %y: tensor<4xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %e = tensor.empty() : tensor<8xf32>
  %h = tensor.empty() : tensor<4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %r:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%s = %f, %t = %f) -> (tensor<8xf32>, tensor<8xf32>) {
    %0 = linalg.generic {indexing_maps = [#i, #i, #i], iterator_types = ["parallel"]}
      ins(%x, %s : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
    ^bb0(%in0: f32, %in1: f32, %out: f32):
      %2 = arith.addf %in0, %in1 : f32
      linalg.yield %2 : f32
    } -> tensor<8xf32>
    %before = tensor.extract_slice %t[4] [4] [1] : tensor<8xf32> to tensor<4xf32>
    %1 = linalg.generic {indexing_maps = [#i, #i, #i], iterator_types = ["parallel"]}
      ins(%y, %before : tensor<4xf32>, tensor<4xf32>) outs(%h : tensor<4xf32>) {
    ^bb0(%in0: f32, %in1: f32, %out: f32):
      %2 = arith.addf %in0, %in1 : f32
      linalg.yield %2 : f32
    } -> tensor<4xf32>
    %after = tensor.insert_slice %1 into %t[4] [4] [1] : tensor<4xf32> into tensor<8xf32>
    scf.yield %0, %after : tensor<8xf32>, tensor<8xf32>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<8xf32>
}

// What is cheap and reads no more than its result is computed by all who need
// it, and never stored.
// CHECK-LABEL: func.func @repeats_cheap_producer
// CHECK-COUNT-2: arith.subf
// CHECK-NOT: arith.subf
func.func @repeats_cheap_producer(%x: tensor<8x4xf32>, %m: tensor<8xf32>)
    -> (tensor<8x4xf32>, tensor<8x4xf32>) {
  %e = tensor.empty() : tensor<8x4xf32>
  %d = linalg.generic {indexing_maps = [#ij, #row, #ij], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : tensor<8x4xf32>, tensor<8xf32>) outs(%e : tensor<8x4xf32>) {
  ^bb0(%in0: f32, %in1: f32, %out: f32):
    %0 = arith.subf %in0, %in1 : f32
    linalg.yield %0 : f32
  } -> tensor<8x4xf32>
  %a = linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
      ins(%d : tensor<8x4xf32>) outs(%e : tensor<8x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  } -> tensor<8x4xf32>
  %b = linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
      ins(%d : tensor<8x4xf32>) outs(%e : tensor<8x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.tanh %in : f32
    linalg.yield %0 : f32
  } -> tensor<8x4xf32>
  return %a, %b : tensor<8x4xf32>, tensor<8x4xf32>
}

// Two tensors would be loaded in place of one.
// CHECK-LABEL: func.func @stores_what_reads_more
// CHECK-COUNT-1: arith.subf
// CHECK-NOT: arith.subf
func.func @stores_what_reads_more(%x: tensor<8xf32>, %y: tensor<8xf32>)
    -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %d = linalg.generic {indexing_maps = [#i, #i, #i], iterator_types = ["parallel"]}
      ins(%x, %y : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%in0: f32, %in1: f32, %out: f32):
    %0 = arith.subf %in0, %in1 : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %a = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]}
      ins(%d : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %b = linalg.generic {indexing_maps = [#i, #i], iterator_types = ["parallel"]}
      ins(%d : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.tanh %in : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  return %a, %b : tensor<8xf32>, tensor<8xf32>
}

// A reduction that starts from one number starts from a fill.
// CHECK-LABEL: func.func @start
// CHECK: %[[LOW:.+]] = arith.constant 0xFF800000 : f32
// CHECK: %[[FILL:.+]] = linalg.fill ins(%[[LOW]] : f32)
// CHECK: linalg.generic {{.*}} outs(%[[FILL]] : tensor<8xf32>)
func.func @start(%x: tensor<8x4xf32>) -> tensor<8xf32> {
  %low = arith.constant dense<0xFF800000> : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#ij, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<8x4xf32>) outs(%low : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %out : f32
    linalg.yield %m : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
