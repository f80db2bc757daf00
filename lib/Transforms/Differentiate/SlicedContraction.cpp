//===- SlicedContraction.cpp - Derivatives slice by slice -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SlicedContraction.h"

#include "Sweeps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// One slice
//===----------------------------------------------------------------------===//

namespace {

/// The ops of one slice in the body of a loop, and which of their values
/// depend on active operands.
class Slice {
public:
  Slice(OpBuilder &builder, SliceLoop &loop, const ContractionTree &tree,
        const BitVector &active, ValueRange counters);

  Value getInput(unsigned operand) const { return inputs[operand]; }
  Value getValue() const { return value; }
  LogicalResult sweepReverse(OpBuilder &builder, const BatchShape &batch,
                             DerivativeMap &cotangents) const;
  LogicalResult sweepForward(OpBuilder &builder, const BatchShape &batch,
                             DerivativeMap &tangents) const;

private:
  bool isActive(Value value) const { return activeValues.contains(value); }

  SmallVector<Value> inputs;
  Value value;
  SmallVector<Operation *> ops;
  llvm::DenseSet<Value> activeValues;
};

} // namespace

Slice::Slice(OpBuilder &builder, SliceLoop &loop, const ContractionTree &tree,
             const BitVector &active, ValueRange counters) {
  ContractOp whole = loop.createSlice(builder, counters);
  llvm::append_range(inputs, whole.getInputs());
  for (unsigned operand : active.set_bits())
    activeValues.insert(inputs[operand]);
  Block *body = builder.getInsertionBlock();
  Operation *before = whole->getPrevNode();
  value = loop.orderSlice(builder, whole, tree, active);
  auto first = before ? std::next(before->getIterator()) : body->begin();
  for (Operation &op : llvm::make_range(first, builder.getInsertionPoint())) {
    ops.push_back(&op);
    if (llvm::none_of(op.getOperands(),
                      [&](Value operand) { return isActive(operand); }))
      continue;
    for (Value result : op.getResults())
      if (isDifferentiableType(result.getType()))
        activeValues.insert(result);
  }
}

LogicalResult Slice::sweepReverse(OpBuilder &builder, const BatchShape &batch,
                                  DerivativeMap &cotangents) const {
  for (Operation *op : llvm::reverse(ops))
    if (failed(tensornet::sweepReverse(
            builder, batch, *op, op,
            [&](Value value) { return isActive(value); }, cotangents)))
      return failure();
  return success();
}

LogicalResult Slice::sweepForward(OpBuilder &builder, const BatchShape &batch,
                                  DerivativeMap &tangents) const {
  for (Operation *op : ops)
    if (failed(tensornet::sweepForward(builder, batch, *op, op, tangents)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// SlicedContraction
//===----------------------------------------------------------------------===//

static Value createOne(OpBuilder &builder, Location loc, Type elementType) {
  ContractionSpec spec;
  spec.elementType = elementType;
  return createContraction(builder, loc, std::move(spec));
}

SlicedContraction::SlicedContraction(OpBuilder &builder, ContractOp op,
                                     const SlicedTree &tree,
                                     const BitVector &active, SweepMode mode)
    : op(op), tree(tree), active(active), loop(op, tree.sliced) {
  if (!hasUnitCotangents(mode)) {
    value = createSlicedTree(builder, op, tree);
    first = op->getNextNode();
    return;
  }
  // The rule of contract does not fail.
  [[maybe_unused]] LogicalResult made = runReverse(
      builder, BatchShape(), Value(), /*withValue=*/true, unitCotangents);
  assert(succeeded(made) && "contractions have adjoints");
}

/// True where cotangents are linear in that of the result, which is 0-d. With
/// conjugated operands they are only real-linear.
bool SlicedContraction::hasUnitCotangents(SweepMode mode) {
  return mode == SweepMode::Reverse && active.any() &&
         op.getResultType().getRank() == 0 &&
         !op.getIndexingValue().anyConjugated();
}

SliceSum SlicedContraction::getValueSum(OpBuilder &builder) {
  return {loop.getDims(op.getIndexingValue().result),
          op.getResultSizes(builder, op.getLoc()), op.getComputeType()};
}

SliceSum SlicedContraction::getOperandSum(OpBuilder &builder,
                                          const BatchShape &batch,
                                          unsigned operand) {
  return {
      loop.getDims(op.getIndexingValue().operands[operand], batch.getRank()),
      getDerivativeSizes(builder, op.getLoc(), op.getInputs()[operand], batch),
      op.getComputeType()};
}

/// The active operands whose slices are values of their own: what several
/// operands read whole gets one cotangent.
static SmallVector<unsigned> getSeparateOperands(ContractOp op,
                                                 const SliceLoop &loop,
                                                 const BitVector &active) {
  SmallVector<unsigned> separate;
  llvm::SmallPtrSet<Value, 8> whole;
  for (unsigned operand : active.set_bits()) {
    Value input = op.getInputs()[operand];
    SliceDims dims = loop.getDims(op.getIndexingValue().operands[operand]);
    bool isWhole = getElementTypeOrSelf(input) == op.getComputeType() &&
                   llvm::none_of(dims, [](auto dim) { return !!dim; });
    if (!isWhole || whole.insert(input).second)
      separate.push_back(operand);
  }
  return separate;
}

void SlicedContraction::replaceValue(Value sum, OpBuilder &builder) {
  Value made = createConversion(builder, op.getLoc(), sum,
                                op.getResultType().getElementType());
  if (value)
    value.replaceAllUsesWith(made);
  value = made;
}

LogicalResult
SlicedContraction::runReverse(OpBuilder &builder, const BatchShape &batch,
                              Value cotangent, bool withValue,
                              SmallVectorImpl<Value> &cotangents) {
  Location loc = op.getLoc();
  SmallVector<SliceSum> sums;
  if (withValue)
    sums.push_back(getValueSum(builder));
  SmallVector<unsigned> operands = getSeparateOperands(op, loop, active);
  for (unsigned operand : operands)
    sums.push_back(getOperandSum(builder, batch, operand));

  LogicalResult status = success();
  auto body = [&](OpBuilder &nested, ValueRange counters) {
    Slice slice(nested, loop, tree.tree, active, counters);
    DerivativeMap found;
    Value seed =
        cotangent
            ? createConversion(
                  nested, loc,
                  SliceLoop::read(nested, loc, cotangent,
                                  loop.getDims(op.getIndexingValue().result,
                                               batch.getRank()),
                                  counters),
                  op.getComputeType())
            : createOne(nested, loc, op.getComputeType());
    found[slice.getValue()] = seed;
    if (failed(slice.sweepReverse(nested, batch, found)))
      status = failure();
    SmallVector<Value> parts;
    if (withValue)
      parts.push_back(slice.getValue());
    for (unsigned operand : operands) {
      Value input = slice.getInput(operand);
      Value part = found.lookup(input);
      parts.push_back(
          part ? part
               : createZeroTensor(nested, loc,
                                  getDerivativeSizes(nested, loc, input, batch),
                                  op.getComputeType()));
    }
    return parts;
  };
  SmallVector<Value> totals = loop.create(builder, sums, body);
  if (failed(status))
    return failure();
  if (withValue)
    replaceValue(totals.front(), builder);
  cotangents.assign(op.getNumOperands(), Value());
  for (auto [operand, total] :
       llvm::zip_equal(operands, ArrayRef(totals).take_back(operands.size())))
    cotangents[operand] = total;
  return success();
}

FailureOr<Value> SlicedContraction::runForward(OpBuilder &builder,
                                               const BatchShape &batch,
                                               ArrayRef<Value> operandTangents,
                                               bool withValue) {
  Location loc = op.getLoc();
  const Indexing &indexing = op.getIndexingValue();
  SmallVector<SliceSum> sums{getValueSum(builder), getValueSum(builder)};
  sums[1].dims = loop.getDims(indexing.result, batch.getRank());
  sums[1].sizes.insert(sums[1].sizes.begin(), batch.sizes.begin(),
                       batch.sizes.end());
  LogicalResult status = success();
  auto body = [&](OpBuilder &nested, ValueRange counters) {
    Slice slice(nested, loop, tree.tree, active, counters);
    DerivativeMap found;
    for (unsigned operand = 0; operand < op.getInputs().size(); ++operand)
      if (Value tangent = operandTangents[operand])
        found[slice.getInput(operand)] = createConversion(
            nested, loc,
            SliceLoop::read(
                nested, loc, tangent,
                loop.getDims(indexing.operands[operand], batch.getRank()),
                counters),
            op.getComputeType());
    if (failed(slice.sweepForward(nested, batch, found)))
      status = failure();
    SmallVector<Value> parts{found.lookup(slice.getValue())};
    if (withValue)
      parts.insert(parts.begin(), slice.getValue());
    return parts;
  };
  SmallVector<Value> totals =
      loop.create(builder, ArrayRef(sums).take_back(1 + withValue), body);
  if (failed(status))
    return failure();
  if (withValue)
    replaceValue(totals.front(), builder);
  return createConversion(builder, loc, totals.back(),
                          op.getResultType().getElementType());
}

/// Moves what makes `values` before `place`, an op of the same block. Changes
/// nothing and returns false where one of them depends on `place` or on an op
/// with effects on memory.
static bool moveDefinitionsBefore(SmallVector<Value> values, Operation *place) {
  SetVector<Operation *> definitions;
  while (!values.empty()) {
    Operation *op = values.pop_back_val().getDefiningOp();
    if (!op || op->getBlock() != place->getBlock() ||
        op->isBeforeInBlock(place) || definitions.contains(op))
      continue;
    if (op == place || !isMemoryEffectFree(op))
      return false;
    definitions.insert(op);
    llvm::append_range(values, op->getOperands());
    SetVector<Value> captured;
    getUsedValuesDefinedAbove(op->getRegions(), captured);
    llvm::append_range(values, captured);
  }
  SmallVector<Operation *> inOrder = definitions.takeVector();
  llvm::sort(inOrder,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  for (Operation *op : inOrder)
    op->moveBefore(place);
  return true;
}

bool SlicedContraction::canJoinValue(ArrayRef<Value> incoming,
                                     const BatchShape &batch) {
  if (isJoined)
    return false;
  SmallVector<Value> values;
  llvm::copy_if(incoming, std::back_inserter(values),
                [](Value value) { return !!value; });
  for (OpFoldResult size : batch.sizes)
    if (auto value = dyn_cast<Value>(size))
      values.push_back(value);
  // What depends on the value depends on the first op that makes it.
  return moveDefinitionsBefore(std::move(values), first);
}

Value SlicedContraction::scaleUnitCotangent(OpBuilder &builder,
                                            const BatchShape &batch,
                                            Value cotangent, unsigned operand) {
  ContractionSpec spec;
  spec.inputs = {cotangent, unitCotangents[operand]};
  unsigned rank = op.getInputType(operand).getRank();
  Subscripts scale, unit;
  for (unsigned dim = 0; dim < batch.getRank(); ++dim)
    scale.push_back(LinearForm::bare(dim));
  for (unsigned dim = 0; dim < rank; ++dim)
    unit.push_back(LinearForm::bare(batch.getRank() + dim));
  spec.indexing.operands = {scale, unit};
  spec.indexing.result = scale;
  spec.indexing.result.append(unit);
  spec.elementType = op.getInputType(operand).getElementType();
  return createContraction(builder, op.getLoc(), std::move(spec));
}

LogicalResult
SlicedContraction::createCotangents(OpBuilder &builder, const BatchShape &batch,
                                    Value cotangent,
                                    SmallVectorImpl<Value> &cotangents) {
  if (!unitCotangents.empty()) {
    cotangents.assign(op.getNumOperands(), Value());
    for (auto [operand, unit] : llvm::enumerate(unitCotangents))
      if (unit)
        cotangents[operand] =
            scaleUnitCotangent(builder, batch, cotangent, operand);
    return success();
  }
  OpBuilder place(builder);
  bool join = canJoinValue(cotangent, batch);
  if (join)
    place.setInsertionPoint(first);
  if (failed(runReverse(place, batch, cotangent, join, cotangents)))
    return failure();
  isJoined |= join;
  for (auto [operand, total] : llvm::enumerate(cotangents))
    if (total)
      total = createConversion(place, op.getLoc(), total,
                               op.getInputType(operand).getElementType());
  return success();
}

FailureOr<Value>
SlicedContraction::createTangent(OpBuilder &builder, const BatchShape &batch,
                                 ArrayRef<Value> operandTangents) {
  OpBuilder place(builder);
  bool join = canJoinValue(operandTangents, batch);
  if (join)
    place.setInsertionPoint(first);
  FailureOr<Value> tangent = runForward(place, batch, operandTangents, join);
  isJoined |= join;
  return tangent;
}
