// RUN: tn-run %s --entry=loop --seed=3 --pipeline=plain --output=%t
// RUN: tn-run %s --entry=unrolled --seed=3 --pipeline=plain --expect=0:%t/result0.npy
// RUN: tn-run %s --entry=loop --seed=3 --expect=0:%t/result0.npy

// An extent computed in a loop, and a loop that carries what its body makes.
func.func @loop(%x: tensor<5x4xf64>) -> tensor<4xf64> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %z = arith.constant dense<0.0> : tensor<4xf64>
  %r = scf.for %t = %c0 to %c5 step %c1 iter_args(%acc = %z) -> tensor<4xf64> {
    %n = arith.addi %t, %c1 : index
    %s = tensornet.contract %x[i, j] -> [j] extents(i = %n) : (tensor<5x4xf64>) -> tensor<4xf64>
    %a = arith.addf %s, %acc : tensor<4xf64>
    scf.yield %a : tensor<4xf64>
  }
  return %r : tensor<4xf64>
}

func.func @unrolled(%x: tensor<5x4xf64>) -> tensor<4xf64> {
  %w = arith.constant dense<[5.0, 4.0, 3.0, 2.0, 1.0]> : tensor<5xf64>
  %s = tensornet.contract %x[i, j], %w[i] -> [j] : (tensor<5x4xf64>, tensor<5xf64>) -> tensor<4xf64>
  return %s : tensor<4xf64>
}
