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

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETPLAN
#include "tensornet/Transforms/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// Replaces `op` by contractions in pairwise form.
static void planContraction(ContractOp op, const SearchOptions &options) {
  OrderingProblem problem(op, BitVector(op.getInputs().size()));
  SearchSummary summary;
  ContractionTree tree = findTree(problem.graph, options, &summary);
  emitOrderRemark(op, problem, tree, summary, "tensornet-plan");
  OpBuilder builder(op);
  op.getResult().replaceAllUsesWith(createTree(builder, op, problem, tree));
  op.erase();
}

void mlir::tensornet::planContractions(Operation *root,
                                       const SearchOptions &options) {
  root->walk([&](ContractOp op) {
    if (!isPairwise(op))
      planContraction(op, options);
  });
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
    options.strategy = *parsed;
    options.trials = trials;
    options.seed = seed;
    planContractions(getOperation(), options);
  }
};

} // namespace
