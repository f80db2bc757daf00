//===- PlanPass.cpp - The pass tensornet-plan -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/PathSearch.h"
#include "tensornet/Transforms/Passes.h"
#include "tensornet/Transforms/Plan/ContractionOrder.h"
#include "tensornet/Transforms/Plan/Plan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/DebugLog.h"
#include "llvm/Support/FormatVariadic.h"

#define DEBUG_TYPE "tensornet-plan"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETPLAN
#include "tensornet/Transforms/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// The steps of `tree` in operand numbers, such as "((0 2) 1)". Long orders are
/// not written out.
static std::string formatOrder(const OrderingProblem &problem,
                               const ContractionTree &tree) {
  constexpr unsigned kMaxLeaves = 16;
  unsigned numOperands = problem.leaves.size() + problem.scalars.size();
  if (problem.leaves.empty() || numOperands > kMaxLeaves)
    return llvm::formatv("{0} operands", numOperands);
  std::vector<std::string> nodes;
  for (unsigned operand : problem.leaves)
    nodes.push_back(std::to_string(operand));
  if (!problem.scalars.empty()) {
    std::string product = std::to_string(problem.scalars.front());
    for (unsigned operand : llvm::drop_begin(problem.scalars))
      product = "(" + product + " " + std::to_string(operand) + ")";
    nodes.push_back(product);
  }
  for (const ContractionStep &step : tree.getSteps())
    nodes.push_back("(" + nodes[step.lhs] + " " + nodes[step.rhs] + ")");
  return nodes.back();
}

/// Tells remark streamers and the debug log what was chosen for `op`.
static void reportOrder(ContractOp op, const OrderingProblem &problem,
                        const ContractionTree &tree,
                        const SearchSummary &summary) {
  auto getCost = [&](const ContractionTree &order) {
    return llvm::formatv("{0:f0}", problem.countMultiplications(order)).str();
  };
  std::string order = formatOrder(problem, tree);
  std::string incoming =
      getCost(ContractionTree::getLeftToRight(problem.graph.getNumLeaves()));
  std::string chosen = getCost(tree);
  LDBG() << op.getLoc() << ": order " << order << " by "
         << getName(summary.strategy) << " search, multiplications " << incoming
         << " -> " << chosen;
  remark::passed(
      op.getLoc(),
      remark::RemarkOpts::name("ContractionOrder").category(DEBUG_TYPE))
      << remark::add("contraction ordered") << remark::metric("Order", order)
      << remark::metric("Strategy", getName(summary.strategy))
      << remark::metric("MultiplicationsIncoming", incoming)
      << remark::metric("Multiplications", chosen);
}

/// Replaces `op` by contractions in pairwise form.
static void planContraction(ContractOp op, const SearchOptions &options) {
  OrderingProblem problem(op, BitVector(op.getInputs().size()));
  SearchSummary summary;
  ContractionTree tree = findTree(problem.graph, options, &summary);
  reportOrder(op, problem, tree, summary);
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
