// Element types in files.

// f16, integers and complex numbers come back as they are; bf16 travels as
// float32 and is rounded where it is read.
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c 'import numpy as np; np.save("%t/wide.npy", np.array([1.0, 1.00390625, 1.01171875], np.float32)); np.save("%t/double.npy", np.array([1.0, 1.00390625, 1.01171875]))'
// RUN: tn-run %s --entry=bf16 --input=0:%t/wide.npy --output=%t | FileCheck %s --check-prefix=BF16
// RUN: tn-run %s --entry=bf16 --input=0:%t/double.npy | FileCheck %s --check-prefix=BF16
// BF16: result0: 3xbf16 [1, 1, 1.01562]
// RUN: %python -c 'import numpy as np; a = np.load("%t/result0.npy"); assert a.dtype == np.float32 and a[2] == 1.015625'
func.func @bf16(%a: tensor<3xbf16>) -> tensor<3xbf16> {
  return %a : tensor<3xbf16>
}

// RUN: tn-run %s --entry=all --output=%t/all --seed=3
// RUN: tn-run %s --entry=all --seed=4 --output=%t/other --input=0:%t/all/result0.npy --input=1:%t/all/result1.npy \
// RUN:   --input=2:%t/all/result2.npy --input=3:%t/all/result3.npy --input=4:%t/all/result4.npy --expect=0:%t/all/result0.npy \
// RUN:   --expect=1:%t/all/result1.npy --expect=2:%t/all/result2.npy --expect=3:%t/all/result3.npy --expect=4:%t/all/result4.npy --tolerance=0
// RUN: %python -c 'import numpy as np; print([str(np.load("%t/other/result%%d.npy" %% i).dtype) for i in range(5)])' | FileCheck %s --check-prefix=TYPES
// TYPES: ['float16', 'int8', 'complex64', 'bool', 'int64']
func.func @all(%a: tensor<2xf16>, %b: tensor<3x2xi8>, %c: complex<f32>, %d: tensor<5xi1>, %e: tensor<2xindex>)
    -> (tensor<2xf16>, tensor<3x2xi8>, complex<f32>, tensor<5xi1>, tensor<2xindex>) {
  return %a, %b, %c, %d, %e : tensor<2xf16>, tensor<3x2xi8>, complex<f32>, tensor<5xi1>, tensor<2xindex>
}

// Fortran order.
// RUN: %python -c 'import numpy as np; np.save("%t/fortran.npy", np.asfortranarray(np.arange(6.0).reshape(2, 3)))'
// RUN: tn-run %s --entry=fortran --input=0:%t/fortran.npy | FileCheck %s --check-prefix=FORTRAN
// FORTRAN: result0: 2x3xf64 [0, 1, 2, 3, 4, 5]
func.func @fortran(%a: tensor<2x3xf64>) -> tensor<2x3xf64> {
  return %a : tensor<2x3xf64>
}
