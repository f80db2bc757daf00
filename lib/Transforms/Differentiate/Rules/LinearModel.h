//===- LinearModel.h - Rules of ops that move elements ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_LINEARMODEL_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_LINEARMODEL_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// Where and about what a rule makes IR.
struct RuleContext {
  OpBuilder &builder;
  Location loc;
  const BatchShape &batch;
};

/// The derivative rule of an op that is linear in one operand and moves its
/// elements about. `Model` says which operand that is and gives the two maps:
///
///   static unsigned getLinearOperand()
///   Value push(const RuleContext &, OpTy, Value tangent)
///   Value pull(const RuleContext &, OpTy, Value cotangent)
///
/// Every other operand has derivative zero. An op that the rule does not cover
/// is an error that `static LogicalResult check(OpTy)` emits.
template <typename Model, typename OpTy>
struct LinearModel : DifferentiableOpInterface::ExternalModel<Model, OpTy> {
  static unsigned getLinearOperand() { return 0; }
  static LogicalResult check(OpTy) { return success(); }

  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    if (failed(Model::check(cast<OpTy>(op))))
      return failure();
    Value tangent = operandTangents[Model::getLinearOperand()];
    RuleContext context{builder, op->getLoc(), batch};
    resultTangents.push_back(
        tangent ? Model::push(context, cast<OpTy>(op), tangent) : Value());
    return success();
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    if (failed(Model::check(cast<OpTy>(op))))
      return failure();
    RuleContext context{builder, op->getLoc(), batch};
    for (unsigned number = 0; number < op->getNumOperands(); ++number)
      operandCotangents.push_back(
          number == Model::getLinearOperand() && active[number] &&
                  resultCotangents[0]
              ? Model::pull(context, cast<OpTy>(op), resultCotangents[0])
              : Value());
    return success();
  }

  bool hasZeroDerivative(Operation *, unsigned operandNumber) const {
    return operandNumber != Model::getLinearOperand();
  }
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_LINEARMODEL_H
