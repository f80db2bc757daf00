// RUN: not tn-tune 2>&1 | FileCheck %s --check-prefix=PROGRAM
// PROGRAM: tn-tune: error: expected a program
// RUN: not tn-tune %s 2>&1 | FileCheck %s --check-prefix=ENTRY
// ENTRY: tn-tune: error: expected --entry=NAME
// RUN: not tn-tune %t.missing --entry=f 2>&1 | FileCheck %s --check-prefix=FILE
// FILE: tn-tune: error: cannot open input file '{{.*}}.missing'
// RUN: not tn-tune %s --entry=g --cache=off 2>&1 | FileCheck %s --check-prefix=FUNCTION
// FUNCTION: tn-tune: error: {{.*}}bad-input.mlir: the program has no function @g
// RUN: not tn-tune %s --entry=f --wrt=0 2>&1 | FileCheck %s --check-prefix=WRT
// WRT: tn-tune: error: --wrt needs --derivative
// RUN: not tn-tune %s --entry=f --derivative=value_and_grad --cache=off 2>&1 | FileCheck %s --check-prefix=SCALAR
// SCALAR: error: {{.*}}scalar
// RUN: not tn-tune %s --entry=f --rounds=0 2>&1 | FileCheck %s --check-prefix=ROUNDS
// ROUNDS: tn-tune: error: --rounds=0: expected a positive number
// RUN: not tn-tune %s --entry=f --threads=0 2>&1 | FileCheck %s --check-prefix=THREADS
// THREADS: tn-tune: error: --threads=0: expected a positive number
// RUN: not tn-tune %s --entry=f --seconds=-1 2>&1 | FileCheck %s --check-prefix=SECONDS
// SECONDS: tn-tune: error: --seconds: expected a number that is not negative
// RUN: not tn-tune %s --entry=f --seconds= 2>&1 | FileCheck %s --check-prefix=NUMBER
// NUMBER: for the --seconds option: expected a number
// RUN: not tn-tune %s --entry=f --cache=%s 2>&1 | FileCheck %s --check-prefix=CACHE
// CACHE: tn-tune: error: cache folder '{{.*}}bad-input.mlir/tuned': {{.+}}
// RUN: not tn-tune %s --entry=f --cache=off --steps=0 --output=%t.missing/a.mlir 2>&1 | FileCheck %s --check-prefix=OUTPUT
// OUTPUT: tn-tune: error: {{.*}}a.mlir: cannot be written: No such file or directory
// RUN: not tn-tune %s --entry=f --cache=off --steps=0 --output=/dev/full 2>&1 | FileCheck %s --check-prefix=FULL
// FULL: tn-tune: error: /dev/full: cannot be written: No space left on device
// RUN: echo 'func.func @f(' | not tn-tune - --entry=f 2>&1 | FileCheck %s --check-prefix=SYNTAX
// SYNTAX: error: expected
func.func @f(%a: tensor<32x32xf32>, %b: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  return %0 : tensor<32x32xf32>
}
