// Compiled code is kept in a folder, whole programs and kernels alike.

// RUN: rm -rf %t && mkdir %t
// RUN: tn-run %s --entry=f --cache=%t/code --verbose --time=1 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: tn-run %s --entry=f --cache=%t/code --verbose --time=1 2>&1 | FileCheck %s --check-prefix=AGAIN
// RUN: env TENSORNET_CACHE=%t/code tn-run %s --entry=f --verbose --time=1 2>&1 | FileCheck %s --check-prefix=AGAIN
// FIRST: tn-run: remark: compiled 2 of 2 parts of the program
// FIRST-NEXT: tn-run: remark: passes took {{[0-9.]+}} ms of processor time
// FIRST-NEXT: tn-run: remark: a part took {{[0-9.]+}} ms of processor time, {{[0-9]+}} bytes
// FIRST-NEXT: tn-run: remark: a part took {{[0-9.]+}} ms of processor time, {{[0-9]+}} bytes
// FIRST: "cached": false
// AGAIN: tn-run: remark: the program came from the cache
// AGAIN: "cached": true

// Another program with the same product, twice.
// RUN: tn-run %s --entry=g --cache=%t/code --verbose 2>&1 | FileCheck %s --check-prefix=PART
// PART: tn-run: remark: compiled 1 of 2 parts of the program

// Options belong to a program.
// RUN: tn-run %s --entry=f --cache=%t/code --verbose --pipeline=plain 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: tn-run: remark: compiled 1 of 1 parts of the program

// Damaged entries are compiled again.
// RUN: %python -c "import pathlib; [p.write_bytes(p.read_bytes()[:-9]) for p in pathlib.Path('%t/code').glob('llvmcache-*')]"
// RUN: tn-run %s --entry=f --cache=%t/code --verbose --time=1 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: tn-run %s --entry=f --cache=%t/code --verbose --time=1 2>&1 | FileCheck %s --check-prefix=AGAIN

// RUN: tn-run --clear-cache --cache=%t/code | count 0
// RUN: tn-run %s --entry=f --cache=%t/code --verbose --time=1 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: tn-run %s --entry=f --cache=%t/code --clear-cache --verbose --time=1 2>&1 | FileCheck %s --check-prefix=FIRST

// RUN: tn-run %s --entry=f --cache=off --verbose --time=1 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: tn-run %s --entry=f --cache=off --verbose --time=1 2>&1 | FileCheck %s --check-prefix=FIRST

// A run goes on without a folder.
// RUN: tn-run %s --entry=f --cache=%s 2>&1 | FileCheck %s --check-prefix=QUIET
// RUN: tn-run %s --entry=f --cache=%s --verbose 2>&1 | FileCheck %s --check-prefix=NONE
// QUIET-NOT: remark
// QUIET: result0: 8x8xf32
// NONE: tn-run: remark: cache folder '{{.*}}cache.mlir': {{.+}}
// NONE: result0: 8x8xf32

// RUN: not tn-run 2>&1 | FileCheck %s --check-prefix=PROGRAM
// RUN: not tn-run %s 2>&1 | FileCheck %s --check-prefix=ENTRY
// RUN: not tn-run --clear-cache --cache=%t/code --entry=f 2>&1 | FileCheck %s --check-prefix=LONELY
// PROGRAM: tn-run: error: expected a program
// ENTRY: tn-run: error: expected --entry=NAME
// LONELY: tn-run: error: --entry needs a program
func.func @f(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

func.func @g(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %c: tensor<8x8xf32>)
    -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = tensornet.contract %b[i, j], %c[j, k] -> [i, k] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0, %1 : tensor<8x8xf32>, tensor<8x8xf32>
}
