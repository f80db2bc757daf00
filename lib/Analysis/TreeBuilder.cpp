//===- TreeBuilder.cpp - A tree made step by step -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TreeBuilder.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

TreeBuilder::TreeBuilder(const ContractionGraph &graph)
    : graph(graph), tree(graph.getNumLeaves()), holders(graph.getNumIndices()) {
  logExtents.reserve(graph.getNumIndices());
  for (IndexId index = 0; index < graph.getNumIndices(); ++index)
    logExtents.push_back(std::log2(std::max(graph.getExtent(index), 1.0)));
  std::vector<unsigned> occurrences = graph.countOccurrences();
  for (const ContractionGraph::Leaf &leaf : graph.getLeaves()) {
    IndexSet live = leaf.indices;
    llvm::erase_if(live, [&](IndexId index) {
      return occurrences[index] == 1 && !graph.isOutput(index);
    });
    addNode(std::move(live));
  }
}

void TreeBuilder::addNode(IndexSet indices) {
  NodeId node = sets.size();
  for (IndexId index : indices)
    holders[index].push_back(node);
  logElements.push_back(getLogPoints(indices));
  sets.push_back(std::move(indices));
  used.push_back(false);
}

double TreeBuilder::getLogPoints(const IndexSet &indices) const {
  double log = 0;
  for (IndexId index : indices)
    log += logExtents[index];
  return log;
}

IndexSet TreeBuilder::getResultIndices(NodeId lhs, NodeId rhs) const {
  IndexSet result = unite(sets[lhs], sets[rhs]);
  llvm::erase_if(result, [&](IndexId index) {
    if (graph.isOutput(index) || holders[index].size() > 2)
      return false;
    return llvm::all_of(holders[index], [&](NodeId node) {
      return node == lhs || node == rhs;
    });
  });
  return result;
}

NodeId TreeBuilder::contract(NodeId lhs, NodeId rhs) {
  IndexSet result = getResultIndices(lhs, rhs);
  used[lhs] = used[rhs] = true;
  for (NodeId node : {lhs, rhs}) {
    for (IndexId index : sets[node])
      llvm::erase(holders[index], node);
    sets[node] = IndexSet();
  }
  addNode(std::move(result));
  return tree.addStep(lhs, rhs);
}

NodeId TreeBuilder::contractAll(llvm::ArrayRef<NodeId> nodes) {
  using Entry = std::pair<double, NodeId>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<Entry>> smallest;
  for (NodeId node : nodes)
    smallest.push({logElements[node], node});
  while (true) {
    NodeId first = smallest.top().second;
    smallest.pop();
    if (smallest.empty())
      return first;
    NodeId second = smallest.top().second;
    smallest.pop();
    NodeId node = contract(first, second);
    smallest.push({logElements[node], node});
  }
}

ContractionTree TreeBuilder::finish() {
  llvm::SmallVector<NodeId> left;
  for (NodeId node = 0; node < used.size(); ++node)
    if (!used[node])
      left.push_back(node);
  if (!left.empty())
    contractAll(left);
  return std::move(tree);
}
