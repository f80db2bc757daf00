// RUN: tn-opt %examples/digits/digits.mlir | tn-opt | FileCheck %s
// RUN: tn-opt %examples/digits/digits.mlir -o %t.pretty
// RUN: tn-opt %examples/digits/digits.mlir -emit-bytecode | tn-opt | diff %t.pretty -

// CHECK-LABEL: func.func @loss
// CHECK: tensornet.stop_gradient
// CHECK-LABEL: func.func @train_step
// CHECK: tensornet.value_and_grad @loss
// CHECK-SAME: wrt [0, 1, 2, 3]
// CHECK-LABEL: func.func @predict
// CHECK-LABEL: func.func @accuracy
// CHECK: call @predict
