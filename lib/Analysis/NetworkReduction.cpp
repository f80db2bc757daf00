//===- NetworkReduction.cpp - The cheap steps first -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkReduction.h"

#include "TreeBuilder.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {
/// Contracts pairs while one is worth it.
class Reducer {
public:
  Reducer(const ContractionGraph &graph) : graph(graph), builder(graph) {}
  ContractionTree run();

private:
  void pushPairs(NodeId node);
  void pushPair(NodeId lhs, NodeId rhs);

  const ContractionGraph &graph;
  TreeBuilder builder;
  std::priority_queue<ScoredPair> pairs;
};
} // namespace

/// Queues a pair whose result is no larger than the larger operand.
void Reducer::pushPair(NodeId lhs, NodeId rhs) {
  if (builder.isFree(lhs) || builder.isFree(rhs))
    return;
  double result = builder.getLogPoints(builder.getResultIndices(lhs, rhs));
  double larger =
      std::max(builder.getLogElements(lhs), builder.getLogElements(rhs));
  // Sums of logarithms in another order differ in the last bits.
  if (result > larger + 1e-9)
    return;
  IndexSet points = unite(builder.getIndices(lhs), builder.getIndices(rhs));
  pairs.push({builder.getLogPoints(points), lhs, rhs});
}

void Reducer::pushPairs(NodeId node) {
  llvm::SmallVector<NodeId, 16> neighbours;
  for (IndexId index : builder.getIndices(node)) {
    llvm::ArrayRef<NodeId> holders = builder.getHolders(index);
    size_t looked = std::min<size_t>(holders.size(), kMaxNeighboursPerIndex);
    for (NodeId other : holders.take_back(looked))
      if (other < node)
        neighbours.push_back(other);
  }
  llvm::sort(neighbours);
  neighbours.erase(llvm::unique(neighbours), neighbours.end());
  for (NodeId other : neighbours)
    pushPair(other, node);
}

/// The steps done; the tree is not complete.
ContractionTree Reducer::run() {
  for (NodeId leaf = 0; leaf < graph.getNumLeaves(); ++leaf)
    pushPairs(leaf);
  while (!pairs.empty()) {
    ScoredPair next = pairs.top();
    pairs.pop();
    if (!builder.isUsed(next.lhs) && !builder.isUsed(next.rhs))
      pushPairs(builder.contract(next.lhs, next.rhs));
  }
  return builder.getTree();
}

NetworkReduction::NetworkReduction(const ContractionGraph &graph)
    : numLeaves(graph.getNumLeaves()) {
  ContractionTree partial = Reducer(graph).run();
  steps.assign(partial.getSteps().begin(), partial.getSteps().end());
  std::vector<IndexSet> sets = partial.computeNodeIndices(graph);
  std::vector<bool> active = partial.computeActiveNodes(graph);
  std::vector<bool> used(partial.getNumNodes(), false);
  for (const ContractionStep &step : steps)
    used[step.lhs] = used[step.rhs] = true;
  for (IndexId index = 0; index < graph.getNumIndices(); ++index)
    reduced.addIndex(graph.getExtent(index));
  for (NodeId node = 0; node < partial.getNumNodes(); ++node) {
    if (used[node])
      continue;
    representatives.push_back(node);
    reduced.addLeaf(sets[node], active[node],
                    node < numLeaves && graph.getLeaf(node).free);
  }
  reduced.setOutput(graph.getOutput());
}

ContractionTree NetworkReduction::expand(const ContractionTree &tree) const {
  ContractionTree expanded(numLeaves);
  for (const ContractionStep &step : steps)
    expanded.addStep(step.lhs, step.rhs);
  std::vector<NodeId> made = representatives;
  for (const ContractionStep &step : tree.getSteps())
    made.push_back(expanded.addStep(made[step.lhs], made[step.rhs]));
  return expanded;
}
