//===- ElementwiseModel.cpp - Rules from partial derivatives --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseModel.h"

#include "RuleSupport.h"

using namespace mlir;
using namespace mlir::tensornet;

bool mlir::tensornet::isZeroPartial(const Partials &partials,
                                    unsigned operandNumber) {
  return operandNumber >= partials.size() ||
         partials[operandNumber].isConstant(0);
}

/// Formulas are built of arith and math ops, which take real operands of one
/// type; linalg's elementwise ops mix types and take complex ones.
static LogicalResult checkTypes(Operation *op, const Partials &partials) {
  if (llvm::none_of(partials, [](const Expression &partial) {
        return partial.isFormula();
      }))
    return success();
  Type type = op->getResult(0).getType();
  for (Type operandType : op->getOperandTypes())
    if (isDifferentiableType(operandType) && operandType != type)
      return op->emitOpError("has a derivative only where operands and result "
                             "have one type, but these have ")
             << operandType << " and " << type;
  if (isa<ComplexType>(getElementTypeOrSelf(type)) && !isa<arith::SelectOp>(op))
    return op->emitOpError("has no derivative for complex elements");
  return success();
}

/// `partial` times `derivative`, a derivative of `target`. A constant partial
/// enters as a 0-d operand and 1 not at all.
static Value applyPartial(ExpressionBuilder &formulas, const BatchShape &batch,
                          const Expression &partial, Value derivative,
                          Value target, bool conjugate) {
  OpBuilder &builder = formulas.getBuilder();
  Location loc = formulas.getLoc();
  Subscripts indices = getIdentitySubscripts(target);
  SmallVector<Factor> factors;
  if (std::optional<double> constant = partial.getConstant()) {
    if (*constant == 1 &&
        derivative.getType() == getDerivativeType(target.getType(), batch))
      return derivative;
    if (*constant != 1)
      factors.push_back({createScalarTensor(builder, loc, *constant,
                                            getElementTypeOrSelf(derivative)),
                         {}});
  } else {
    Value value = formulas.build(partial);
    factors.push_back({value, getIdentitySubscripts(value), conjugate});
  }
  return contractDerivative(builder, loc, batch, {derivative, indices}, factors,
                            indices, target);
}

LogicalResult
mlir::tensornet::applyTangent(Operation *op, const Partials &partials,
                              OpBuilder &builder, const BatchShape &batch,
                              ArrayRef<Value> operandTangents,
                              SmallVectorImpl<Value> &resultTangents) {
  if (failed(checkTypes(op, partials)))
    return failure();
  ExpressionBuilder formulas(builder, op);
  Value sum;
  for (auto [k, tangent] : llvm::enumerate(operandTangents)) {
    if (!tangent || isZeroPartial(partials, k))
      continue;
    Value term = applyPartial(formulas, batch, partials[k], tangent,
                              op->getResult(0), /*conjugate=*/false);
    sum = addDerivatives(builder, op->getLoc(), sum, term);
  }
  resultTangents.push_back(sum);
  return success();
}

LogicalResult
mlir::tensornet::applyAdjoint(Operation *op, const Partials &partials,
                              OpBuilder &builder, const BatchShape &batch,
                              Value resultCotangent, const BitVector &active,
                              SmallVectorImpl<Value> &operandCotangents) {
  if (failed(checkTypes(op, partials)))
    return failure();
  ExpressionBuilder formulas(builder, op);
  bool isComplex = isa<ComplexType>(formulas.getElementType());
  for (auto [k, operand] : llvm::enumerate(op->getOperands()))
    operandCotangents.push_back(
        resultCotangent && active[k] && !isZeroPartial(partials, k)
            ? applyPartial(formulas, batch, partials[k], resultCotangent,
                           operand, isComplex)
            : Value());
  return success();
}
