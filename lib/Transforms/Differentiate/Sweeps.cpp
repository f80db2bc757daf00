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

/// The active ones among the operands of `op`.
static llvm::BitVector getActiveOperands(Operation &op,
                                         function_ref<bool(Value)> isActive) {
  llvm::BitVector active(op.getNumOperands());
  for (auto [number, operand] : llvm::enumerate(op.getOperands()))
    active[number] =
        isActive(operand) && isDifferentiableType(operand.getType());
  return active;
}

Evaluation::Evaluation(OpBuilder &builder, PreparedFunction &function,
                       ValueRange arguments, SweepMode mode)
    : function(function), arguments(arguments) {
  const ActivityAnalysis &activity = function.getActivity();
  IRMapping mapping;
  mapping.map(function.getBody().getArguments(), arguments);
  for (Operation &op : function.getBody().without_terminator()) {
    Operation *copy = builder.clone(op, mapping);
    copies[&op] = copy;
    if (const SlicedTree *tree = function.getSlicedTree(op)) {
      llvm::BitVector active = getActiveOperands(
          op, [&](Value value) { return activity.isActive(value); });
      auto &slices = sliced[&op];
      slices = std::make_unique<SlicedContraction>(
          builder, cast<ContractOp>(copy), *tree, active, mode);
      mapping.map(op.getResult(0), slices->getValue());
      continue;
    }
    if (activity.isActive(&op))
      if (auto rule = dyn_cast<DifferentiableOpInterface>(copy))
        copies[&op] = copy = rule.augment(builder);
    // An augmented op may have residuals after the results of the plain one.
    for (auto [result, value] : llvm::zip(op.getResults(), copy->getResults()))
      mapping.map(result, value);
  }
  for (Value value : function.getReturn().getOperands())
    results.push_back(mapping.lookup(value));
}

/// Erases the contractions that loops over slices took the place of.
Evaluation::~Evaluation() {
  for (auto &[op, slices] : sliced)
    copies.lookup(op)->erase();
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

//===----------------------------------------------------------------------===//
// One op
//===----------------------------------------------------------------------===//

/// The derivatives of `values`; empty where all are zero.
static SmallVector<Value> lookupAll(ValueRange values,
                                    const DerivativeMap &derivatives) {
  SmallVector<Value> found;
  for (Value value : values)
    found.push_back(derivatives.lookup(value));
  if (llvm::none_of(found, [](Value value) { return !!value; }))
    found.clear();
  return found;
}

/// Adds `operandCotangents` to those of the operands of `op`.
static void addToOperands(OpBuilder &builder, const BatchShape &batch,
                          Operation &op, ArrayRef<Value> operandCotangents,
                          DerivativeMap &cotangents) {
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

LogicalResult mlir::tensornet::sweepReverse(OpBuilder &builder,
                                            const BatchShape &batch,
                                            Operation &op, Operation *copy,
                                            function_ref<bool(Value)> isActive,
                                            DerivativeMap &cotangents) {
  SmallVector<Value> resultCotangents = lookupAll(op.getResults(), cotangents);
  if (resultCotangents.empty())
    return success();
  resultCotangents.resize(copy->getNumResults());
  SmallVector<Value> operandCotangents;
  if (failed(cast<DifferentiableOpInterface>(copy).adjoint(
          builder, batch, resultCotangents, getActiveOperands(op, isActive),
          operandCotangents)))
    return failure();
  addToOperands(builder, batch, op, operandCotangents, cotangents);
  return success();
}

LogicalResult mlir::tensornet::sweepForward(OpBuilder &builder,
                                            const BatchShape &batch,
                                            Operation &op, Operation *copy,
                                            DerivativeMap &tangents) {
  SmallVector<Value> operandTangents = lookupAll(op.getOperands(), tangents);
  if (operandTangents.empty())
    return success();
  SmallVector<Value> resultTangents;
  if (failed(cast<DifferentiableOpInterface>(copy).tangent(
          builder, batch, operandTangents, resultTangents)))
    return failure();
  for (auto [result, tangent] : llvm::zip(op.getResults(), resultTangents))
    if (tangent)
      tangents[result] = castToDerivativeType(builder, tangent, result, batch);
  return success();
}

//===----------------------------------------------------------------------===//
// Sliced contractions
//===----------------------------------------------------------------------===//

void Evaluation::substitute(Value before, Value after,
                            DerivativeMap &derivatives) {
  if (before == after)
    return;
  llvm::replace(results, before, after);
  for (auto &entry : derivatives)
    if (entry.second == before)
      entry.second = after;
}

LogicalResult Evaluation::sweepSlicesReverse(OpBuilder &builder,
                                             const BatchShape &batch,
                                             Operation &op,
                                             DerivativeMap &cotangents) {
  Value cotangent = cotangents.lookup(op.getResult(0));
  if (!cotangent)
    return success();
  SlicedContraction &slices = *sliced[&op];
  Value before = slices.getValue();
  SmallVector<Value> operandCotangents;
  if (failed(slices.createCotangents(builder, batch, cotangent,
                                     operandCotangents)))
    return failure();
  substitute(before, slices.getValue(), cotangents);
  addToOperands(builder, batch, op, operandCotangents, cotangents);
  return success();
}

LogicalResult Evaluation::sweepSlicesForward(OpBuilder &builder,
                                             const BatchShape &batch,
                                             Operation &op,
                                             DerivativeMap &tangents) {
  SmallVector<Value> operandTangents = lookupAll(op.getOperands(), tangents);
  if (operandTangents.empty())
    return success();
  SlicedContraction &slices = *sliced[&op];
  Value before = slices.getValue();
  FailureOr<Value> tangent =
      slices.createTangent(builder, batch, operandTangents);
  if (failed(tangent))
    return failure();
  substitute(before, slices.getValue(), tangents);
  tangents[op.getResult(0)] =
      castToDerivativeType(builder, *tangent, op.getResult(0), batch);
  return success();
}

//===----------------------------------------------------------------------===//
// All ops
//===----------------------------------------------------------------------===//

LogicalResult Evaluation::sweepReverse(OpBuilder &builder,
                                       const BatchShape &batch,
                                       DerivativeMap &cotangents) {
  const ActivityAnalysis &activity = function.getActivity();
  auto isActive = [&](Value value) { return activity.isActive(value); };
  for (Operation &op : llvm::reverse(function.getBody().without_terminator())) {
    if (!activity.isActive(&op))
      continue;
    if (failed(sliced.contains(&op)
                   ? sweepSlicesReverse(builder, batch, op, cotangents)
                   : tensornet::sweepReverse(builder, batch, op,
                                             copies.lookup(&op), isActive,
                                             cotangents)))
      return failure();
  }
  return success();
}

LogicalResult Evaluation::sweepForward(OpBuilder &builder,
                                       const BatchShape &batch,
                                       DerivativeMap &tangents) {
  const ActivityAnalysis &activity = function.getActivity();
  for (Operation &op : function.getBody().without_terminator()) {
    if (!activity.isActive(&op))
      continue;
    if (failed(sliced.contains(&op)
                   ? sweepSlicesForward(builder, batch, op, tangents)
                   : tensornet::sweepForward(builder, batch, op,
                                             copies.lookup(&op), tangents)))
      return failure();
  }
  return success();
}
