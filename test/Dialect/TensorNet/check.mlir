// RUN: tn-opt %s | tn-opt | FileCheck %s
// RUN: tn-opt %s --mlir-print-op-generic | tn-opt | FileCheck %s
// RUN: tn-opt %s --canonicalize | FileCheck %s --check-prefix=FOLDED

// CHECK-LABEL: func.func @check
func.func @check(%c: i1, %m: index, %n: index) {
  // CHECK: tensornet.check %arg0, "no"
  tensornet.check %c, "no"
  // CHECK: tensornet.check %arg0, "{1} is not {0}"(%arg1, %arg2)
  tensornet.check %c, "{1} is not {0}"(%m, %n)
  return
}

// FOLDED-LABEL: func.func @holds
// FOLDED-NEXT: return
func.func @holds(%m: index) {
  %true = arith.constant true
  tensornet.check %true, "{0} is wrong"(%m)
  return
}

// FOLDED-LABEL: func.func @fails
// FOLDED: tensornet.check
func.func @fails() {
  %false = arith.constant false
  tensornet.check %false, "no"
  return
}
