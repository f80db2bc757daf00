// RUN: not tn-run %s --entry=product --shape=0:4x8 --shape=1:9x3 --pipeline=plain 2>&1 | FileCheck %s --check-prefix=DIFFERS
// RUN: not tn-run %s --entry=product --shape=0:4x8 --shape=1:9x3 2>&1 | FileCheck %s --check-prefix=DIFFERS
// RUN: tn-run %s --entry=product --shape=0:4x8 --shape=1:8x3 --pipeline=plain | FileCheck %s --check-prefix=AGREES

// DIFFERS: run-time-checks.mlir:[[#@LINE+4]]:{{.*}}index 'j' has extent 8 in operand #0 but 9 in operand #1
// AGREES: 4x3
func.func @product(%a: tensor<?x?xf64>, %b: tensor<?x?xf64>) -> tensor<?x?xf64> {
  // The location of the failed check is that of the op.
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
       : (tensor<?x?xf64>, tensor<?x?xf64>) -> tensor<?x?xf64>
  return %0 : tensor<?x?xf64>
}
