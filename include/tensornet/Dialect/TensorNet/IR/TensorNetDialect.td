//===- TensorNetDialect.td - The tensornet dialect ---------*- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_TENSORNETDIALECT
#define TENSORNET_DIALECT_TENSORNET_IR_TENSORNETDIALECT

include "mlir/IR/OpBase.td"

def TensorNet_Dialect : Dialect {
  let name = "tensornet";
  let cppNamespace = "::mlir::tensornet";
  let summary = "tensor-network programs and their derivatives";
  let description = [{
    One computational op, `tensornet.contract`, sums products of tensors over
    explicit indices: matrix products, transposes, traces, diagonals,
    broadcasts, deltas, convolutions and masks are all written with it, and it
    is closed under differentiation. Derivative requests
    (`tensornet.value_and_grad`, `vjp`, `jvp`, `jacobian`, `hessian`) are ops
    too and are expanded by `--tensornet-differentiate`. Everything that is not
    multilinear stays in upstream dialects (`arith`, `math`, `tensor`,
    `linalg`, `func`).

    Derivatives follow one convention: cotangents pair with tangents as
    `Re(sum conj(ybar) * dy)`, so the gradient with respect to a complex
    argument is `d/dRe + i d/dIm`.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::complex::ComplexDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

#endif // TENSORNET_DIALECT_TENSORNET_IR_TENSORNETDIALECT
