// RUN: tn-opt %s --tensornet-plan --tensornet-verify-form=form=pairwise | FileCheck %s

// A B costs more than B x, but only once.
// CHECK-LABEL: func.func @hoists(
// CHECK-SAME: %[[A:.+]]: tensor<8x8xf32>, %[[B:.+]]: tensor<8x8xf32>
// CHECK: %[[AB:.+]] = tensornet.contract %[[A]][i, j], %[[B]][j, k] -> [i, k]
// CHECK: scf.for
// CHECK-SAME: iter_args(%[[X:.+]] = %{{.+}})
// CHECK-NEXT: %[[R:.+]] = tensornet.contract %[[AB]][i, j], %[[X]][j] -> [i]
// CHECK-NEXT: scf.yield %[[R]]
func.func @hoists(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %x0: tensor<8xf32>) -> tensor<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c50 = arith.constant 50 : index
  %r = scf.for %t = %c0 to %c50 step %c1 iter_args(%x = %x0) -> tensor<8xf32> {
    %0 = tensornet.contract %a[i, j], %b[j, k], %x[k] -> [i] : (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
    scf.yield %0 : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}

// Two trips do not pay for it.
// CHECK-LABEL: func.func @keeps_short_loops(
// CHECK: scf.for
// CHECK-COUNT-2: tensornet.contract
// CHECK: scf.yield
func.func @keeps_short_loops(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %x0: tensor<8xf32>) -> tensor<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %r = scf.for %t = %c0 to %c2 step %c1 iter_args(%x = %x0) -> tensor<8xf32> {
    %0 = tensornet.contract %a[i, j], %b[j, k], %x[k] -> [i] : (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
    scf.yield %0 : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}

// CHECK-LABEL: func.func @while_loop(
// CHECK: %[[AB:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k]
// CHECK: scf.while
// CHECK: do
// CHECK: tensornet.contract %[[AB]][i, j], %{{.+}}[j] -> [i]
func.func @while_loop(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %x0: tensor<8xf32>, %limit: f32) -> tensor<8xf32> {
  %c0 = arith.constant 0 : index
  %r = scf.while (%x = %x0) : (tensor<8xf32>) -> tensor<8xf32> {
    %first = tensor.extract %x[%c0] : tensor<8xf32>
    %go = arith.cmpf olt, %first, %limit : f32
    scf.condition(%go) %x : tensor<8xf32>
  } do {
  ^bb0(%x: tensor<8xf32>):
    %0 = tensornet.contract %b[i, j], %x[j] -> [i] : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %1 = tensornet.contract %a[i, j], %0[j] -> [i] : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
    scf.yield %1 : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}

// A B goes in front of both loops, A B x in front of the inner one.
// CHECK-LABEL: func.func @nested(
// CHECK: %[[AB:.+]] = tensornet.contract %{{.+}}[i, j], %{{.+}}[j, k] -> [i, k]
// CHECK: scf.for {{.*}} iter_args(%[[X:.+]] = %{{.+}})
// CHECK: %[[ABX:.+]] = tensornet.contract %[[AB]][i, j], %[[X]][j, k] -> [i, k]
// CHECK: scf.for
// CHECK: tensornet.contract %[[ABX]][i, j], %{{.+}}[j] -> [i]
func.func @nested(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %x0: tensor<8x8xf32>, %y0: tensor<8xf32>) -> tensor<8x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c50 = arith.constant 50 : index
  %r = scf.for %s = %c0 to %c50 step %c1 iter_args(%x = %x0) -> tensor<8x8xf32> {
    %v = scf.for %t = %c0 to %c50 step %c1 iter_args(%y = %y0) -> tensor<8xf32> {
      %0 = tensornet.contract %a[i, j], %b[j, k], %x[k, l], %y[l] -> [i] : (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<8xf32>
      scf.yield %0 : tensor<8xf32>
    }
    %1 = tensornet.contract %x[i, j], %v[j] -> [i, j] : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
    scf.yield %1 : tensor<8x8xf32>
  }
  return %r : tensor<8x8xf32>
}
