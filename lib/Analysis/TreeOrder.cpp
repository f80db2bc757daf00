//===- TreeOrder.cpp - The order of the steps of a tree -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathSearchInternal.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {
/// Decides for each step which operand is made first, so that the fewest
/// elements are alive at a time (Sethi and Ullman 1970, with sizes).
class DepthFirstOrder {
public:
  DepthFirstOrder(const ContractionGraph &graph, const ContractionTree &tree);
  ContractionTree getTree() const;

private:
  /// Whether making `first` before `second` needs less memory than after it.
  bool comesFirst(NodeId first, NodeId second) const {
    double firstPeak = std::max(peak[first], elements[first] + peak[second]);
    double secondPeak = std::max(peak[second], elements[second] + peak[first]);
    return firstPeak != secondPeak ? firstPeak < secondPeak
                                   : lowestLeaf[first] < lowestLeaf[second];
  }

  const ContractionTree &tree;
  /// Per node: elements of a step's result (leaves are there anyway, and count
  /// 0), the most elements alive while it is made, and its lowest leaf.
  std::vector<double> elements, peak;
  std::vector<NodeId> lowestLeaf;
  /// Per node the operand that is made first.
  std::vector<NodeId> first;
};
} // namespace

DepthFirstOrder::DepthFirstOrder(const ContractionGraph &graph,
                                 const ContractionTree &tree)
    : tree(tree), elements(tree.getNumNodes(), 0), peak(tree.getNumNodes(), 0),
      lowestLeaf(tree.getNumNodes()), first(tree.getNumNodes(), 0) {
  for (NodeId leaf = 0; leaf < tree.getNumLeaves(); ++leaf)
    lowestLeaf[leaf] = leaf;
  tree.walkSteps(graph, [&](const ContractionTree::StepView &step) {
    NodeId lhs = step.lhs, rhs = step.rhs, node = step.node;
    elements[node] = graph.getNumPoints(step.resultIndices);
    lowestLeaf[node] = std::min(lowestLeaf[lhs], lowestLeaf[rhs]);
    first[node] = comesFirst(lhs, rhs) ? lhs : rhs;
    NodeId second = first[node] == lhs ? rhs : lhs;
    peak[node] =
        std::max({peak[first[node]], elements[first[node]] + peak[second],
                  elements[lhs] + elements[rhs] + elements[node]});
  });
}

ContractionTree DepthFirstOrder::getTree() const {
  ContractionTree ordered(tree.getNumLeaves());
  if (tree.getSteps().empty())
    return ordered;
  std::vector<NodeId> made(tree.getNumNodes());
  for (NodeId leaf = 0; leaf < tree.getNumLeaves(); ++leaf)
    made[leaf] = leaf;
  // The second entry says that the operands have been made.
  std::vector<std::pair<NodeId, bool>> stack = {{tree.getRoot(), false}};
  while (!stack.empty()) {
    auto [node, isReady] = stack.back();
    stack.pop_back();
    if (tree.isLeaf(node))
      continue;
    auto [lhs, rhs] = tree.getStep(node);
    if (!isReady) {
      NodeId second = first[node] == lhs ? rhs : lhs;
      stack.push_back({node, true});
      stack.push_back({second, false});
      stack.push_back({first[node], false});
      continue;
    }
    if (lowestLeaf[lhs] > lowestLeaf[rhs])
      std::swap(lhs, rhs);
    made[node] = ordered.addStep(made[lhs], made[rhs]);
  }
  return ordered;
}

ContractionTree detail::orderDepthFirst(const ContractionGraph &graph,
                                        const ContractionTree &tree) {
  return DepthFirstOrder(graph, tree).getTree();
}
