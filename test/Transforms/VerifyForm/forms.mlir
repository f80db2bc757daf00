// RUN: tn-opt %s -split-input-file -verify-diagnostics --tensornet-verify-form=form=pairwise

func.func @pairwise(%a: tensor<4x8xf32>, %s: tensor<f32>) -> tensor<4x4xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<4xf32>
  %0 = tensornet.contract %a[i, j], %a[k, j], %s[], %one[i - k] -> [i, k] : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<f32>, tensor<4xf32>) -> tensor<4x4xf32>
  %row = tensornet.contract %a[i, j] -> [i] : (tensor<4x8xf32>) -> tensor<4xf32>
  %1 = tensornet.contract %row[i] -> [i, k] : (tensor<4xf32>) -> tensor<4x4xf32>
  %2 = arith.addf %0, %1 : tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// -----

func.func @too_many(%a: tensor<4xf32>) -> tensor<f32> {
  // expected-error @below {{'tensornet.contract' op is not in pairwise form: it has 3 operands, 0-d and virtual ones not counted, but at most 2 are allowed}}
  %0 = tensornet.contract %a[i], %a[i], %a[i] -> [] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @private(%a: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-error @below {{'tensornet.contract' op is not in pairwise form: index 'k' is private to operand #1 of a binary contraction}}
  %0 = tensornet.contract %a[i, j], %a[i, k] -> [i, j] : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

func.func @result_only(%a: tensor<4xf32>) -> tensor<4x5xf32> {
  // expected-error @below {{'tensornet.contract' op is not in pairwise form: index 'j' is on neither operand of a binary contraction, only in its result}}
  %0 = tensornet.contract %a[i], %a[i] -> [i, j] : (tensor<4xf32>, tensor<4xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// -----

func.func @sums_and_broadcasts(%a: tensor<4x8xf32>) -> tensor<4x5xf32> {
  // expected-error @below {{'tensornet.contract' op is not in pairwise form: index 'k' is only in the result of a contraction that sums index 'j'}}
  %0 = tensornet.contract %a[i, j] -> [i, k] : (tensor<4x8xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// -----

func.func @virtual_only(%a: tensor<4xf32>) -> tensor<4xf32> {
  %one = tensornet.contract -> [u] : () -> tensor<4xf32>
  // expected-error @below {{'tensornet.contract' op is not in pairwise form: index 'j' is on neither operand of a binary contraction, only on virtual ones}}
  %0 = tensornet.contract %a[i], %a[i], %one[j - i] -> [i] extents(j = 9) : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @in_region(%c: i1, %a: tensor<4xf32>) -> tensor<f32> {
  %0 = scf.if %c -> tensor<f32> {
    // expected-error @below {{it has 3 operands}}
    %1 = tensornet.contract %a[i], %a[i], %a[i] -> [] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
    scf.yield %1 : tensor<f32>
  } else {
    %2 = tensornet.contract %a[i] -> [] : (tensor<4xf32>) -> tensor<f32>
    scf.yield %2 : tensor<f32>
  }
  return %0 : tensor<f32>
}
