// RUN: not tn-run %s --entry=two --shape=0:3 --shape=1:4 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: not tn-run %s --entry=two --shape=0:3 --shape=1:4 --pipeline=plain 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: not tn-run %s --entry=diagonal --shape=0:4x5 2>&1 | FileCheck %s --check-prefix=DIAGONAL
// RUN: not tn-run %s --entry=result --shape=0:7x2 2>&1 | FileCheck %s --check-prefix=RESULT
// RUN: not tn-run %s --entry=negative 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not tn-run %s --entry=huge --shape=0:100000 --pipeline=plain 2>&1 | FileCheck %s --check-prefix=HUGE

// A failed check names what differs, and both values.
// TWO: tn-run: error: {{.*}}check-values.mlir:[[#@LINE+2]]:{{[0-9]+}}: index 'i' has extent 3 in operand #0 but 4 in operand #1
func.func @two(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %b[i] -> [] : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// DIAGONAL: tn-run: error: {{.*}}index 'i' has extent 4 in operand #0 but 5 in operand #0
func.func @diagonal(%a: tensor<?x?xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i, i] -> [] : (tensor<?x?xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// RESULT: tn-run: error: {{.*}}index 'i' has extent 8 in the result but 7 in operand #0
func.func @result(%a: tensor<?x2xf32>) -> tensor<8xf32> {
  %0 = tensornet.contract %a[i, j] -> [i] : (tensor<?x2xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// NEGATIVE: tn-run: error: {{.*}}negative size: dimension 1 of the result is -3
func.func @negative(%a: tensor<4xf32>) -> tensor<4x?xf32> {
  %n = arith.constant -3 : index
  %0 = tensornet.contract %a[i] -> [i, j] sizes(%n) : (tensor<4xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// HUGE: tn-run: error: {{.*}}an intermediate of type 100000x100000x100000x100000xf32 is larger than any memory
func.func @huge(%a: tensor<?xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %a[j], %a[k], %a[l] -> [i, j, k, l]
       : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?x?x?x?xf32>
  %1 = math.exp %0 : tensor<?x?x?x?xf32>
  %2 = tensornet.contract %1[i, j, k, l] -> [] : (tensor<?x?x?x?xf32>) -> tensor<f32>
  return %2 : tensor<f32>
}
