// RUN: not tn-opt %s --tensornet-differentiate="function=missing" 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not tn-opt %s --tensornet-differentiate="function=f mode=gradient" 2>&1 | FileCheck %s --check-prefix=MODE
// RUN: not tn-opt %s --tensornet-differentiate="function=f wrt=3" 2>&1 | FileCheck %s --check-prefix=WRT
// RUN: not tn-opt %s --tensornet-differentiate="function=f name=taken" 2>&1 | FileCheck %s --check-prefix=TAKEN
// RUN: not tn-opt %s --tensornet-differentiate="function=integers wrt=0 mode=vjp" 2>&1 | FileCheck %s --check-prefix=INTEGER

// MISSING: error: tensornet-differentiate: the module has no function @missing
// MODE: error: tensornet-differentiate: unknown mode 'gradient'; expected value_and_grad, vjp, jvp, jacobian or hessian
// WRT: error: tensornet-differentiate: wrt names argument #3 but the function has 1 arguments
// TAKEN: error: tensornet-differentiate: the name @taken is taken; choose another with name=
// INTEGER: error: tensornet-differentiate: argument #0 has type 'tensor<4xi32>'; only floating and complex

func.func @f(%x: f32) -> f32 {
  return %x : f32
}
func.func @taken(%x: f32) -> f32 {
  return %x : f32
}
func.func @integers(%x: tensor<4xi32>, %y: f32) -> f32 {
  return %y : f32
}
