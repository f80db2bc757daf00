// Derivatives of every mode agree with central differences, and wrong ones do
// not pass.

// RUN: tn-run %s --entry=loss --derivative=value_and_grad --check-gradient | FileCheck %s --check-prefix=GRAD
// GRAD: result0: f32
// GRAD-NEXT: result1: 3x4xf32
// GRAD-NEXT: result2: 4xf32
// GRAD-NEXT: gradient check: 16 derivatives, largest error {{.*}}e-{{.*}}, tolerance 1e-05
func.func @loss(%w: tensor<3x4xf32>, %x: tensor<4xf32>) -> f32 {
  %0 = tensornet.contract %w[i, j], %x[j] -> [i] : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<3xf32>
  %1 = math.tanh %0 : tensor<3xf32>
  %2 = tensornet.contract %1[i], %1[i] -> [] : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  %3 = tensor.extract %2[] : tensor<f32>
  return %3 : f32
}

// RUN: tn-run %s --entry=loss --derivative=value_and_grad --wrt=1 --check-gradient | FileCheck %s --check-prefix=WRT
// WRT: gradient check: 4 derivatives

// RUN: tn-run %s --entry=loss --derivative=hessian --check-gradient | FileCheck %s --check-prefix=HESSIAN
// HESSIAN: result0: 3x4x3x4xf32
// HESSIAN-NEXT: result1: 3x4x4xf32
// HESSIAN-NEXT: result2: 4x3x4xf32
// HESSIAN-NEXT: result3: 4x4xf32
// HESSIAN-NEXT: gradient check: 256 derivatives

// RUN: tn-run %s --entry=layer --derivative=vjp --check-gradient | FileCheck %s --check-prefix=VJP
// VJP: result0: 3xf64
// VJP-NEXT: result1: 3x4xf64
// VJP-NEXT: gradient check: 12 derivatives
// RUN: tn-run %s --entry=layer --derivative=jvp --check-gradient | FileCheck %s --check-prefix=JVP
// JVP: gradient check: 3 derivatives
// RUN: tn-run %s --entry=layer --derivative=jacobian --check-gradient | FileCheck %s --check-prefix=JACOBIAN
// JACOBIAN: result0: 3x3x4xf64
// JACOBIAN-NEXT: gradient check: 36 derivatives
func.func @layer(%w: tensor<3x4xf64>, %n: tensor<3xi32>) -> tensor<3xf64> {
  %0 = tensornet.contract %w[i, j], %w[i, j] -> [i] : (tensor<3x4xf64>, tensor<3x4xf64>) -> tensor<3xf64>
  %1 = math.log1p %0 : tensor<3xf64>
  return %1 : tensor<3xf64>
}

// Both parts of a complex argument are perturbed.
// RUN: tn-run %s --entry=complex --derivative=vjp --check-gradient | FileCheck %s --check-prefix=COMPLEX
// COMPLEX: gradient check: 12 derivatives
// RUN: tn-run %s --entry=complex --derivative=jvp --check-gradient
func.func @complex(%a: tensor<2x3xcomplex<f32>>) -> tensor<2x2xcomplex<f32>> {
  %0 = tensornet.contract %a[i, j], conj %a[k, j], %a[k, j] -> [i, k]
       : (tensor<2x3xcomplex<f32>>, tensor<2x3xcomplex<f32>>, tensor<2x3xcomplex<f32>>) -> tensor<2x2xcomplex<f32>>
  return %0 : tensor<2x2xcomplex<f32>>
}

// Large arguments are sampled: 16 directions and 16 entries.
// RUN: tn-run %s --entry=large --derivative=value_and_grad --check-gradient | FileCheck %s --check-prefix=LARGE
// LARGE: gradient check: 32 derivatives
func.func @large(%a: tensor<30x20xf16>) -> tensor<f32> {
  %0 = tensornet.contract %a[i, j], %a[i, j] -> [] : (tensor<30x20xf16>, tensor<30x20xf16>) -> tensor<f32>
  return %0 : tensor<f32>
}

// The derivative of a stopped gradient is not that of the program.
// RUN: not tn-run %s --entry=stopped --derivative=value_and_grad --check-gradient --output=%t.none 2>&1 | FileCheck %s --check-prefix=STOPPED
// RUN: not ls %t.none
// STOPPED: gradient check: 2 derivatives, largest error
// STOPPED-NEXT: tn-run: error: gradient check: argument #0, entry [{{[01]}}]: derivative {{.*}}, difference
func.func @stopped(%a: tensor<2xf64>) -> tensor<f64> {
  %0 = tensornet.stop_gradient %a : tensor<2xf64>
  %1 = tensornet.contract %a[i], %0[i] -> [] : (tensor<2xf64>, tensor<2xf64>) -> tensor<f64>
  return %1 : tensor<f64>
}
