//===- PathSearch.cpp - Search for the cheapest order ---------------------===//
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

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

template <typename Enum>
using Names = llvm::ArrayRef<std::pair<Enum, llvm::StringLiteral>>;

template <typename Enum>
static llvm::StringRef getNameIn(Names<Enum> names, Enum value) {
  return llvm::find_if(names,
                       [&](const auto &entry) { return entry.first == value; })
      ->second;
}

template <typename Enum>
static std::optional<Enum> parseIn(Names<Enum> names, llvm::StringRef name) {
  for (const auto &[value, known] : names)
    if (known == name)
      return value;
  return std::nullopt;
}

template <typename Enum>
static std::string listNames(Names<Enum> names) {
  auto getText = [](const auto &entry) -> llvm::StringRef {
    return entry.second;
  };
  return llvm::join(llvm::map_range(names, getText), ", ");
}

static constexpr std::pair<SearchStrategy, llvm::StringLiteral>
    strategyNames[] = {{SearchStrategy::Auto, "auto"},
                       {SearchStrategy::Exact, "exact"},
                       {SearchStrategy::Greedy, "greedy"},
                       {SearchStrategy::Elimination, "elimination"},
                       {SearchStrategy::Bisection, "bisection"},
                       {SearchStrategy::Sweep, "sweep"},
                       {SearchStrategy::Annealing, "annealing"},
                       {SearchStrategy::LeftToRight, "incoming"}};

static constexpr std::pair<SearchObjective, llvm::StringLiteral>
    objectiveNames[] = {{SearchObjective::Operations, "operations"},
                        {SearchObjective::Traffic, "traffic"},
                        {SearchObjective::Peak, "peak"},
                        {SearchObjective::Machine, "machine"}};

llvm::StringRef mlir::tensornet::getName(SearchStrategy strategy) {
  return getNameIn<SearchStrategy>(strategyNames, strategy);
}

std::optional<SearchStrategy>
mlir::tensornet::parseSearchStrategy(llvm::StringRef name) {
  return parseIn<SearchStrategy>(strategyNames, name);
}

std::string mlir::tensornet::listSearchStrategies() {
  return listNames<SearchStrategy>(strategyNames);
}

llvm::StringRef mlir::tensornet::getName(SearchObjective objective) {
  return getNameIn<SearchObjective>(objectiveNames, objective);
}

std::optional<SearchObjective>
mlir::tensornet::parseSearchObjective(llvm::StringRef name) {
  return parseIn<SearchObjective>(objectiveNames, name);
}

std::string mlir::tensornet::listSearchObjectives() {
  return listNames<SearchObjective>(objectiveNames);
}

//===----------------------------------------------------------------------===//
// Search
//===----------------------------------------------------------------------===//

bool SearchCost::isClearlyBelow(const SearchCost &other) const {
  constexpr double tolerance = 1e-12;
  if (total != other.total &&
      std::abs(total - other.total) > tolerance * other.total)
    return total < other.total;
  return written < other.written * (1 - tolerance);
}

/// The binary logarithm of what a tree costs, results beyond the size limit
/// being dear.
static double getLimitedTotal(const ContractionGraph &graph,
                              const ContractionTree &tree,
                              const StepCost &stepCost) {
  std::vector<bool> active = tree.computeActiveNodes(graph);
  auto isFree = [&](NodeId node) {
    return tree.isLeaf(node) && graph.getLeaf(node).free;
  };
  double total = kLogOfNothing;
  tree.walkSteps(graph, [&](const ContractionTree::StepView &step) {
    auto getSize = [&](const IndexSet &indices) {
      return getLog2NumPoints(graph, indices);
    };
    total = LogSum::get(
        total, stepCost.getLog(
                   {getSize(unite(step.lhsIndices, step.rhsIndices)),
                    getSize(step.lhsIndices), getSize(step.rhsIndices),
                    getSize(step.resultIndices), active[step.lhs],
                    active[step.rhs], isFree(step.lhs) || isFree(step.rhs)}));
  });
  return total;
}

TreeRank detail::getRank(const ContractionGraph &graph,
                         const ContractionTree &tree,
                         const StepCost &stepCost) {
  TreeCost cost = computeCost(graph, tree, {}, stepCost.getMachine());
  double total = stepCost.getTotal(cost);
  if (stepCost.hasSizeLimit())
    return {getLimitedTotal(graph, tree, stepCost), 0, 0};
  if (std::isfinite(total) && std::isfinite(cost.written))
    return {std::log2(total), std::log2(cost.written), std::log2(cost.largest)};
  LogCost logCost = computeLogCost(graph, tree, {}, stepCost.getMachine());
  return {stepCost.getLogTotal(logCost), logCost.log2Written,
          logCost.log2Largest};
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
/// One call of `findTree`.
class TreeSearch {
public:
  TreeSearch(const ContractionGraph &graph, SearchStrategy strategy,
             const SearchOptions &options, const StepCost &stepCost)
      : graph(graph), strategy(strategy), options(options), stepCost(stepCost) {
  }

  /// Makes a tree one of those that are compared.
  void add(const ContractionTree &tree);
  /// Adds the cheapest trees with the gradients and for the value alone.
  void searchExactly();
  /// Adds what a search of another strategy finds.
  void searchAtLarge();

  const ContractionTree &getBest() const { return best; }
  double getCheapestValue() const { return cheapestValue; }

private:
  void searchAtLarge(const ContractionGraph &graph, const SearchBudget &budget);

  const ContractionGraph &graph;
  SearchStrategy strategy;
  const SearchOptions &options;
  StepCost stepCost;
  ContractionTree best;
  std::optional<TreeRank> bestRank;
  double cheapestValue = std::numeric_limits<double>::infinity();
};
} // namespace

void TreeSearch::add(const ContractionTree &tree) {
  cheapestValue = std::min(cheapestValue, computeCost(graph, tree).value);
  TreeRank rank = getRank(graph, tree, stepCost);
  if (bestRank && !(rank < *bestRank))
    return;
  bestRank = rank;
  best = tree;
}

/// The same network, asked for its value alone.
static ContractionGraph getInactive(ContractionGraph graph) {
  for (unsigned leaf = 0; leaf < graph.getNumLeaves(); ++leaf)
    graph.setActive(leaf, false);
  return graph;
}

void TreeSearch::searchExactly() {
  add(findExactTree(graph, stepCost));
  if (graph.isAnyLeafActive())
    add(findExactTree(getInactive(graph), stepCost));
}

/// The part of the time that goes to the value alone, where some gradients are
/// wanted: it bounds the cost with gradients by 3 times the value. Without a
/// clock it has the same trials again, so that the result is never costlier
/// than the tree that a search for the value alone finds.
constexpr double kValuePart = 0.3;
/// The part that goes to the network after its first, cheap steps; the rest
/// improves what was found on the network as it is.
constexpr double kReducedPart = 0.7;

void TreeSearch::searchAtLarge(const ContractionGraph &graph,
                               const SearchBudget &budget) {
  PortfolioOptions portfolioOptions = {stepCost, options.seed, options.threads,
                                       options.progress};
  Portfolio portfolio(graph, portfolioOptions);
  portfolio.add(best);
  NetworkReduction reduction(graph);
  if (reduction.getGraph().getNumLeaves() < graph.getNumLeaves()) {
    Portfolio core(fuseParallelIndices(reduction.getGraph()), portfolioOptions);
    core.run(strategy, budget.take(kReducedPart));
    portfolio.add(reduction.expand(core.getBest()));
    portfolio.improve(budget.takeRest(1 - kReducedPart));
  } else {
    portfolio.run(strategy, budget);
  }
  add(portfolio.getBest());
}

void TreeSearch::searchAtLarge() {
  SearchBudget budget(options);
  auto isActive = [](const ContractionGraph::Leaf &leaf) {
    return leaf.active;
  };
  // With every leaf active all steps weigh the same.
  if (graph.isAnyLeafActive() && !llvm::all_of(graph.getLeaves(), isActive))
    searchAtLarge(getInactive(graph),
                  budget.isTimed() ? budget.take(kValuePart) : budget);
  searchAtLarge(graph, budget);
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
  TreeSearch search(
      fused, strategy, options,
      StepCost(options.objective, options.machine, graph.isAnyLeafActive()));
  search.add(ContractionTree::getLeftToRight(numLeaves));
  if (strategy != SearchStrategy::LeftToRight)
    for (const ContractionTree &candidate : options.candidates) {
      assert(candidate.getNumLeaves() == numLeaves && candidate.isComplete() &&
             "candidates are complete trees of the graph");
      search.add(candidate);
    }
  if (strategy == SearchStrategy::Exact)
    search.searchExactly();
  else if (strategy != SearchStrategy::LeftToRight && numLeaves > 2)
    search.searchAtLarge();

  if (summary) {
    summary->strategy = strategy;
    summary->optimal =
        numLeaves < 3 || (strategy == SearchStrategy::Exact &&
                          options.objective != SearchObjective::Peak);
    summary->cheapestValue = search.getCheapestValue();
  }
  return orderDepthFirst(fused, search.getBest());
}

ContractionTree detail::findLimitedTree(const ContractionGraph &graph,
                                        const SearchOptions &options,
                                        const StepCost &limitedCost) {
  ContractionGraph fused = fuseParallelIndices(graph);
  TreeSearch search(fused, SearchStrategy::Annealing, options, limitedCost);
  search.add(ContractionTree::getLeftToRight(graph.getNumLeaves()));
  if (graph.getNumLeaves() > 2)
    search.searchAtLarge();
  return search.getBest();
}
