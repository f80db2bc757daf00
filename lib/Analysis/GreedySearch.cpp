//===- GreedySearch.cpp - Pairs with the best score first --------- -*- C++
//-*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathSearchInternal.h"
#include "tensornet/Analysis/SearchRandom.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <tuple>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {
/// How many neighbours a node is paired with over one index. An index on
/// thousands of leaves would otherwise make millions of pairs.
constexpr unsigned kMaxNeighboursPerIndex = 16;

/// One run of the greedy search.
class GreedyRun {
public:
  GreedyRun(const ContractionGraph &graph, const GreedyParameters &parameters);
  std::optional<ContractionTree> run();

private:
  struct Pair {
    double score;
    NodeId lhs, rhs;
    /// The order of a heap with the lowest score on top.
    bool operator<(const Pair &other) const {
      return std::tie(other.score, other.lhs, other.rhs) <
             std::tie(score, lhs, rhs);
    }
  };
  struct Remaining {
    double logElements;
    NodeId node;
    bool operator<(const Remaining &other) const {
      return std::tie(other.logElements, other.node) <
             std::tie(logElements, node);
    }
  };

  void addNode(IndexSet indices);
  void pushPairs(NodeId node);
  double getScore(NodeId lhs, NodeId rhs, double logResult);
  double getPoints(NodeId lhs, NodeId rhs) const;
  void contract(NodeId lhs, NodeId rhs);
  NodeId popSmallest();

  const ContractionGraph &graph;
  GreedyParameters parameters;
  SearchRandom random;
  ContractionTree tree;
  std::vector<double> logExtents;
  /// Per index the unused nodes that hold it, in ascending order.
  std::vector<llvm::SmallVector<NodeId, 2>> holders;
  std::vector<IndexSet> sets;
  std::vector<double> logElements, elements;
  std::vector<bool> used;
  /// The neighbours of the node in hand and, per node, by how much what it
  /// shares with that node shrinks their contraction; -1 for all others.
  std::vector<NodeId> neighbours;
  std::vector<double> logSaved;
  std::priority_queue<Pair> pairs;
  std::priority_queue<Remaining> remaining;
  /// The index points of all steps so far.
  double spent = 0;
};
} // namespace

GreedyRun::GreedyRun(const ContractionGraph &graph,
                     const GreedyParameters &parameters)
    : graph(graph), parameters(parameters), random(parameters.seed),
      tree(graph.getNumLeaves()), holders(graph.getNumIndices()) {
  logExtents.reserve(graph.getNumIndices());
  for (IndexId index = 0; index < graph.getNumIndices(); ++index)
    logExtents.push_back(std::log2(std::max(graph.getExtent(index), 1.0)));
  for (const ContractionGraph::Leaf &leaf : graph.getLeaves())
    addNode(leaf.indices);
}

/// Beyond 2^1000 elements all is equally hopeless, but still comparable.
static double getElements(double log) {
  return std::exp2(std::min(log, 1000.0));
}

/// Makes the next node known, without its pairs.
void GreedyRun::addNode(IndexSet indices) {
  NodeId node = sets.size();
  double log = 0;
  for (IndexId index : indices) {
    holders[index].push_back(node);
    log += logExtents[index];
  }
  sets.push_back(std::move(indices));
  logElements.push_back(log);
  elements.push_back(getElements(log));
  logSaved.push_back(-1);
  used.push_back(false);
  remaining.push({log, node});
}

/// The index points that the contraction of two nodes counts.
double GreedyRun::getPoints(NodeId lhs, NodeId rhs) const {
  auto isFree = [&](NodeId node) {
    return tree.isLeaf(node) && graph.getLeaf(node).free;
  };
  if (isFree(lhs) || isFree(rhs))
    return 0;
  double log = 0;
  for (IndexId index : unite(sets[lhs], sets[rhs]))
    log += logExtents[index];
  return std::exp2(log);
}

/// The score of two nodes whose contraction has so many elements.
double GreedyRun::getScore(NodeId lhs, NodeId rhs, double logResult) {
  double gain = getElements(logResult) / parameters.balance -
                parameters.balance * (elements[lhs] + elements[rhs]);
  double score = std::copysign(std::log1p(std::abs(gain)), gain);
  if (parameters.temperature == 0)
    return score;
  return score - parameters.temperature * random.getGumbel();
}

/// Pairs `node` with nodes before it that share an index with it.
void GreedyRun::pushPairs(NodeId node) {
  neighbours.clear();
  for (IndexId index : sets[node]) {
    bool isSummed = holders[index].size() == 2 && !graph.isOutput(index);
    unsigned taken = 0;
    for (NodeId other : llvm::reverse(holders[index])) {
      if (other >= node)
        continue;
      // What they share is not counted twice, what is summed not at all.
      if (logSaved[other] < 0) {
        neighbours.push_back(other);
        logSaved[other] = 0;
      }
      logSaved[other] += logExtents[index] * (isSummed ? 2 : 1);
      if (++taken == kMaxNeighboursPerIndex)
        break;
    }
  }
  llvm::sort(neighbours);
  for (NodeId other : neighbours) {
    double logResult = logElements[other] + logElements[node] - logSaved[other];
    pairs.push({getScore(other, node, logResult), other, node});
    logSaved[other] = -1;
  }
}

void GreedyRun::contract(NodeId lhs, NodeId rhs) {
  spent += getPoints(lhs, rhs);
  used[lhs] = used[rhs] = true;
  for (NodeId node : {lhs, rhs})
    for (IndexId index : sets[node])
      llvm::erase(holders[index], node);
  IndexSet result = unite(sets[lhs], sets[rhs]);
  llvm::erase_if(result, [&](IndexId index) {
    return holders[index].empty() && !graph.isOutput(index);
  });
  addNode(std::move(result));
  pushPairs(tree.addStep(lhs, rhs));
}

/// Takes the smallest unused node out of `remaining`.
NodeId GreedyRun::popSmallest() {
  while (used[remaining.top().node])
    remaining.pop();
  NodeId node = remaining.top().node;
  remaining.pop();
  return node;
}

std::optional<ContractionTree> GreedyRun::run() {
  unsigned numLeaves = graph.getNumLeaves();
  for (NodeId leaf = 0; leaf < numLeaves; ++leaf)
    pushPairs(leaf);
  while (tree.getNumNodes() + 1 < 2 * numLeaves) {
    if (spent > parameters.valueLimit)
      return std::nullopt;
    if (pairs.empty()) {
      NodeId smallest = popSmallest();
      contract(smallest, popSmallest());
      continue;
    }
    Pair best = pairs.top();
    pairs.pop();
    if (!used[best.lhs] && !used[best.rhs])
      contract(best.lhs, best.rhs);
  }
  return std::move(tree);
}

std::optional<ContractionTree>
detail::findGreedyTree(const ContractionGraph &graph,
                       const GreedyParameters &parameters) {
  return GreedyRun(graph, parameters).run();
}
