//===- ForwardCopies.cpp - Reads of copies --------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ForwardCopies.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace mlir::tensornet::cpu;

/// The operand whose elements `value` has, if a linalg.generic copies them.
static OpOperand *getSource(Value value) {
  auto producer = value.getDefiningOp<linalg::GenericOp>();
  if (!producer || producer.getNumParallelLoops() != producer.getNumLoops())
    return nullptr;
  unsigned number = cast<OpResult>(value).getResultNumber();
  auto argument = dyn_cast<BlockArgument>(
      producer.getBody()->getTerminator()->getOperand(number));
  if (!argument || argument.getOwner() != producer.getBody() ||
      argument.getArgNumber() >= producer.getNumDpsInputs())
    return nullptr;
  return &producer->getOpOperand(argument.getArgNumber());
}

std::optional<ElementRead> tensornet::cpu::getCopied(const ElementRead &read) {
  OpOperand *source = getSource(read.tensor);
  if (!source || !isa<RankedTensorType>(source->get().getType()))
    return std::nullopt;
  auto producer = cast<linalg::GenericOp>(source->getOwner());
  AffineMap written =
      producer.getMatchingIndexingMap(producer.getDpsInitOperand(
          cast<OpResult>(read.tensor).getResultNumber()));
  if (!written.isPermutation())
    return std::nullopt;
  return ElementRead{source->get(),
                     producer.getMatchingIndexingMap(source).compose(
                         inversePermutation(written).compose(read.map))};
}

/// The last indices of the result that `operand` reads, by the loops of the op
/// that computes it: all that the reader sums, one after the other in memory,
/// and at least one.
static ArrayRef<AffineExpr> getSummedRun(OpOperand &operand) {
  auto consumer = cast<linalg::GenericOp>(operand.getOwner());
  auto producer = operand.get().getDefiningOp<linalg::GenericOp>();
  SmallVector<utils::IteratorType> iterators = consumer.getIteratorTypesArray();
  auto isSummed = [&](AffineExpr loop) {
    return linalg::isReductionIterator(
        iterators[cast<AffineDimExpr>(loop).getPosition()]);
  };
  auto outward =
      llvm::reverse(consumer.getMatchingIndexingMap(&operand).getResults());
  size_t length = llvm::find_if_not(outward, isSummed) - outward.begin();
  ArrayRef<AffineExpr> written =
      producer.getIndexingMapMatchingResult(cast<OpResult>(operand.get()))
          .getResults();
  return written.take_back(std::max<size_t>(length, 1));
}

bool tensornet::cpu::isTurnedForSum(OpOperand &operand) {
  auto consumer = dyn_cast<linalg::GenericOp>(operand.getOwner());
  auto producer = operand.get().getDefiningOp<linalg::GenericOp>();
  if (!consumer || !producer || consumer.getNumReductionLoops() == 0 ||
      producer.getNumReductionLoops() != 0)
    return false;
  AffineMap read = consumer.getMatchingIndexingMap(&operand);
  if (read.isPermutation() || !read.isProjectedPermutation() ||
      read.getNumResults() == 0)
    return false;
  ArrayRef<AffineExpr> run = getSummedRun(operand);
  return llvm::any_of(producer.getDpsInputOperands(), [&](OpOperand *input) {
    ArrayRef<AffineExpr> source =
        producer.getMatchingIndexingMap(input).getResults();
    auto present = llvm::filter_to_vector(run, [&](AffineExpr index) {
      return llvm::is_contained(source, index);
    });
    return source.take_back(present.size()) != ArrayRef(present);
  });
}

static void forwardCopy(linalg::GenericOp op, OpOperand &operand) {
  if (tensornet::cpu::isTurnedForSum(operand))
    return;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineMap &map = maps[operand.getOperandNumber()];
  std::optional<ElementRead> copied = getCopied({operand.get(), map});
  if (!copied)
    return;
  map = copied->map;
  // The sizes of the other operands have to give those of all loops.
  if (!inversePermutation(concatAffineMaps(maps, op.getContext())))
    return;
  op.setIndexingMapsAttr(Builder(op.getContext()).getAffineMapArrayAttr(maps));
  operand.set(copied->tensor);
}

LogicalResult tensornet::cpu::forwardCopies(Operation *root) {
  root->walk([](linalg::GenericOp op) {
    if (op.hasPureTensorSemantics())
      for (OpOperand *operand : op.getDpsInputOperands())
        forwardCopy(op, *operand);
  });
  RewritePatternSet patterns(root->getContext());
  linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
  return applyPatternsGreedily(root, std::move(patterns));
}
