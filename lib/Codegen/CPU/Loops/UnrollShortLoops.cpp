//===- UnrollShortLoops.cpp - Short loops to straight code ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETUNROLLSHORTLOOPS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// The largest number of ops of a nest that becomes straight code, in which a
/// shuffle counts for `kShuffleOps`: LLVM's instruction selection looks through
/// networks of them from every result.
static constexpr double kMostOps = 1024;
/// The same for a nest inside a loop that stays.
static constexpr double kMostInnerOps = 128;
static constexpr double kShuffleOps = 8;
/// The largest number of steps of each loop of such a nest: many equal steps
/// are as fast in a loop, and quicker to compile.
static constexpr uint64_t kMostSteps = 32;

/// True for arithmetic of addresses, which unrolling makes constant, and ops
/// that become no code.
static bool isFree(Operation *op) {
  return op->hasTrait<OpTrait::IsTerminator>() ||
         op->hasTrait<OpTrait::ConstantLike>() ||
         (op->getNumResults() > 0 &&
          llvm::all_of(op->getResultTypes(), llvm::IsaPred<IndexType>));
}

/// What `op`, which has no body, counts for.
static double countOp(Operation *op) {
  if (isFree(op))
    return 0;
  return isa<vector::ShuffleOp>(op) ? kShuffleOps : 1;
}

/// The number of ops that the body of `op` becomes when all loops in it are
/// unrolled, infinite where that is impossible.
static double countUnrolled(Operation *op) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  // A function costs more than a step of the loop around its call.
  if (isa<CallOpInterface>(op))
    return kNever;
  double inside = 0;
  for (Region &region : op->getRegions())
    for (Operation &inner : region.getOps())
      inside += countUnrolled(&inner);
  if (op->getNumRegions() == 0)
    return countOp(op);
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop)
    return isa<scf::IfOp>(op) ? inside + 1 : kNever;
  std::optional<APInt> steps = loop.getStaticTripCount();
  return steps && steps->ule(kMostSteps)
             ? double(steps->getZExtValue()) * inside
             : kNever;
}

/// Unrolls `loop` and what it holds.
static void unroll(scf::ForOp loop) {
  SmallVector<scf::ForOp> loops;
  loop->walk([&](scf::ForOp inner) { loops.push_back(inner); });
  for (scf::ForOp inner : loops)
    (void)loopUnrollFull(inner);
}

/// Unrolls the largest nests of few ops in `region`.
static void unrollIn(Region &region, double most) {
  for (Operation &op : llvm::make_early_inc_range(region.getOps())) {
    auto loop = dyn_cast<scf::ForOp>(op);
    if (loop && countUnrolled(loop) <= most) {
      unroll(loop);
      continue;
    }
    bool isLoop = isa<LoopLikeOpInterface>(op);
    for (Region &inner : op.getRegions())
      unrollIn(inner, isLoop ? kMostInnerOps : most);
  }
}

/// The number of leading lanes that `mask` has, if it is known.
static std::optional<int64_t> getLanes(Value mask) {
  if (auto constant = mask.getDefiningOp<vector::ConstantMaskOp>())
    return constant.getMaskDimSizes()[0];
  if (auto created = mask.getDefiningOp<vector::CreateMaskOp>())
    return getConstantIntValue(created.getOperands()[0]);
  return std::nullopt;
}

/// True where LLVM's code generator has no code to load or store a vector of
/// this type: a register would hold one bf16 alone.
static bool leavesOneBF16(VectorType type) {
  return type.getElementType().isBF16() && type.getNumElements() > 1 &&
         type.getNumElements() % 8 == 1;
}

/// Makes shorter vectors of masked ones outside of loops. What a masked store
/// wrote is loaded only when it has reached the cache; other stores hand it on.
static void shortenMasked(Region &region) {
  IRRewriter rewriter(region.getContext());
  for (Operation &op : llvm::make_early_inc_range(region.getOps())) {
    Location loc = op.getLoc();
    rewriter.setInsertionPoint(&op);
    auto getPart = [&](Value mask, VectorType type) -> VectorType {
      std::optional<int64_t> lanes = getLanes(mask);
      if (!lanes || *lanes < 1 || *lanes >= type.getNumElements())
        return {};
      auto part = VectorType::get({*lanes}, type.getElementType());
      return leavesOneBF16(part) ? VectorType() : part;
    };
    if (auto load = dyn_cast<vector::MaskedLoadOp>(op)) {
      VectorType part = getPart(load.getMask(), load.getVectorType());
      if (!part)
        continue;
      Value loaded = vector::LoadOp::create(rewriter, loc, part, load.getBase(),
                                            load.getIndices());
      rewriter.replaceOpWithNewOp<vector::InsertStridedSliceOp>(
          load, loaded, load.getPassThru(), ArrayRef<int64_t>{0},
          ArrayRef<int64_t>{1});
    } else if (auto store = dyn_cast<vector::MaskedStoreOp>(op)) {
      VectorType part = getPart(store.getMask(), store.getVectorType());
      if (!part)
        continue;
      Value stored = vector::ExtractStridedSliceOp::create(
          rewriter, loc, store.getValueToStore(), 0, part.getNumElements(), 1);
      vector::StoreOp::create(rewriter, loc, stored, store.getBase(),
                              store.getIndices());
      rewriter.eraseOp(store);
    }
  }
}

namespace {

struct UnrollShortLoops
    : tensornet::impl::TensorNetUnrollShortLoopsBase<UnrollShortLoops> {
  void runOnOperation() override {
    getOperation()->walk([](FunctionOpInterface function) {
      unrollIn(function.getFunctionBody(), kMostOps);
      shortenMasked(function.getFunctionBody());
    });
  }
};

} // namespace
