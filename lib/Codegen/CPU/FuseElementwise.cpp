//===- FuseElementwise.cpp - Chains of elementwise ops to one op ----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETFUSEELEMENTWISE
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// True where the body has an operation that costs more than reading a number.
bool isExpensive(linalg::GenericOp op) {
  return llvm::any_of(op.getBody()->without_terminator(), [](Operation &inner) {
    return isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp>(inner) ||
           (isa<math::MathDialect>(inner.getDialect()) &&
            !isa<math::AbsFOp, math::FmaOp, math::CopySignOp>(inner));
  });
}

/// True where the consumer needs each element of the producer once.
bool readsOnce(OpOperand *operand) {
  auto consumer = cast<linalg::GenericOp>(operand->getOwner());
  return consumer.getMatchingIndexingMap(operand).isPermutation();
}

/// Producers with one use disappear into it, unless they would be computed
/// again and again.
bool isWorthFusing(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  return producer && producer->hasOneUse() &&
         isa<linalg::GenericOp>(operand->getOwner()) &&
         (readsOnce(operand) || !isExpensive(producer));
}

/// True where a consumer can take over all of its producer's work: both are
/// elementwise over the same loops, the consumer reads one result (fusion
/// handles one at a time) and everybody else comes later.
bool canTakeOver(OpOperand *operand) {
  auto consumer = cast<linalg::GenericOp>(operand->getOwner());
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  if (!producer || producer->getBlock() != consumer->getBlock() ||
      producer.getNumDpsInits() + consumer.getNumDpsInits() > 4 ||
      consumer.getNumParallelLoops() != consumer.getNumLoops() ||
      producer.getNumParallelLoops() != producer.getNumLoops() ||
      producer.getNumLoops() == 0 ||
      !consumer.getMatchingIndexingMap(operand).isIdentity())
    return false;
  for (OpOperand &init : producer.getDpsInitsMutable())
    if (!producer.getMatchingIndexingMap(&init).isIdentity())
      return false;
  if (llvm::count_if(consumer->getOperands(), [&](Value value) {
        return value.getDefiningOp() == producer;
      }) != 1)
    return false;
  return llvm::all_of(producer->getUsers(), [&](Operation *user) {
    Operation *inBlock = consumer->getBlock()->findAncestorOpInBlock(*user);
    return inBlock &&
           (inBlock == consumer || consumer->isBeforeInBlock(inBlock));
  });
}

/// p = f(x), c = g(p), others use p  ->  p, c = fg(x)
struct TakeOverProducer : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    for (OpOperand *operand : op.getDpsInputOperands()) {
      if (!linalg::areElementwiseOpsFusable(operand) || !canTakeOver(operand))
        continue;
      Operation *producer = operand->get().getDefiningOp();
      auto fused = linalg::fuseElementwiseOps(rewriter, operand);
      if (failed(fused))
        continue;
      for (auto [original, replacement] : fused->replacements)
        rewriter.replaceAllUsesWith(original, replacement);
      rewriter.eraseOp(op);
      if (isOpTriviallyDead(producer))
        rewriter.eraseOp(producer);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no producer to take over");
  }
};

/// True where nothing needs `value` after `op`, which reads it, and where its
/// buffer is one of our own.
bool diesAt(Value value, Operation *op) {
  Operation *definition = value.getDefiningOp();
  return isa_and_nonnull<linalg::LinalgOp, ContractIntoOp>(definition) &&
         definition->getBlock() == op->getBlock() &&
         llvm::all_of(value.getUsers(), [&](Operation *user) {
           return user == op || (user->getBlock() == op->getBlock() &&
                                 user->isBeforeInBlock(op));
         });
}

/// Writes the results of an elementwise op over operands that nobody needs any
/// more.
void reuseOperands(linalg::GenericOp op) {
  if (op.getNumParallelLoops() != op.getNumLoops())
    return;
  llvm::SmallPtrSet<Value, 4> taken;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    if (!init.get().getDefiningOp<tensor::EmptyOp>())
      continue;
    for (OpOperand *input : op.getDpsInputOperands()) {
      if (input->get().getType() != init.get().getType() ||
          op.getMatchingIndexingMap(input) !=
              op.getMatchingIndexingMap(&init) ||
          !diesAt(input->get(), op) || !taken.insert(input->get()).second)
        continue;
      init.set(input->get());
      break;
    }
  }
}

struct FuseElementwise
    : tensornet::impl::TensorNetFuseElementwiseBase<FuseElementwise> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, isWorthFusing);
    patterns.add<TakeOverProducer>(&getContext());
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation()->walk([](linalg::GenericOp op) { reuseOperands(op); });
  }
};

} // namespace
