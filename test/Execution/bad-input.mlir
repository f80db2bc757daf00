// Every mistake gets one clear line, a non-zero exit, and no output.

// RUN: rm -rf %t && mkdir %t && echo text > %t/text.npy
// RUN: tn-run %s --entry=f --shape=1:2x4 --output=%t/good
// RUN: head -c 100 %t/good/result0.npy > %t/short.npy

// RUN: not tn-run %s --entry=g 2>&1 | FileCheck %s --check-prefix=ENTRY
// ENTRY: tn-run: error: {{.*}}bad-input.mlir: the program has no function @g
// RUN: not tn-run %t/none.mlir --entry=f 2>&1 | FileCheck %s --check-prefix=PROGRAM
// PROGRAM: tn-run: error: cannot open input file '{{.*}}none.mlir': No such file or directory
// RUN: not tn-run %t/text.npy --entry=f 2>&1 | FileCheck %s --check-prefix=SYNTAX
// SYNTAX: text.npy:1:1: error:
// RUN: not tn-run %s --entry=external 2>&1 | FileCheck %s --check-prefix=EXTERNAL
// EXTERNAL: tn-run: error: {{.*}}: function @external has no body
// RUN: not tn-run %s --entry=calls 2>&1 | FileCheck %s --check-prefix=CALLS
// CALLS: bad-input.mlir:[[#]]:1: error: function @external is called but has no body
// RUN: not tn-run %s --entry=vector 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: error: argument #0 of @vector has type 'vector<4xf32>'; expected a scalar or ranked tensor of

// RUN: not tn-run %s --entry=f --input=0 2>&1 | FileCheck %s --check-prefix=FORM
// FORM: tn-run: error: --input=0: expected NUMBER:FILE.npy
// RUN: not tn-run %s --entry=f --input=0:a.npy --input=0:b.npy 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: tn-run: error: --input=0:b.npy: expected number 0 at most once
// RUN: not tn-run %s --entry=f --input=2:a.npy 2>&1 | FileCheck %s --check-prefix=WHICH
// WHICH: tn-run: error: input #2: the function takes 2 inputs
// RUN: not tn-run %s --entry=f --shape=1:2x4 --expect=1:a.npy 2>&1 | FileCheck %s --check-prefix=RESULT
// RESULT: tn-run: error: result #1: the function returns 1 results
// RUN: not tn-run %s --entry=f --input=0:%t/none.npy 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: tn-run: error: input #0: {{.*}}none.npy: cannot be read: No such file or directory
// RUN: not tn-run %s --entry=f --input=0:%t/text.npy 2>&1 | FileCheck %s --check-prefix=TEXT
// TEXT: tn-run: error: input #0: {{.*}}text.npy: expected
// RUN: not tn-run %s --entry=f --input=0:%t/short.npy 2>&1 | FileCheck %s --check-prefix=SHORT
// SHORT: tn-run: error: input #0: {{.*}}short.npy: expected
// RUN: not tn-run %s --entry=ints --input=0:%t/good/result0.npy 2>&1 | FileCheck %s --check-prefix=ELEMENT
// ELEMENT: tn-run: error: input #0: {{.*}}result0.npy: expected elements of type int32 for i32, found float32
// RUN: not tn-run %s --entry=f --input=1:%t/good/result0.npy 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: tn-run: error: input #1: {{.*}}result0.npy: expected shape (2, ?), found (4, 4)

// MLIR folds x xor x to a constant of the type of x, whatever its size is.
// RUN: not tn-run %s --entry=zeros --shape=0:4 2>&1 | FileCheck %s --check-prefix=ZEROS
// ZEROS: bad-input.mlir:[[#]]:8: error: a constant of type 'memref<?xi8>' has no size; zeros of a size of the run are made by tensor.splat or arith.subi

// RUN: not tn-run %s --entry=f 2>&1 | FileCheck %s --check-prefix=DYNAMIC
// DYNAMIC: tn-run: error: input #1: type 2x?xf32 needs --shape or --input
// RUN: not tn-run %s --entry=f --shape=1:3x4 2>&1 | FileCheck %s --check-prefix=EXTENT
// EXTENT: tn-run: error: input #1: expected a shape of type 2x?xf32, found 3x4xf32
// RUN: not tn-run %s --entry=f --shape=1:2x 2>&1 | FileCheck %s --check-prefix=DIGITS
// DIGITS: tn-run: error: --shape=1:2x: expected NUMBER:4x8
// RUN: not tn-run %s --entry=checked --shape=0:3 --shape=1:4 2>&1 | FileCheck %s --check-prefix=CHECKED
// CHECKED: tn-run: error: {{.*}}bad-input.mlir:[[#]]:8: index 'i' has extent 3 in operand #0 but 4 in operand #1

// RUN: not tn-run %s --entry=f --shape=1:2x1000000000000000 2>&1 | FileCheck %s --check-prefix=MEMORY
// MEMORY: tn-run: error: input #1: cannot allocate 2x1000000000000000xf32: cannot allocate 8000000000000000 bytes
// RUN: not tn-run %s --entry=f --shape=1:2x9223372036854775807 2>&1 | FileCheck %s --check-prefix=RANGE
// RANGE: tn-run: error: input #1: the size of 2x9223372036854775807xf32 is out of range
// RUN: not tn-run %s --entry=huge 2>&1 | FileCheck %s --check-prefix=HUGE
// HUGE: error: argument #0 of @huge has type 'tensor<1152921504606846976xf32>', which no memory holds
// RUN: not tn-run %s --entry=huge_inside --pipeline=plain 2>&1 | FileCheck %s --check-prefix=INSIDE
// INSIDE: bad-input.mlir:[[#]]:8: error: an intermediate of type 1048576x1048576x1048576xf32 is larger than any memory
// RUN: not tn-run %s --entry=large_inside --pipeline=plain 2>&1 | FileCheck %s --check-prefix=LARGE
// LARGE: tn-run: error: cannot allocate {{[0-9]+}} bytes for an intermediate

// RUN: not tn-run %s --entry=f --shape=1:2x4 --output=%t/text.npy 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: tn-run: error: {{.*}}text.npy
// RUN: not tn-run %s --entry=f --shape=1:2x4 --output=/proc/none 2>&1 | FileCheck %s --check-prefix=UNWRITABLE
// UNWRITABLE: tn-run: error: /proc/none: cannot make the folder: No such file or directory

// RUN: not tn-run %s --entry=f --wrt=0 2>&1 | FileCheck %s --check-prefix=WRT
// WRT: tn-run: error: --wrt needs --derivative
// RUN: not tn-run %s --entry=f --check-gradient 2>&1 | FileCheck %s --check-prefix=GRADIENT
// GRADIENT: tn-run: error: --check-gradient needs --derivative
// RUN: not tn-run %s --entry=f --derivative=value_and_grad 2>&1 | FileCheck %s --check-prefix=SCALAR
// SCALAR: error: {{.*}}the first result of the function has type 'tensor<4x?xf32>'; expected a real scalar or 0-d tensor
// RUN: not tn-run %s --entry=ints --derivative=vjp --wrt=0 2>&1 | FileCheck %s --check-prefix=INTEGER
// INTEGER: error: {{.*}}argument #0 has type 'tensor<4xi32>'; only floating and complex
// RUN: not tn-run %s --entry=f --derivative=vjp --wrt=2 2>&1 | FileCheck %s --check-prefix=ARGUMENT
// ARGUMENT: error: {{.*}}wrt names argument #2 but the function has 2 arguments
// RUN: not tn-run %s --entry=f --tolerance=-1 2>&1 | FileCheck %s --check-prefix=TOLERANCE
// TOLERANCE: tn-run: error: --tolerance: expected a finite number that is not negative
// RUN: not tn-run %s --entry=f --tolerance= 2>&1 | FileCheck %s --check-prefix=WITHOUT
// WITHOUT: for the --tolerance option: expected a number
// RUN: not tn-run %s --entry=f --time=0 2>&1 | FileCheck %s --check-prefix=TIME
// TIME: tn-run: error: --time=0: expected a positive number
// RUN: printf '2\n0\n' | not tn-run %s --entry=f --shape=1:2x3 --time-turns 2>&1 | FileCheck %s --check-prefix=TURNS
// TURNS: "repeats": 2
// TURNS: tn-run: error: standard input: expected a positive number of calls, found '0'

func.func @f(%a: tensor<4x2xf32>, %b: tensor<2x?xf32>) -> tensor<4x?xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k] : (tensor<4x2xf32>, tensor<2x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

func.func @ints(%a: tensor<4xi32>) -> tensor<4xi32> {
  return %a : tensor<4xi32>
}

func.func private @external(tensor<4xf32>) -> tensor<4xf32>

func.func @calls(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @external(%a) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

func.func @vector(%a: vector<4xf32>) {
  return
}

func.func @checked(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %b[i] -> [] : (tensor<?xf32>, tensor<?xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

func.func @huge(%a: tensor<1152921504606846976xf32>) {
  return
}

func.func @huge_inside(%a: tensor<1048576xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %a[j], %a[k] -> [i, j, k]
       : (tensor<1048576xf32>, tensor<1048576xf32>, tensor<1048576xf32>) -> tensor<1048576x1048576x1048576xf32>
  %1 = math.exp %0 : tensor<1048576x1048576x1048576xf32>
  %2 = tensornet.contract %1[i, j, k] -> [] : (tensor<1048576x1048576x1048576xf32>) -> tensor<f32>
  return %2 : tensor<f32>
}

func.func @large_inside(%a: tensor<1048576xf32>) -> tensor<f32> {
  %0 = tensornet.contract %a[i], %a[j] -> [i, j] : (tensor<1048576xf32>, tensor<1048576xf32>) -> tensor<1048576x1048576xf32>
  %1 = math.exp %0 : tensor<1048576x1048576xf32>
  %2 = tensornet.contract %1[i, j] -> [] : (tensor<1048576x1048576xf32>) -> tensor<f32>
  return %2 : tensor<f32>
}

func.func @zeros(%x: tensor<?xi8>) -> tensor<?xi8> {
  %0 = arith.xori %x, %x : tensor<?xi8>
  return %0 : tensor<?xi8>
}
