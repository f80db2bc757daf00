//===- Broadcasts.cpp - Elementwise ops of broadcasts ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elementwise ops of broadcasts are computed before broadcasting.
//
//===----------------------------------------------------------------------===//

#include "ContractionTerm.h"
#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

#define DEBUG_TYPE "tensornet-simplify"

using namespace mlir;
using namespace mlir::tensornet;

/// The contraction a[i] -> [i, j] that makes `value`: every index of a, once,
/// and others; null where it is none.
static ContractOp getBroadcast(Value value) {
  auto op = value.getDefiningOp<ContractOp>();
  if (!op || op.getInputs().size() != 1)
    return {};
  const Indexing &indexing = op.getIndexingValue();
  unsigned numIndices = indexing.getNumIndices();
  bool distinct = op.getResultType().getRank() == numIndices &&
                  op.getInputType(0).getRank() < numIndices;
  llvm::SmallDenseSet<IndexId> inOperand, inResult;
  for (const LinearForm &form : indexing.operands[0])
    distinct &= form.isBare() && inOperand.insert(form.getBareIndex()).second;
  for (const LinearForm &form : indexing.result)
    distinct &= form.isBare() && inResult.insert(form.getBareIndex()).second;
  bool isCopy = indexing.extents.empty() && !indexing.conjugated[0] &&
                op.getInputType(0).getElementType() ==
                    op.getResultType().getElementType();
  return distinct && isCopy && inResult.size() == numIndices ? op
                                                             : ContractOp();
}

/// A constant of the shape of `type` whose elements are those of the splat
/// constant `value`.
static Value createSplat(OpBuilder &builder, Location loc, Value value,
                         RankedTensorType type) {
  auto element = cast<TypedAttr>(getSplatConstant(value));
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(type.clone(element.getType()), element));
}

namespace {

/// exp(broadcast(a)) -> broadcast(exp(a))
/// divf(1.0, broadcast(a)) -> broadcast(divf(1.0, a))
/// addf(broadcast(a), broadcast(b)) -> broadcast(addf(a, b))
///
/// where all broadcasts are alike.
struct BroadcastLast : RewritePattern {
  explicit BroadcastLast(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!OpTrait::hasElementwiseMappableTraits(op) || !isPure(op) ||
        op->getNumResults() != 1 || op->getNumRegions() != 0)
      return rewriter.notifyMatchFailure(op, "op is not elementwise");
    if (!isContractionResult(op->getResult(0).getType()))
      return rewriter.notifyMatchFailure(op, "no contraction has this element");
    ContractOp broadcast = getCommonBroadcast(op);
    if (!broadcast)
      return rewriter.notifyMatchFailure(op,
                                         "operands are no equal broadcasts");
    Operation *before = createBefore(rewriter, op, broadcast);
    rewriter.replaceOp(op, createAfter(rewriter, op, broadcast, before));
    return success();
  }

private:
  /// A broadcast that all operands but splat constants are like; null where
  /// there is none.
  static ContractOp getCommonBroadcast(Operation *op) {
    ContractOp common;
    for (Value operand : op->getOperands()) {
      Attribute constant;
      if (isa<RankedTensorType>(operand.getType()))
        constant = getSplatConstant(operand);
      if (isa_and_nonnull<TypedAttr>(constant))
        continue;
      ContractOp broadcast = getBroadcast(operand);
      if (!broadcast ||
          (common && (broadcast.getIndexing() != common.getIndexing() ||
                      broadcast.getInputType(0).getShape() !=
                          common.getInputType(0).getShape())))
        return {};
      common = broadcast;
    }
    return common;
  }

  static Operation *createBefore(PatternRewriter &rewriter, Operation *op,
                                 ContractOp broadcast) {
    RankedTensorType type = broadcast.getInputType(0);
    IRMapping mapping;
    for (Value operand : op->getOperands()) {
      ContractOp source = getBroadcast(operand);
      mapping.map(operand,
                  source ? source.getInputs()[0]
                         : createSplat(rewriter, op->getLoc(), operand, type));
    }
    Operation *before = rewriter.clone(*op, mapping);
    before->getResult(0).setType(
        type.clone(getElementTypeOrSelf(op->getResult(0))));
    return before;
  }

  static Value createAfter(PatternRewriter &rewriter, Operation *op,
                           ContractOp broadcast, Operation *before) {
    ContractionSpec spec;
    spec.inputs = {before->getResult(0)};
    spec.indexing = broadcast.getIndexingValue();
    spec.resultSizes = broadcast.getResultSizes(rewriter, op->getLoc());
    spec.elementType = getElementTypeOrSelf(op->getResult(0));
    Value after = createContraction(rewriter, op->getLoc(), std::move(spec));
    if (after.getType() != op->getResult(0).getType())
      after = tensor::CastOp::create(rewriter, op->getLoc(),
                                     op->getResult(0).getType(), after);
    return after;
  }
};

} // namespace

void mlir::tensornet::populateBroadcastPatterns(RewritePatternSet &patterns) {
  patterns.add<BroadcastLast>(patterns.getContext());
}
