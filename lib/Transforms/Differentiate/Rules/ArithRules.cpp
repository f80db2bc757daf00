//===- ArithRules.cpp - Derivatives of arith ops --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseModel.h"
#include "RuleRegistration.h"
#include "RuleSupport.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace mlir::tensornet {

// clang-format off
template <> Partials getPartials<arith::AddFOp>() { return {1, 1}; }
template <> Partials getPartials<arith::SubFOp>() { return {1, -1}; }
template <> Partials getPartials<arith::MulFOp>() { return {x1, x0}; }
template <> Partials getPartials<arith::DivFOp>() {
  return {1 / x1, -(y / x1)};
}
template <> Partials getPartials<arith::RemFOp>() {
  return {1, -trunc(x0 / x1)};
}
template <> Partials getPartials<arith::NegFOp>() { return {-1}; }
template <> Partials getPartials<arith::SelectOp>() {
  return {0, indicator(x0), negatedIndicator(x0)};
}

/// 1 for the chosen operand, 1/2 each at a tie; where one is NaN the result is
/// NaN and the derivative goes to both.
static Expression getExtremeShare(Expression winner, Expression loser) {
  return select(greaterOrUnordered(winner, loser), 1,
                select(equal(winner, loser), 0.5, 0));
}
template <> Partials getPartials<arith::MaximumFOp>() {
  return {getExtremeShare(x0, x1), getExtremeShare(x1, x0)};
}
template <> Partials getPartials<arith::MinimumFOp>() {
  return {getExtremeShare(x1, x0), getExtremeShare(x0, x1)};
}

/// 1 for the operand that is the result, 1/2 each at a tie: an operand that is
/// NaN has no share.
static Partials getNumberShares() {
  Expression tie = equal(x0, x1);
  return {select(tie, 0.5, indicator(equal(x0, y))),
          select(tie, 0.5, indicator(equal(x1, y)))};
}
template <> Partials getPartials<arith::MaxNumFOp>() {
  return getNumberShares();
}
template <> Partials getPartials<arith::MinNumFOp>() {
  return getNumberShares();
}
// clang-format on

} // namespace mlir::tensornet

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// `derivative` with the element type that a derivative of `target` has.
static Value convertDerivative(OpBuilder &builder, Location loc,
                               const BatchShape &batch, Value derivative,
                               Value target) {
  Type type = getDerivativeType(target.getType(), batch);
  unsigned from =
      getElementTypeOrSelf(derivative.getType()).getIntOrFloatBitWidth();
  unsigned to = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  if (from < to)
    return arith::ExtFOp::create(builder, loc, type, derivative);
  return arith::TruncFOp::create(builder, loc, type, derivative);
}

namespace {
/// extf and truncf are linear: the derivative is converted like the value, and
/// back for a cotangent.
template <typename OpTy>
struct ConversionModel
    : DifferentiableOpInterface::ExternalModel<ConversionModel<OpTy>, OpTy> {
  LogicalResult tangent(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> operandTangents,
                        SmallVectorImpl<Value> &resultTangents) const {
    Value tangent = operandTangents[0];
    resultTangents.push_back(tangent ? convertDerivative(builder, op->getLoc(),
                                                         batch, tangent,
                                                         op->getResult(0))
                                     : Value());
    return success();
  }

  LogicalResult adjoint(Operation *op, OpBuilder &builder,
                        const BatchShape &batch,
                        ArrayRef<Value> resultCotangents,
                        const BitVector &active,
                        SmallVectorImpl<Value> &operandCotangents) const {
    Value cotangent = resultCotangents[0];
    operandCotangents.push_back(
        cotangent && active[0] ? convertDerivative(builder, op->getLoc(), batch,
                                                   cotangent, op->getOperand(0))
                               : Value());
    return success();
  }
};
} // namespace

void mlir::tensornet::registerArithRules(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    attachElementwise<arith::AddFOp, arith::SubFOp, arith::MulFOp,
                      arith::DivFOp, arith::RemFOp, arith::NegFOp,
                      arith::SelectOp, arith::MaximumFOp, arith::MinimumFOp,
                      arith::MaxNumFOp, arith::MinNumFOp>(context);
    arith::ExtFOp::attachInterface<ConversionModel<arith::ExtFOp>>(*context);
    arith::TruncFOp::attachInterface<ConversionModel<arith::TruncFOp>>(
        *context);
  });
}
