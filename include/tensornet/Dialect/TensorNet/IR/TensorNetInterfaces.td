//===- TensorNetInterfaces.td - Interfaces of the tensornet dialect *- tablegen -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_TENSORNETINTERFACES
#define TENSORNET_DIALECT_TENSORNET_IR_TENSORNETINTERFACES

include "mlir/IR/OpBase.td"

def TensorNet_DifferentiableOpInterface
    : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::mlir::tensornet";
  let description = [{
    An op with a derivative rule. Rules say what the derivative is, never in
    which order or mode it is computed.

    The derivative (tangent or cotangent) of a value of type `tensor<SxT>` is a
    value of type `tensor<BxSxT>`, where `B` are the leading dimensions of
    `batch` (none for vjp and jvp; Jacobians have one per dimension of the
    differentiated value). The derivative of a scalar of type `T` is a
    `tensor<BxT>`. A null `Value` stands for a derivative that is zero.
    Values of integer type have no derivative.

    The builder passed in is the only way a rule makes IR; the primal op and
    its operands dominate the insertion point.
  }];
  let methods = [
    InterfaceMethod<[{
        Replaces the op by one that also returns what its derivative needs
        (residuals). Returns the op to use from here on: by default the op
        itself, unchanged.
      }],
      "::mlir::Operation *", "augment",
      (ins "::mlir::OpBuilder &":$builder), "", [{ return $_op.getOperation(); }]>,
    InterfaceMethod<[{
        Appends the tangent of every result to `resultTangents`, given the
        tangent of every operand. Fails after emitting an error.
      }],
      "::llvm::LogicalResult", "tangent",
      (ins "::mlir::OpBuilder &":$builder,
           "const ::mlir::tensornet::BatchShape &":$batch,
           "::llvm::ArrayRef<::mlir::Value>":$operandTangents,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$resultTangents)>,
    InterfaceMethod<[{
        Appends one cotangent per operand, in operand order, to
        `operandCotangents`: the contribution of this op, given the cotangent
        of every result. Operands whose bit in `active` is off get a null
        value and no work. Fails after emitting an error.
      }],
      "::llvm::LogicalResult", "adjoint",
      (ins "::mlir::OpBuilder &":$builder,
           "const ::mlir::tensornet::BatchShape &":$batch,
           "::llvm::ArrayRef<::mlir::Value>":$resultCotangents,
           "const ::llvm::BitVector &":$active,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$operandCotangents)>,
    InterfaceMethod<[{
        Returns true if the derivative of every result with respect to operand
        `operandNumber` is zero everywhere, so that activity stops there.
      }],
      "bool", "hasZeroDerivative", (ins "unsigned":$operandNumber), "",
      [{ return false; }]>
  ];
}

#endif // TENSORNET_DIALECT_TENSORNET_IR_TENSORNETINTERFACES
