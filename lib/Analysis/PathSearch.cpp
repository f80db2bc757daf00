//===- PathSearch.cpp - Search for the cheapest order ------------- -*- C++
//-*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/PathSearch.h"

#include "NetworkReduction.h"
#include "PathSearchInternal.h"
#include "Portfolio.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

static constexpr std::pair<SearchStrategy, llvm::StringLiteral>
    strategyNames[] = {{SearchStrategy::Auto, "auto"},
                       {SearchStrategy::Exact, "exact"},
                       {SearchStrategy::Greedy, "greedy"},
                       {SearchStrategy::Elimination, "elimination"},
                       {SearchStrategy::Bisection, "bisection"},
                       {SearchStrategy::Annealing, "annealing"},
                       {SearchStrategy::LeftToRight, "incoming"}};

llvm::StringRef mlir::tensornet::getName(SearchStrategy strategy) {
  return llvm::find_if(
             strategyNames,
             [&](const auto &entry) { return entry.first == strategy; })
      ->second;
}

std::optional<SearchStrategy>
mlir::tensornet::parseSearchStrategy(llvm::StringRef name) {
  for (const auto &[strategy, known] : strategyNames)
    if (known == name)
      return strategy;
  return std::nullopt;
}

std::string mlir::tensornet::listSearchStrategies() {
  return llvm::join(llvm::map_range(strategyNames,
                                    [](const auto &entry) {
                                      return llvm::StringRef(entry.second);
                                    }),
                    ", ");
}

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
/// The trees of one network that a search compares.
class Comparison {
public:
  explicit Comparison(const ContractionGraph &graph) : graph(graph) {}

  void add(const ContractionTree &tree);
  const ContractionTree &getBest() const { return best; }
  double getCheapestValue() const { return cheapestValue; }

private:
  const ContractionGraph &graph;
  ContractionTree best;
  std::optional<SearchCost> bestCost;
  double cheapestValue = std::numeric_limits<double>::infinity();
};

/// Searches networks that are too large for an exact search.
class LargeSearch {
public:
  LargeSearch(const ContractionGraph &graph, SearchStrategy strategy,
              const SearchOptions &options)
      : graph(graph), strategy(strategy), options(options), known(graph) {}

  /// Adds the trees found to what is known.
  void run();
  Comparison &getKnown() { return known; }

private:
  void search(Objective objective, const SearchBudget &budget);
  PortfolioOptions getPortfolioOptions(Objective objective) const {
    return {objective, options.seed, options.threads};
  }

  const ContractionGraph &graph;
  SearchStrategy strategy;
  const SearchOptions &options;
  Comparison known;
};
} // namespace

void Comparison::add(const ContractionTree &tree) {
  TreeCost cost = computeCost(graph, tree);
  cheapestValue = std::min(cheapestValue, cost.value);
  SearchCost searchCost = getSearchCost(cost, Objective::Weighted);
  if (bestCost && !(searchCost < *bestCost))
    return;
  bestCost = searchCost;
  best = tree;
}

/// The part of the time that goes to the value alone, where some gradients are
/// wanted: it bounds the cost with gradients by 3 times the value. Without a
/// clock it has the same trials again, so that the result is never costlier
/// than the tree that a search for the value alone finds.
constexpr double kValuePart = 0.3;
/// The part that goes to the network after its first, cheap steps; the rest
/// improves what was found on the network as it is.
constexpr double kReducedPart = 0.7;

void LargeSearch::search(Objective objective, const SearchBudget &budget) {
  Portfolio portfolio(graph, getPortfolioOptions(objective));
  portfolio.add(known.getBest());
  NetworkReduction reduction(graph);
  bool isReduced = reduction.getGraph().getNumLeaves() < graph.getNumLeaves();
  if (isReduced) {
    Portfolio core(fuseParallelIndices(reduction.getGraph()),
                   getPortfolioOptions(objective));
    core.run(strategy, budget.take(kReducedPart));
    portfolio.add(reduction.expand(core.getBest()));
    portfolio.improve(budget.takeRest(1 - kReducedPart));
  } else {
    portfolio.run(strategy, budget);
  }
  known.add(portfolio.getBest());
}

void LargeSearch::run() {
  SearchBudget budget(options);
  auto isActive = [](const ContractionGraph::Leaf &leaf) {
    return leaf.active;
  };
  // With every leaf active all steps weigh the same.
  if (llvm::any_of(graph.getLeaves(), isActive) &&
      !llvm::all_of(graph.getLeaves(), isActive)) {
    search(Objective::Value,
           budget.isTimed() ? budget.take(kValuePart) : budget);
  }
  search(Objective::Weighted, budget);
}

/// The strategy that runs on so many leaves.
static SearchStrategy chooseStrategy(unsigned numLeaves,
                                     const SearchOptions &options) {
  unsigned limit = kMaxExactLeaves;
  if (options.strategy == SearchStrategy::Auto)
    limit = std::min(options.exactLimit, limit);
  else if (options.strategy != SearchStrategy::Exact)
    return options.strategy;
  return numLeaves <= limit ? SearchStrategy::Exact : SearchStrategy::Annealing;
}

ContractionTree mlir::tensornet::findTree(const ContractionGraph &graph,
                                          const SearchOptions &options,
                                          SearchSummary *summary) {
  unsigned numLeaves = graph.getNumLeaves();
  SearchStrategy strategy = chooseStrategy(numLeaves, options);
  ContractionGraph fused = fuseParallelIndices(graph);
  LargeSearch search(fused, strategy, options);
  Comparison &known = search.getKnown();
  known.add(ContractionTree::getLeftToRight(numLeaves));
  if (strategy != SearchStrategy::LeftToRight)
    for (const ContractionTree &candidate : options.candidates) {
      assert(candidate.getNumLeaves() == numLeaves && candidate.isComplete() &&
             "candidates are complete trees of the graph");
      known.add(candidate);
    }

  if (strategy == SearchStrategy::Exact) {
    known.add(findExactTree(fused, Objective::Weighted));
    if (summary && graph.isAnyLeafActive())
      known.add(findExactTree(fused, Objective::Value));
  } else if (strategy != SearchStrategy::LeftToRight && numLeaves > 2) {
    search.run();
  }

  if (summary) {
    summary->strategy = strategy;
    summary->optimal = strategy == SearchStrategy::Exact || numLeaves < 3;
    summary->cheapestValue = known.getCheapestValue();
  }
  return orderDepthFirst(fused, known.getBest());
}
