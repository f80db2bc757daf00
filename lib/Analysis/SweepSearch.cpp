//===- SweepSearch.cpp - Trees that sweep over a network ------------------===//
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
#include <queue>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

/// Sweeps of one call together absorb about so many leaves.
constexpr unsigned kLeavesPerCall = 20000;
constexpr unsigned kMaxSweeps = 64;

namespace {
/// The leaves in the order in which one tensor per connected part absorbs them.
struct Sweep {
  std::vector<unsigned> order;
  /// How many leaves each connected part has, in the same order.
  std::vector<unsigned> partSizes;
  /// The binary logarithm of the points of all steps.
  double logCost = -std::numeric_limits<double>::infinity();
};

/// Makes sweeps over one network.
class Sweeper {
public:
  Sweeper(const ContractionGraph &graph, const SweepParameters &parameters);
  /// The next sweep; std::nullopt where it would cost more than 2^`logLimit`.
  std::optional<Sweep> run(double logLimit);
  /// The tree that a sweep stands for.
  ContractionTree getTree(const Sweep &sweep) const;

private:
  struct Entry {
    double score;
    unsigned leaf, version;
    /// The order of a heap with the lowest score on top.
    bool operator<(const Entry &other) const {
      return std::tie(other.score, other.leaf) < std::tie(score, leaf);
    }
  };

  void start();
  std::vector<unsigned> getDistances(unsigned from) const;
  unsigned getFarthest(llvm::ArrayRef<unsigned> distances);
  unsigned chooseFirst();
  void push(unsigned leaf);
  void shrinkGrowths(IndexId index);
  double absorb(unsigned leaf);
  bool sweepPart(double logLimit, Sweep &sweep);

  const ContractionGraph &graph;
  SweepParameters parameters;
  SearchRandom random;
  /// With nothing contracted.
  const TreeBuilder leaves;

  // Of the sweep in hand.
  /// Per index how many leaves that hold it are left, and whether one is not.
  std::vector<unsigned> numLeft;
  std::vector<bool> touched;
  /// Per leaf.
  std::vector<bool> absorbed;
  std::vector<double> growths;
  std::vector<unsigned> versions, distances;
  std::priority_queue<Entry> queue;
  double logFront = 0;
};
} // namespace

Sweeper::Sweeper(const ContractionGraph &graph,
                 const SweepParameters &parameters)
    : graph(graph), parameters(parameters), random(parameters.seed),
      leaves(graph) {}

void Sweeper::start() {
  numLeft.clear();
  for (IndexId index = 0; index < graph.getNumIndices(); ++index)
    numLeft.push_back(leaves.getHolders(index).size());
  touched.assign(graph.getNumIndices(), false);
  growths.clear();
  for (unsigned leaf = 0; leaf < graph.getNumLeaves(); ++leaf)
    growths.push_back(leaves.getLogElements(leaf));
  absorbed.assign(graph.getNumLeaves(), false);
  versions.assign(graph.getNumLeaves(), 0);
}

/// How many indices lie between a leaf and each other one; the number of leaves
/// where there is no way.
std::vector<unsigned> Sweeper::getDistances(unsigned from) const {
  unsigned numLeaves = graph.getNumLeaves();
  std::vector<unsigned> distances(numLeaves, numLeaves);
  std::vector<bool> seen(graph.getNumIndices(), false);
  std::vector<unsigned> reached = {from};
  distances[from] = 0;
  for (size_t next = 0; next < reached.size(); ++next)
    for (IndexId index : leaves.getIndices(reached[next])) {
      if (seen[index])
        continue;
      seen[index] = true;
      for (unsigned leaf : leaves.getHolders(index))
        if (distances[leaf] == numLeaves) {
          distances[leaf] = distances[reached[next]] + 1;
          reached.push_back(leaf);
        }
    }
  return distances;
}

/// One of the leaves that are farthest away but can be reached.
unsigned Sweeper::getFarthest(llvm::ArrayRef<unsigned> distances) {
  unsigned farthest = 0, longest = 0, numFarthest = 0;
  for (unsigned leaf = 0; leaf < distances.size(); ++leaf) {
    if (distances[leaf] == distances.size() || distances[leaf] < longest)
      continue;
    if (distances[leaf] > longest)
      numFarthest = 0;
    longest = distances[leaf];
    if (random.getBits() % ++numFarthest == 0)
      farthest = leaf;
  }
  return farthest;
}

/// A leaf from which to start the next part: half of the time anywhere, else on
/// the rim.
unsigned Sweeper::chooseFirst() {
  unsigned first = random.getBits() % absorbed.size();
  while (absorbed[first])
    first = (first + 1) % absorbed.size();
  if (random.getBits() & 1)
    first = getFarthest(getDistances(first));
  if (parameters.pull > 0)
    distances = getDistances(getFarthest(getDistances(first)));
  return first;
}

void Sweeper::push(unsigned leaf) {
  double score = growths[leaf] + parameters.temperature * random.getGumbel();
  if (parameters.pull > 0)
    score -= parameters.pull * distances[leaf];
  queue.push({score, leaf, ++versions[leaf]});
}

/// The leaves that are left and hold `index` leave the front smaller by it than
/// before.
void Sweeper::shrinkGrowths(IndexId index) {
  for (unsigned leaf : leaves.getHolders(index))
    if (!absorbed[leaf]) {
      growths[leaf] -= leaves.getLogExtent(index);
      push(leaf);
    }
}

/// Contracts the front with a leaf; the binary logarithm of the points.
double Sweeper::absorb(unsigned leaf) {
  absorbed[leaf] = true;
  double logPoints = logFront;
  for (IndexId index : leaves.getIndices(leaf)) {
    --numLeft[index];
    if (!touched[index]) {
      touched[index] = true;
      logPoints += leaves.getLogExtent(index);
      // Others no longer bring it into the front,
      shrinkGrowths(index);
    }
    // and the last one takes it out.
    if (numLeft[index] == 1 && !graph.isOutput(index))
      shrinkGrowths(index);
  }
  logFront += growths[leaf];
  return logPoints;
}

/// Sweeps over what can be reached from one leaf; false where that costs too
/// much.
bool Sweeper::sweepPart(double logLimit, Sweep &sweep) {
  size_t before = sweep.order.size();
  queue = {};
  logFront = 0;
  push(chooseFirst());
  while (!queue.empty()) {
    Entry next = queue.top();
    queue.pop();
    if (absorbed[next.leaf] || next.version != versions[next.leaf])
      continue;
    bool isFirst = sweep.order.size() == before;
    double logPoints = absorb(next.leaf);
    sweep.order.push_back(next.leaf);
    if (isFirst)
      continue;
    sweep.logCost = LogSum::get(sweep.logCost, logPoints);
    if (sweep.logCost > logLimit)
      return false;
  }
  sweep.partSizes.push_back(sweep.order.size() - before);
  return true;
}

std::optional<Sweep> Sweeper::run(double logLimit) {
  start();
  Sweep sweep;
  while (sweep.order.size() < graph.getNumLeaves())
    if (!sweepPart(logLimit, sweep))
      return std::nullopt;
  return sweep;
}

ContractionTree Sweeper::getTree(const Sweep &sweep) const {
  TreeBuilder builder = leaves;
  llvm::ArrayRef<unsigned> left = sweep.order;
  for (unsigned size : sweep.partSizes) {
    NodeId front = left.front();
    for (unsigned leaf : left.take_front(size).drop_front())
      front = builder.contract(front, leaf);
    left = left.drop_front(size);
  }
  return builder.finish();
}

std::optional<ContractionTree>
detail::findSweepTree(const ContractionGraph &graph,
                      const SweepParameters &parameters) {
  if (graph.getNumLeaves() == 0)
    return ContractionTree(0);
  Sweeper sweeper(graph, parameters);
  unsigned numSweeps =
      std::clamp(kLeavesPerCall / graph.getNumLeaves(), 1u, kMaxSweeps);
  std::optional<Sweep> best;
  double logLimit = parameters.logCostLimit;
  for (unsigned i = 0; i < numSweeps; ++i)
    if (std::optional<Sweep> sweep = sweeper.run(logLimit)) {
      logLimit = sweep->logCost;
      best = std::move(sweep);
    }
  if (!best)
    return std::nullopt;
  return sweeper.getTree(*best);
}
