//===- FuseElementwise.cpp - Chains of elementwise ops to one op ----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ForwardCopies.h"
#include "Vectors/VectorBody.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
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

/// True where the consumer needs each element of the producer once.
bool readsOnce(OpOperand *operand) {
  auto consumer = cast<linalg::GenericOp>(operand->getOwner());
  return consumer.getMatchingIndexingMap(operand).isPermutation();
}

/// Operations that are repeated at most, rather than to store their result and
/// to load it again.
constexpr unsigned kMaxRepeatedOps = 8;

/// True where everybody who reads the result of `producer` might as well
/// compute it: from one tensor as large at most, in few operations. Then it is
/// never stored. Whoever cannot needs it in memory, and then the others read it
/// there.
bool isRepeatable(linalg::GenericOp producer) {
  if (producer.getNumDpsInits() != 1 ||
      producer.getNumParallelLoops() != producer.getNumLoops() ||
      !producer.hasPureTensorSemantics() ||
      cpu::isExpensiveBody(*producer.getBody()) ||
      producer.getBody()->getOperations().size() > kMaxRepeatedOps + 1 ||
      !producer.getRegionOutputArgs()[0].use_empty())
    return false;
  SmallPtrSet<Value, 2> large;
  for (OpOperand *input : producer.getDpsInputOperands())
    if (producer.getMatchingIndexingMap(input).getNumResults() >=
        producer.getNumLoops())
      large.insert(input->get());
  return large.size() <= 1 &&
         llvm::all_of(producer->getUses(), [&](OpOperand &use) {
           auto user = dyn_cast<linalg::GenericOp>(use.getOwner());
           return user && user->getBlock() == producer->getBlock() &&
                  user.isDpsInput(&use) && readsOnce(&use);
         });
}

/// Producers with one use disappear into it, unless they would be computed
/// again and again; those that are cheap disappear into all of their uses.
bool isWorthFusing(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  if (!producer || !isa<linalg::GenericOp>(operand->getOwner()))
    return false;
  if (!producer->hasOneUse())
    return isRepeatable(producer);
  if (cpu::isTurnedForSum(*operand))
    return false;
  return readsOnce(operand) || !cpu::isExpensiveBody(*producer.getBody());
}

/// True where a consumer can take over all of its producer's work: both are
/// elementwise over the same loops, the consumer reads one result (fusion
/// handles one at a time) and everybody else comes later.
bool canTakeOver(OpOperand *operand) {
  auto consumer = cast<linalg::GenericOp>(operand->getOwner());
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  if (!producer || producer->getBlock() != consumer->getBlock() ||
      isRepeatable(producer) ||
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
      // In the order of results: that of the map is one of addresses, and what
      // is fused next would depend on it.
      for (Operation *replaced : {producer, op.getOperation()})
        for (Value result : replaced->getResults())
          if (Value replacement = fused->replacements.lookup(result))
            rewriter.replaceAllUsesWith(result, replacement);
      rewriter.eraseOp(op);
      if (isOpTriviallyDead(producer))
        rewriter.eraseOp(producer);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no producer to take over");
  }
};

/// True where nothing but `op`, which reads it, needs `value` from there on.
bool isLastRead(Value value, Operation *op) {
  return value.getParentBlock() == op->getBlock() &&
         llvm::all_of(value.getUsers(), [&](Operation *user) {
           return user == op || (user->getBlock() == op->getBlock() &&
                                 user->isBeforeInBlock(op));
         });
}

/// True where `result` is the next value of what a loop carries, or of a slice
/// of it, and `value` the one before, which nothing else needs: a sum of the
/// loop, updated in place.
bool isCarriedAlong(Value value, OpResult result) {
  Operation *op = result.getOwner();
  auto loop = dyn_cast<scf::ForOp>(op->getParentOp());
  if (!loop || !result.hasOneUse() || !isLastRead(value, op))
    return false;
  OpOperand &use = *result.use_begin();
  if (auto yield = dyn_cast<scf::YieldOp>(use.getOwner()))
    return value == loop.getRegionIterArg(use.getOperandNumber());
  auto insert = dyn_cast<tensor::InsertSliceOp>(use.getOwner());
  auto extract = value.getDefiningOp<tensor::ExtractSliceOp>();
  return insert && extract && insert.getDest() == extract.getSource() &&
         insert.getMixedOffsets() == extract.getMixedOffsets();
}

/// True where nothing needs `value` after `op`, which reads it, and where its
/// buffer is one of our own.
bool diesAt(Value value, Operation *op) {
  return isa_and_nonnull<linalg::LinalgOp, ContractIntoOp>(
             value.getDefiningOp()) &&
         isLastRead(value, op);
}

/// Writes the results of an elementwise op over operands that nobody needs any
/// more; what a loop carries comes first.
void reuseOperands(linalg::GenericOp op) {
  if (op.getNumParallelLoops() != op.getNumLoops())
    return;
  llvm::SmallPtrSet<Value, 4> taken;
  auto reuse = [&](OpOperand &init, llvm::function_ref<bool(Value)> fits) {
    for (OpOperand *input : op.getDpsInputOperands()) {
      if (input->get().getType() != init.get().getType() ||
          op.getMatchingIndexingMap(input) !=
              op.getMatchingIndexingMap(&init) ||
          !fits(input->get()) || !taken.insert(input->get()).second)
        continue;
      init.set(input->get());
      return true;
    }
    return false;
  };
  for (OpOperand &init : op.getDpsInitsMutable())
    if (init.get().getDefiningOp<tensor::EmptyOp>() &&
        !reuse(init, [&](Value value) {
          return isCarriedAlong(value, op.getTiedOpResult(&init));
        }))
      reuse(init, [&](Value value) { return diesAt(value, op); });
}

/// The op that makes the start of a sum that a loop carries: an empty tensor or
/// one number everywhere.
Operation *getStart(Value value) {
  Operation *op = value.getDefiningOp();
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  bool isFill = generic && generic.getNumDpsInits() == 1 &&
                generic.getNumParallelLoops() == generic.getNumLoops() &&
                llvm::all_of(generic.getDpsInputs(), [](Value input) {
                  return !isa<TensorType>(input.getType());
                });
  return isFill || isa_and_nonnull<linalg::FillOp, tensor::EmptyOp>(op)
             ? op
             : nullptr;
}

/// Gives each sum of a loop memory of its own from the start: equal starts were
/// merged and would be copied.
void separateStarts(scf::ForOp loop) {
  OpBuilder builder(loop);
  for (OpOperand &init : loop.getInitArgsMutable()) {
    Operation *start = getStart(init.get());
    if (!start || init.get().hasOneUse())
      continue;
    Operation *copy = builder.clone(*start);
    for (OpOperand &operand : copy->getOpOperands())
      if (auto empty = operand.get().getDefiningOp<tensor::EmptyOp>())
        operand.set(builder.clone(*empty)->getResult(0));
    // Operands stand before their user.
    copy->moveBefore(loop);
    init.set(copy->getResult(0));
  }
}

/// Fills the start of a reduction, where it is one number everywhere; a
/// constant would be copied from memory.
void fillStarts(linalg::GenericOp op) {
  OpBuilder builder(op);
  for (OpOperand &init : op.getDpsInitsMutable()) {
    DenseElementsAttr start;
    if (op.getNumReductionLoops() == 0 ||
        !matchPattern(init.get(), m_Constant(&start)) || !start.isSplat())
      continue;
    Location loc = op.getLoc();
    Value number = arith::ConstantOp::create(builder, loc,
                                             start.getSplatValue<TypedAttr>());
    Value empty = tensor::EmptyOp::create(
        builder, loc, start.getType().getShape(), start.getElementType());
    init.set(linalg::FillOp::create(builder, loc, number, empty).getResult(0));
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
    getOperation()->walk([](linalg::GenericOp op) { fillStarts(op); });
    getOperation()->walk([](linalg::GenericOp op) { reuseOperands(op); });
    getOperation()->walk([](scf::ForOp loop) { separateStarts(loop); });
  }
};

} // namespace
