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

/// The operand whose elements `value` has, if a linalg.generic copies them.
static OpOperand *getCopied(Value value) {
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

static void forwardCopy(linalg::GenericOp op, OpOperand &operand) {
  OpOperand *copied = getCopied(operand.get());
  if (!copied || !isa<RankedTensorType>(copied->get().getType()))
    return;
  auto producer = cast<linalg::GenericOp>(copied->getOwner());
  AffineMap written =
      producer.getMatchingIndexingMap(producer.getDpsInitOperand(
          cast<OpResult>(operand.get()).getResultNumber()));
  if (!written.isPermutation())
    return;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineMap &map = maps[operand.getOperandNumber()];
  map = producer.getMatchingIndexingMap(copied).compose(
      inversePermutation(written).compose(map));
  // The sizes of the other operands have to give those of all loops.
  if (!inversePermutation(concatAffineMaps(maps, op.getContext())))
    return;
  op.setIndexingMapsAttr(Builder(op.getContext()).getAffineMapArrayAttr(maps));
  operand.set(copied->get());
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
