//===- JointPlan.cpp - Contractions planned together ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionGroup.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "tensornet/Analysis/JointSearch.h"
#include "tensornet/Transforms/Plan/Plan.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"
#include "llvm/Support/FormatVariadic.h"

#define DEBUG_TYPE "tensornet-plan"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// How often the body of `loop` runs; a guess where only the run knows it.
static double getTripCount(LoopLikeOpInterface loop) {
  constexpr double kTripCountHint = 100;
  std::optional<APInt> count = loop.getStaticTripCount();
  return count ? std::max<double>(1, count->getZExtValue()) : kTripCountHint;
}

/// How often `value` changes while `block` runs once: loops whose body `block`
/// is, directly or through other loops, may leave it as it is.
static double getFrequency(Value value, Block &block) {
  double frequency = 1;
  auto loop = dyn_cast<LoopLikeOpInterface>(block.getParentOp());
  while (loop) {
    Operation *producer = value.getDefiningOp();
    bool isConstant = producer && producer->hasTrait<OpTrait::ConstantLike>();
    if (!isConstant && !loop.isDefinedOutsideOfLoop(value))
      break;
    frequency /= getTripCount(loop);
    loop = dyn_cast_or_null<LoopLikeOpInterface>(loop->getParentOp());
  }
  return frequency;
}

/// Moves contractions of what `loop` does not change in front of it.
static void hoistInvariantContractions(LoopLikeOpInterface loop) {
  moveLoopInvariantCode(
      loop.getLoopRegions(),
      [&](Value value, Region *) { return loop.isDefinedOutsideOfLoop(value); },
      [&](Operation *op, Region *) {
        return (isa<ContractOp>(op) || op->hasTrait<OpTrait::ConstantLike>()) &&
               isMemoryEffectFree(op) && isSpeculatable(op);
      },
      [&](Operation *op, Region *) { loop.moveOutOfLoop(op); });
}

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

static std::string format(double count) {
  return llvm::formatv("{0:f0}", count).str();
}

/// Tells remark streamers and the debug log what planning `block` together
/// brought.
static void reportGroup(Block &block, const JointSummary &summary) {
  Location loc = block.getParentOp()->getLoc();
  LDBG() << loc << ": " << summary.numNetworks << " networks and "
         << summary.numWindows << " windows, multiplications "
         << summary.before.value << " -> " << summary.after.value
         << ", shared products " << summary.sharedBefore << " -> "
         << summary.sharedAfter;
  bool isBetter = summary.after.total < summary.before.total;
  remark::passed(loc,
                 remark::RemarkOpts::name("JointPlan").category(DEBUG_TYPE))
      << remark::add(isBetter ? "contractions planned together"
                              : "contractions kept in their orders")
      << remark::metric("MultiplicationsIncoming", format(summary.before.value))
      << remark::metric("Multiplications", format(summary.after.value))
      << remark::metric("SharedIncoming", std::to_string(summary.sharedBefore))
      << remark::metric("Shared", std::to_string(summary.sharedAfter));
}

/// Tells of every product that `planned` shares between several readers and
/// that the contractions as they came did not make.
static void reportSharedProducts(Block &block, const ProductGroup &planned,
                                 unsigned numIncoming) {
  std::vector<unsigned> reads = planned.countReads();
  for (TensorId tensor : planned.getNeededProducts(planned.getResults())) {
    if (reads[tensor] < 2 || tensor < numIncoming)
      continue;
    GroupCost cost = planned.computeCost(planned.getProduct(tensor));
    remark::passed(
        block.getParentOp()->getLoc(),
        remark::RemarkOpts::name("SharedProduct").category(DEBUG_TYPE))
        << remark::add("product shared")
        << remark::metric("Multiplications", format(cost.value))
        << remark::metric("Elements", format(cost.written))
        << remark::metric("Readers", std::to_string(reads[tensor]));
  }
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

void mlir::tensornet::planBlockTogether(Block &block,
                                        const SearchOptions &options,
                                        function_ref<bool(Value)> isActive) {
  llvm::SmallSetVector<Type, 2> computeTypes;
  for (ContractOp op : block.getOps<ContractOp>())
    if (ContractionGroup::canJoin(op))
      computeTypes.insert(op.getComputeType());
  auto getFacts = [&](Value value) {
    return LeafFacts{isActive && isActive(value), getFrequency(value, block)};
  };
  for (Type computeType : computeTypes) {
    ContractionGroup group(block, computeType, getFacts);
    ProductGroup planned = group.getProducts();
    if (planned.getNeededProducts(planned.getResults()).size() < 2)
      continue;
    JointSummary summary = planJointly(planned, options);
    reportGroup(block, summary);
    if (summary.after.total >= summary.before.total * (1 - 1e-12))
      continue;
    reportSharedProducts(block, planned, group.getProducts().getNumTensors());
    group.rewrite(planned);
  }
}

void mlir::tensornet::planTogether(Operation *root,
                                   const SearchOptions &options) {
  if (options.strategy == SearchStrategy::LeftToRight)
    return;
  // Bodies of loops come first: what they do not change joins the contractions
  // around them.
  root->walk([&](Operation *op) {
    for (Region &region : op->getRegions())
      for (Block &block : region)
        planBlockTogether(block, options);
    if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
      hoistInvariantContractions(loop);
  });
}
