//===- PathSearch.cpp - Search for the cheapest order ------------- -*- C++
//-*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/PathSearch.h"

#include "PathSearchInternal.h"
#include "SearchRandom.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

bool SearchCost::isClearlyBelow(const SearchCost &other) const {
  constexpr double tolerance = 1e-12;
  if (total != other.total &&
      std::abs(total - other.total) > tolerance * other.total)
    return total < other.total;
  return written < other.written * (1 - tolerance);
}

SearchCost detail::getSearchCost(const TreeCost &cost, Objective objective) {
  return {objective == Objective::Value ? cost.value : cost.weighted,
          cost.written, cost.largest};
}

ContractionGraph detail::fuseParallelIndices(const ContractionGraph &graph) {
  std::vector<std::vector<unsigned>> holders(graph.getNumIndices());
  for (auto [number, leaf] : llvm::enumerate(graph.getLeaves()))
    for (IndexId index : leaf.indices)
      holders[index].push_back(number);

  // Groups are numbered by their first index.
  std::map<std::pair<std::vector<unsigned>, bool>, unsigned> groups;
  std::vector<llvm::SmallVector<IndexId, 2>> members;
  for (IndexId index = 0; index < graph.getNumIndices(); ++index) {
    bool isOutput = graph.isOutput(index);
    if (holders[index].empty() || (holders[index].size() == 1 && !isOutput))
      continue;
    auto [group, isNew] = groups.try_emplace(
        {std::move(holders[index]), isOutput}, members.size());
    if (isNew)
      members.emplace_back();
    members[group->second].push_back(index);
  }

  ContractionGraph fused;
  std::vector<IndexSet> leaves(graph.getNumLeaves());
  IndexSet output;
  for (llvm::ArrayRef<IndexId> group : members)
    fused.addIndex(graph.getNumPoints(group));
  for (const auto &[key, group] : groups) {
    for (unsigned leaf : key.first)
      leaves[leaf].push_back(group);
    if (key.second)
      output.push_back(group);
  }
  for (auto [indices, leaf] : llvm::zip_equal(leaves, graph.getLeaves()))
    fused.addLeaf(indices, leaf.active, leaf.free);
  fused.setOutput(output);
  return fused;
}

namespace {
/// A tree and what it costs.
struct Candidate {
  ContractionTree tree;
  TreeCost cost;
};

/// The trees compared in one search, the best few of them kept.
class Portfolio {
public:
  explicit Portfolio(const ContractionGraph &graph) : graph(graph) {}

  void add(ContractionTree tree);
  /// Improves the kept trees by exact search on their subtrees.
  void improve();
  const Candidate &getBest() const { return byWeighted.front(); }
  double getCheapestValue() const { return byValue.front().cost.value; }

private:
  void insert(std::vector<Candidate> &list, const Candidate &candidate,
              Objective objective, unsigned maxSize);

  /// How many trees of each list are kept, and so improved.
  static constexpr unsigned kNumByWeighted = 3;

  const ContractionGraph &graph;
  /// Sorted, the cheapest first; of equal ones the one added first.
  std::vector<Candidate> byWeighted, byValue;
};
} // namespace

void Portfolio::insert(std::vector<Candidate> &list, const Candidate &candidate,
                       Objective objective, unsigned maxSize) {
  SearchCost cost = getSearchCost(candidate.cost, objective);
  auto isCheaper = [&](const Candidate &other) {
    return !(cost < getSearchCost(other.cost, objective));
  };
  auto place = std::partition_point(list.begin(), list.end(), isCheaper);
  // A tree that costs the same as its neighbour is most likely the same.
  if (place != list.begin() &&
      !(getSearchCost(std::prev(place)->cost, objective) < cost))
    return;
  list.insert(place, candidate);
  if (list.size() > maxSize)
    list.pop_back();
}

void Portfolio::add(ContractionTree tree) {
  TreeCost cost = computeCost(graph, tree);
  Candidate candidate = {std::move(tree), cost};
  insert(byValue, candidate, Objective::Value, 1);
  insert(byWeighted, candidate, Objective::Weighted, kNumByWeighted);
}

void Portfolio::improve() {
  // The cheapest tree for the value is improved for the value first: that is
  // what bounds the cost with gradients by 3 times the value.
  add(improveSubtrees(graph, byValue.front().tree, Objective::Value));
  add(improveSubtrees(graph, byValue.front().tree, Objective::Weighted));
  std::vector<Candidate> starts = byWeighted;
  for (const Candidate &start : starts)
    add(improveSubtrees(graph, start.tree, Objective::Weighted));
}

/// Up to so many leaves each greedy tree is improved, beyond only the best.
constexpr unsigned kImproveEachTrial = 40;

/// A greedy tree that costs so many times the best one is not worth finishing.
constexpr double kHopeless = 16;

/// Adds greedy trees: a deterministic one and `trials` random ones.
static void addGreedyTrees(Portfolio &portfolio, const ContractionGraph &graph,
                           const SearchOptions &options) {
  portfolio.add(*findGreedyTree(graph, {}));
  SearchRandom random(options.seed);
  for (unsigned trial = 0; trial < options.trials; ++trial) {
    GreedyParameters parameters;
    parameters.balance = random.getUniform(0.1, 4);
    parameters.temperature = std::pow(10, random.getUniform(-3, 0));
    parameters.seed = random.getBits();
    parameters.valueLimit = kHopeless * portfolio.getCheapestValue();
    auto tree = findGreedyTree(graph, parameters);
    if (!tree)
      continue;
    // On small networks every trial leads somewhere of its own.
    if (graph.getNumLeaves() <= kImproveEachTrial)
      portfolio.add(improveSubtrees(graph, *tree, Objective::Weighted));
    portfolio.add(std::move(*tree));
  }
}

/// The strategy that runs on so many leaves.
static SearchStrategy chooseStrategy(unsigned numLeaves,
                                     const SearchOptions &options) {
  unsigned limit = kMaxExactLeaves;
  if (options.strategy == SearchStrategy::Auto)
    limit = std::min(options.exactLimit, limit);
  else if (options.strategy != SearchStrategy::Exact)
    return options.strategy;
  return numLeaves <= limit ? SearchStrategy::Exact : SearchStrategy::Greedy;
}

/// The same network, asked for its value alone.
static ContractionGraph getInactive(ContractionGraph graph) {
  for (unsigned leaf = 0; leaf < graph.getNumLeaves(); ++leaf)
    graph.setActive(leaf, false);
  return graph;
}

ContractionTree mlir::tensornet::findTree(const ContractionGraph &graph,
                                          const SearchOptions &options,
                                          SearchSummary *summary) {
  unsigned numLeaves = graph.getNumLeaves();
  SearchStrategy strategy = chooseStrategy(numLeaves, options);
  ContractionGraph fused = fuseParallelIndices(graph);
  Portfolio portfolio(fused);
  portfolio.add(ContractionTree::getLeftToRight(numLeaves));
  if (strategy != SearchStrategy::LeftToRight)
    for (const ContractionTree &candidate : options.candidates) {
      assert(candidate.getNumLeaves() == numLeaves && candidate.isComplete() &&
             "candidates are complete trees of the graph");
      portfolio.add(candidate);
    }

  if (strategy == SearchStrategy::Exact) {
    portfolio.add(findExactTree(fused, Objective::Weighted));
    if (summary && graph.isAnyLeafActive())
      portfolio.add(findExactTree(fused, Objective::Value));
  } else if (strategy == SearchStrategy::Greedy) {
    // What a search for the value alone finds is a candidate: it bounds the
    // cost with gradients by 3 times that value.
    if (graph.isAnyLeafActive())
      portfolio.add(findTree(getInactive(graph), options));
    addGreedyTrees(portfolio, fused, options);
    portfolio.improve();
  }

  if (summary) {
    summary->strategy = strategy;
    summary->optimal = strategy == SearchStrategy::Exact || numLeaves < 3;
    summary->cheapestValue = portfolio.getCheapestValue();
  }
  return orderDepthFirst(fused, portfolio.getBest().tree);
}
