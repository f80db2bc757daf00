//===- ElementwiseModel.h - Rules from partial derivatives ------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_ELEMENTWISEMODEL_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_ELEMENTWISEMODEL_H

#include "Expression.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// The partial derivatives of `OpTy`: one specialization per op is the table.
template <typename OpTy>
Partials getPartials();

/// True where the table says 0 for operand `operandNumber`, or nothing.
bool isZeroPartial(const Partials &partials, unsigned operandNumber);

/// Appends to `resultTangents` the sum over k of
///   contraction(partial_k[i...], tangent_k[batch..., i...]) -> [batch...,
///   i...]
/// Fails, with an error, where formulas cannot be built of the op's types.
LogicalResult applyTangent(Operation *op, const Partials &partials,
                           OpBuilder &builder, const BatchShape &batch,
                           ArrayRef<Value> operandTangents,
                           SmallVectorImpl<Value> &resultTangents);

/// Appends to `operandCotangents` for every active operand k
///   contraction(partial_k[i...], cotangent[batch..., i...]) -> [batch...,
///   i...]
/// with the conjugate of a complex partial. Fails like applyTangent.
LogicalResult applyAdjoint(Operation *op, const Partials &partials,
                           OpBuilder &builder, const BatchShape &batch,
                           Value resultCotangent, const BitVector &active,
                           SmallVectorImpl<Value> &operandCotangents);

/// The derivative rule of an op with an entry in the table.
template <typename OpTy>
struct ElementwiseModel
    : DifferentiableOpInterface::ExternalModel<ElementwiseModel<OpTy>, OpTy> {
  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    return applyTangent(op, getPartials<OpTy>(), builder, batch,
                        operandTangents, resultTangents);
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    return applyAdjoint(op, getPartials<OpTy>(), builder, batch,
                        resultCotangents[0], active, operandCotangents);
  }

  bool hasZeroDerivative(Operation *, unsigned operandNumber) const {
    return isZeroPartial(getPartials<OpTy>(), operandNumber);
  }
};

/// Attaches the table's rule to each of the ops.
template <typename... OpTys>
void attachElementwise(MLIRContext *context) {
  (OpTys::template attachInterface<ElementwiseModel<OpTys>>(*context), ...);
}

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_ELEMENTWISEMODEL_H
