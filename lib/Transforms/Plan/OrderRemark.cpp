//===- OrderRemark.cpp - What a pass says of an order ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Plan/OrderRemark.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/DebugLog.h"
#include "llvm/Support/FormatVariadic.h"

#define DEBUG_TYPE "tensornet-plan"

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

void mlir::tensornet::emitOrderRemark(ContractOp op,
                                      const OrderingProblem &problem,
                                      const ContractionTree &tree,
                                      const SearchSummary &summary,
                                      StringRef category) {
  auto format = [](double count) {
    return llvm::formatv("{0:f0}", count).str();
  };
  std::string order = formatOrder(problem, tree);
  TreeCost chosen = problem.computeCost(tree);
  TreeCost incoming = problem.computeCost(
      ContractionTree::getLeftToRight(problem.graph.getNumLeaves()));
  LDBG() << op.getLoc() << ": order " << order << " by "
         << getName(summary.strategy) << " search, multiplications "
         << format(incoming.value) << " -> " << format(chosen.value);
  remark::detail::InFlightRemark remark = remark::passed(
      op.getLoc(),
      remark::RemarkOpts::name("ContractionOrder").category(category));
  remark << remark::add("contraction ordered") << remark::metric("Order", order)
         << remark::metric("Strategy", getName(summary.strategy))
         << remark::metric("MultiplicationsIncoming", format(incoming.value))
         << remark::metric("Multiplications", format(chosen.value));
  if (chosen.weighted != chosen.value)
    remark << remark::metric("MultiplicationsWithGradients",
                             format(chosen.weighted));
}
