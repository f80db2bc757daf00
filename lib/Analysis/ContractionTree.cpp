//===- ContractionTree.cpp - An order of pairwise contractions ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/ContractionTree.h"

#include <algorithm>
#include <cassert>

using namespace mlir::tensornet;

ContractionTree ContractionTree::getLeftToRight(unsigned numLeaves) {
  ContractionTree tree(numLeaves);
  NodeId left = 0;
  for (NodeId leaf = 1; leaf < numLeaves; ++leaf)
    left = tree.addStep(left, leaf);
  return tree;
}

std::optional<ContractionTree>
ContractionTree::get(unsigned numLeaves,
                     llvm::ArrayRef<ContractionStep> steps) {
  ContractionTree tree(numLeaves);
  tree.steps.assign(steps.begin(), steps.end());
  if (!tree.isComplete())
    return std::nullopt;
  return tree;
}

NodeId ContractionTree::addStep(NodeId lhs, NodeId rhs) {
  assert(lhs != rhs && lhs < getNumNodes() && rhs < getNumNodes() &&
         "a step uses two nodes that exist");
  steps.push_back({lhs, rhs});
  return getNumNodes() - 1;
}

bool ContractionTree::isComplete() const {
  if (steps.size() != (numLeaves == 0 ? 0 : numLeaves - 1))
    return false;
  std::vector<bool> used(getNumNodes(), false);
  auto use = [&](NodeId node, NodeId user) {
    if (node >= user || used[node])
      return false;
    used[node] = true;
    return true;
  };
  for (NodeId node = numLeaves; node < getNumNodes(); ++node)
    if (!use(getStep(node).lhs, node) || !use(getStep(node).rhs, node))
      return false;
  return true;
}

unsigned ContractionTree::getDepth() const {
  std::vector<unsigned> depth(getNumNodes(), 0);
  unsigned deepest = 0;
  for (NodeId node = numLeaves; node < getNumNodes(); ++node) {
    const ContractionStep &step = getStep(node);
    depth[node] = 1 + std::max(depth[step.lhs], depth[step.rhs]);
    deepest = std::max(deepest, depth[node]);
  }
  return deepest;
}

namespace {
/// Follows which indices are alive while steps consume nodes.
class LiveIndices {
public:
  explicit LiveIndices(const ContractionGraph &graph)
      : graph(graph), holders(graph.countOccurrences()) {}

  /// The live indices of a leaf: those not private to it.
  IndexSet getLeafIndices(unsigned leaf) const {
    IndexSet live;
    for (IndexId index : graph.getLeaf(leaf).indices)
      if (holders[index] > 1 || graph.isOutput(index))
        live.push_back(index);
    return live;
  }

  /// Consumes two nodes; the live indices of their contraction.
  IndexSet contract(const IndexSet &lhs, const IndexSet &rhs) {
    for (IndexId index : lhs)
      --holders[index];
    for (IndexId index : rhs)
      --holders[index];
    IndexSet live;
    for (IndexId index : unite(lhs, rhs)) {
      if (holders[index] == 0 && !graph.isOutput(index))
        continue;
      ++holders[index];
      live.push_back(index);
    }
    return live;
  }

private:
  const ContractionGraph &graph;
  /// Per index: how many nodes that no step has used yet hold it.
  std::vector<unsigned> holders;
};
} // namespace

void ContractionTree::walkSteps(
    const ContractionGraph &graph,
    llvm::function_ref<void(const StepView &)> callback) const {
  assert(graph.getNumLeaves() == numLeaves && "the tree is of this graph");
  LiveIndices live(graph);
  std::vector<IndexSet> sets(getNumNodes());
  for (unsigned leaf = 0; leaf < numLeaves; ++leaf)
    sets[leaf] = live.getLeafIndices(leaf);
  for (NodeId node = numLeaves; node < getNumNodes(); ++node) {
    auto [lhs, rhs] = getStep(node);
    sets[node] = live.contract(sets[lhs], sets[rhs]);
    callback({node, lhs, rhs, sets[lhs], sets[rhs], sets[node]});
    sets[lhs] = IndexSet();
    sets[rhs] = IndexSet();
  }
}

std::vector<IndexSet>
ContractionTree::computeNodeIndices(const ContractionGraph &graph) const {
  LiveIndices live(graph);
  std::vector<IndexSet> sets(getNumNodes());
  for (unsigned leaf = 0; leaf < numLeaves; ++leaf)
    sets[leaf] = live.getLeafIndices(leaf);
  for (NodeId node = numLeaves; node < getNumNodes(); ++node)
    sets[node] =
        live.contract(sets[getStep(node).lhs], sets[getStep(node).rhs]);
  return sets;
}

std::vector<bool>
ContractionTree::computeActiveNodes(const ContractionGraph &graph) const {
  std::vector<bool> active(getNumNodes());
  for (unsigned leaf = 0; leaf < numLeaves; ++leaf)
    active[leaf] = graph.getLeaf(leaf).active;
  for (NodeId node = numLeaves; node < getNumNodes(); ++node)
    active[node] = active[getStep(node).lhs] || active[getStep(node).rhs];
  return active;
}
