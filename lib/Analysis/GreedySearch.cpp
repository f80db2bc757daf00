//===- GreedySearch.cpp - Pairs with the best score first -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathSearchInternal.h"
#include "TreeBuilder.h"
#include "tensornet/Analysis/SearchRandom.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <tuple>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {
/// One run of the greedy search.
class GreedyRun {
public:
  GreedyRun(const ContractionGraph &graph, const GreedyParameters &parameters);
  std::optional<ContractionTree> run();

private:
  struct Remaining {
    double logElements;
    NodeId node;
    bool operator<(const Remaining &other) const {
      return std::tie(other.logElements, other.node) <
             std::tie(logElements, node);
    }
  };

  void noteNode(NodeId node);
  void pushPairs(NodeId node);
  double getScore(NodeId lhs, NodeId rhs, double logResult);
  double getLogPoints(NodeId lhs, NodeId rhs) const;
  void contract(NodeId lhs, NodeId rhs);
  NodeId popSmallest();
  std::pair<NodeId, NodeId> popPair();

  const ContractionGraph &graph;
  GreedyParameters parameters;
  SearchRandom random;
  TreeBuilder builder;
  /// Per node.
  std::vector<double> elements;
  /// The neighbours of the node in hand and, per node, by how much what it
  /// shares with that node shrinks their contraction; -1 for all others.
  std::vector<NodeId> neighbours;
  std::vector<double> logSaved;
  std::priority_queue<ScoredPair> pairs;
  std::priority_queue<Remaining> remaining;
};
} // namespace

GreedyRun::GreedyRun(const ContractionGraph &graph,
                     const GreedyParameters &parameters)
    : graph(graph), parameters(parameters), random(parameters.seed),
      builder(graph) {
  for (NodeId leaf = 0; leaf < graph.getNumLeaves(); ++leaf)
    noteNode(leaf);
}

/// Beyond 2^1000 elements all is equally hopeless, but still comparable.
static double getElements(double log) {
  return std::exp2(std::min(log, 1000.0));
}

/// Makes the next node known here, without its pairs.
void GreedyRun::noteNode(NodeId node) {
  double log = builder.getLogElements(node);
  elements.push_back(getElements(log));
  logSaved.push_back(-1);
  remaining.push({log, node});
}

/// log2 of the index points that the contraction of two nodes counts.
double GreedyRun::getLogPoints(NodeId lhs, NodeId rhs) const {
  if (builder.isFree(lhs) || builder.isFree(rhs))
    return -std::numeric_limits<double>::infinity();
  return builder.getLogPoints(
      unite(builder.getIndices(lhs), builder.getIndices(rhs)));
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
  for (IndexId index : builder.getIndices(node)) {
    llvm::ArrayRef<NodeId> holders = builder.getHolders(index);
    bool isSummed = holders.size() == 2 && !graph.isOutput(index);
    unsigned taken = 0;
    for (NodeId other : llvm::reverse(holders)) {
      if (other >= node)
        continue;
      // What they share is not counted twice, what is summed not at all.
      if (logSaved[other] < 0) {
        neighbours.push_back(other);
        logSaved[other] = 0;
      }
      logSaved[other] += builder.getLogExtent(index) * (isSummed ? 2 : 1);
      if (++taken == kMaxNeighboursPerIndex)
        break;
    }
  }
  llvm::sort(neighbours);
  for (NodeId other : neighbours) {
    double logResult = builder.getLogElements(other) +
                       builder.getLogElements(node) - logSaved[other];
    pairs.push({getScore(other, node, logResult), other, node});
    logSaved[other] = -1;
  }
}

void GreedyRun::contract(NodeId lhs, NodeId rhs) {
  NodeId node = builder.contract(lhs, rhs);
  noteNode(node);
  pushPairs(node);
}

/// Takes the smallest unused node out of `remaining`.
NodeId GreedyRun::popSmallest() {
  while (builder.isUsed(remaining.top().node))
    remaining.pop();
  NodeId node = remaining.top().node;
  remaining.pop();
  return node;
}

/// Takes the best pair of unused nodes out of `pairs`; the two smallest nodes
/// where none share an index.
std::pair<NodeId, NodeId> GreedyRun::popPair() {
  while (!pairs.empty()) {
    ScoredPair best = pairs.top();
    pairs.pop();
    if (!builder.isUsed(best.lhs) && !builder.isUsed(best.rhs))
      return {best.lhs, best.rhs};
  }
  NodeId smallest = popSmallest();
  return {smallest, popSmallest()};
}

std::optional<ContractionTree> GreedyRun::run() {
  unsigned numLeaves = graph.getNumLeaves();
  for (NodeId leaf = 0; leaf < numLeaves; ++leaf)
    pushPairs(leaf);
  while (builder.getTree().getNumNodes() + 1 < 2 * numLeaves) {
    auto [lhs, rhs] = popPair();
    if (getLogPoints(lhs, rhs) > parameters.logStepLimit)
      return std::nullopt;
    contract(lhs, rhs);
  }
  return builder.finish();
}

std::optional<ContractionTree>
detail::findGreedyTree(const ContractionGraph &graph,
                       const GreedyParameters &parameters) {
  return GreedyRun(graph, parameters).run();
}
