//===- Sweeps.cpp - Values and derivatives --------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sweeps.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

Evaluation::Evaluation(OpBuilder &builder, PreparedFunction &function,
                       ValueRange arguments)
    : function(function), arguments(arguments) {
  IRMapping mapping;
  mapping.map(function.getBody().getArguments(), arguments);
  for (Operation &op : function.getBody().without_terminator()) {
    Operation *copy = builder.clone(op, mapping);
    if (function.getActivity().isActive(&op))
      if (auto rule = dyn_cast<DifferentiableOpInterface>(copy))
        copy = rule.augment(builder);
    // An augmented op may have residuals after the results of the plain one.
    for (auto [result, value] : llvm::zip(op.getResults(), copy->getResults()))
      mapping.map(result, value);
    copies[&op] = copy;
  }
  for (Value value : function.getReturn().getOperands())
    results.push_back(mapping.lookup(value));
}

Value Evaluation::getResult(unsigned number) const { return results[number]; }

/// Derivatives may know fewer sizes than their primal values do.
static Value castToDerivativeType(OpBuilder &builder, Value derivative,
                                  Value primal, const BatchShape &batch) {
  if (!derivative)
    return derivative;
  RankedTensorType type = getDerivativeType(primal.getType(), batch);
  if (derivative.getType() == type)
    return derivative;
  return tensor::CastOp::create(builder, derivative.getLoc(), type, derivative);
}

void Evaluation::seedCotangent(OpBuilder &builder, DerivativeMap &cotangents,
                               unsigned number, Value cotangent) const {
  Value &entry = cotangents[getResultKey(number)];
  entry = addDerivatives(builder, cotangent.getLoc(), entry, cotangent);
}

LogicalResult Evaluation::sweepReverse(OpBuilder &builder,
                                       const BatchShape &batch,
                                       DerivativeMap &cotangents) const {
  const ActivityAnalysis &activity = function.getActivity();
  for (Operation &op : llvm::reverse(function.getBody().without_terminator())) {
    if (!activity.isActive(&op))
      continue;
    SmallVector<Value> resultCotangents;
    for (Value result : op.getResults())
      resultCotangents.push_back(cotangents.lookup(result));
    if (llvm::none_of(resultCotangents, [](Value value) { return !!value; }))
      continue;

    Operation *copy = copies.lookup(&op);
    resultCotangents.resize(copy->getNumResults());
    llvm::BitVector active(op.getNumOperands());
    for (auto [number, operand] : llvm::enumerate(op.getOperands()))
      active[number] =
          activity.isActive(operand) && isDifferentiableType(operand.getType());
    SmallVector<Value> operandCotangents;
    if (failed(cast<DifferentiableOpInterface>(copy).adjoint(
            builder, batch, resultCotangents, active, operandCotangents)))
      return failure();
    for (auto [operand, cotangent] :
         llvm::zip(op.getOperands(), operandCotangents)) {
      if (!cotangent)
        continue;
      Value &entry = cotangents[operand];
      entry = addDerivatives(
          builder, op.getLoc(), entry,
          castToDerivativeType(builder, cotangent, operand, batch));
    }
  }
  return success();
}

LogicalResult Evaluation::sweepForward(OpBuilder &builder,
                                       const BatchShape &batch,
                                       DerivativeMap &tangents) const {
  const ActivityAnalysis &activity = function.getActivity();
  for (Operation &op : function.getBody().without_terminator()) {
    if (!activity.isActive(&op))
      continue;
    SmallVector<Value> operandTangents;
    for (Value operand : op.getOperands())
      operandTangents.push_back(tangents.lookup(operand));
    if (llvm::none_of(operandTangents, [](Value value) { return !!value; }))
      continue;
    SmallVector<Value> resultTangents;
    if (failed(cast<DifferentiableOpInterface>(copies.lookup(&op))
                   .tangent(builder, batch, operandTangents, resultTangents)))
      return failure();
    for (auto [result, tangent] : llvm::zip(op.getResults(), resultTangents))
      if (tangent)
        tangents[result] =
            castToDerivativeType(builder, tangent, result, batch);
  }
  return success();
}
