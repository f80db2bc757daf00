//===- PlanPass.cpp - The pass tensornet-plan -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Passes.h"
#include "tensornet/Transforms/Plan/OrderRemark.h"
#include "tensornet/Transforms/Plan/Plan.h"
#include "tensornet/Transforms/Plan/SliceLoop.h"
#include "tensornet/Transforms/Plan/Slicing.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETPLAN
#include "tensornet/Transforms/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// Replaces `op` by contractions in pairwise form, in loops over slices where
/// it needs more memory than `memoryLimit`.
static LogicalResult planContraction(ContractOp op,
                                     const SearchOptions &options,
                                     uint64_t memoryLimit) {
  OrderingProblem problem(op, BitVector(op.getInputs().size()));
  SearchSummary summary;
  FailureOr<SlicedTree> tree = findTreeWithinMemory(
      op, problem, memoryLimit, options, summary, "tensornet-plan");
  if (failed(tree))
    return failure();
  emitOrderRemark(op, problem, tree->tree, summary, "tensornet-plan");
  if (!tree->sliced.empty())
    op = hoistInvariantSteps(op, problem, memoryLimit, *tree);
  OpBuilder builder(op);
  op.getResult().replaceAllUsesWith(
      tree->sliced.empty() ? createTree(builder, op, problem, tree->tree)
                           : createSlicedTree(builder, op, *tree));
  op.erase();
  return success();
}

LogicalResult mlir::tensornet::planContractions(Operation *root,
                                                const SearchOptions &options,
                                                uint64_t memoryLimit) {
  WalkResult result = root->walk([&](ContractOp op) {
    if (!isPairwise(op) && failed(planContraction(op, options, memoryLimit)))
      return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

namespace {

struct PlanPass : tensornet::impl::TensorNetPlanBase<PlanPass> {
  using TensorNetPlanBase::TensorNetPlanBase;

  void runOnOperation() override {
    SearchOptions options;
    std::optional<SearchStrategy> parsed = parseSearchStrategy(strategy);
    if (!parsed) {
      getOperation()->emitError("tensornet-plan: unknown strategy '")
          << strategy << "'; expected one of " << listSearchStrategies();
      return signalPassFailure();
    }
    std::optional<SearchObjective> minimised =
        parseSearchObjective(StringRef(objective));
    if (!minimised) {
      getOperation()->emitError("tensornet-plan: unknown objective '")
          << objective << "'; expected one of " << listSearchObjectives();
      return signalPassFailure();
    }
    options.strategy = *parsed;
    options.objective = *minimised;
    if (seconds > 0)
      options.seconds = seconds;
    options.trials = trials;
    options.seed = seed;
    if (failed(planContractions(getOperation(), options, memoryLimit)))
      return signalPassFailure();
    // What is shared and what is moved out of loops stays alive for longer.
    if (memoryLimit == 0)
      planTogether(getOperation(), options);
  }
};

} // namespace
