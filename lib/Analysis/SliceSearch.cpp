//===- SliceSearch.cpp - Slices that meet a memory limit ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/PathSearch.h"

#include "PathSearchInternal.h"
#include "RunInParallel.h"
#include "SearchBudget.h"
#include "TreeAnnealing.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

/// Trials that see the same best result, whatever the number of threads.
constexpr unsigned kTrialsPerRound = 8;
/// Trials of a search for which slicing has one.
constexpr unsigned kTrialsPerSlicing = 2;
/// The part of the time that goes to the network as a whole.
constexpr double kWholePart = 0.3;
/// Indices that are tried for each slice, those in the most elements.
constexpr unsigned kMaxCandidates = 12;
/// Sweeps after each slice in the first round, doubled each round, and the
/// rotations at most.
constexpr unsigned kFirstSweeps = 32;
constexpr double kFirstRotations = 2e4;
constexpr unsigned kMaxDoublings = 8;

namespace {
/// A tree and its slices, with what they cost.
struct Sliced {
  SlicedTree plan;
  double logCost = 0, peak = 0;
  /// By how many bits, summed over them, results exceed what the limit allows
  /// one of them.
  double excess = 0;
};

/// Finds slices and a tree for them.
class SliceSearch {
public:
  SliceSearch(const ContractionGraph &graph, const SearchOptions &options)
      : graph(graph), options(options), limit(*options.memoryLimit),
        plainCost(options.objective, options.machine, graph.isAnyLeafActive()),
        limitedCost(plainCost) {
    // A step's operands and its result are alive together.
    logResultLimit = std::log2(limit) - 1;
    limitedCost.setSizeLimit(logResultLimit);
  }

  /// The cheapest plan within the limit that starts from `whole`, or from a
  /// tree that a search under the limit finds with these options.
  std::optional<SlicedTree> run(const ContractionTree &whole,
                                const SearchOptions &limitedOptions,
                                const SearchBudget &budget) const;

private:
  struct Trial {
    const SlicedTree &start;
    bool isFirst;
    uint64_t seed;
    unsigned sweeps;
  };

  Sliced evaluate(SlicedTree plan) const;
  bool fits(const Sliced &sliced) const { return sliced.peak <= limit; }
  bool canBeSliced(IndexId index) const {
    return graph.getExtent(index) > 1 &&
           !llvm::is_contained(options.wholeIndices, index);
  }
  ContractionGraph getSlice(const IndexSet &sliced) const;
  std::vector<IndexId> getCandidates(const SlicedTree &plan) const;
  std::optional<IndexId> chooseIndex(const Sliced &sliced, double temperature,
                                     SearchRandom &random,
                                     const SearchBudget &budget) const;
  void anneal(SlicedTree &plan, double temperature, unsigned sweeps,
              SearchRandom &random, const SearchBudget &budget) const;
  void disturb(SlicedTree &plan, SearchRandom &random) const;
  std::optional<Sliced> runTrial(const Trial &trial,
                                 const SearchBudget &budget) const;
  Sliced improve(Sliced sliced, const SearchBudget &budget) const;

  const ContractionGraph &graph;
  const SearchOptions &options;
  double limit, logResultLimit;
  StepCost plainCost, limitedCost;
};
} // namespace

Sliced SliceSearch::evaluate(SlicedTree plan) const {
  // The order of the steps that is returned is the one that is measured.
  ContractionGraph slice = getSlice(plan.sliced);
  plan.tree = orderDepthFirst(slice, plan.tree);
  TreeCost cost = computeCost(graph, plan.tree, plan.sliced, options.machine);
  double total = plainCost.getTotal(cost);
  double logCost = std::log2(total);
  if (!std::isfinite(total))
    logCost = plainCost.getLogTotal(
        computeLogCost(graph, plan.tree, plan.sliced, options.machine));
  double excess = std::max(std::log2(cost.peak / limit), 0.0);
  plan.tree.walkSteps(slice, [&](const ContractionTree::StepView &step) {
    double size = std::log2(slice.getNumPoints(step.resultIndices));
    excess += std::max(size - logResultLimit, 0.0);
  });
  return {std::move(plan), logCost, cost.peak, excess};
}

/// The network of one slice: a sliced index has one value.
ContractionGraph SliceSearch::getSlice(const IndexSet &sliced) const {
  ContractionGraph slice = graph;
  for (IndexId index : sliced)
    slice.setExtent(index, 1);
  return slice;
}

/// The indices without which results would have the fewest elements.
std::vector<IndexId> SliceSearch::getCandidates(const SlicedTree &plan) const {
  ContractionGraph slice = getSlice(plan.sliced);
  std::vector<double> saved(graph.getNumIndices(), 0);
  plan.tree.walkSteps(slice, [&](const ContractionTree::StepView &step) {
    double elements = slice.getNumPoints(step.resultIndices);
    for (IndexId index : step.resultIndices)
      saved[index] +=
          elements * (1 - 1 / std::max(slice.getExtent(index), 1.0));
  });
  std::vector<IndexId> candidates;
  for (IndexId index = 0; index < graph.getNumIndices(); ++index)
    if (saved[index] > 0 && canBeSliced(index))
      candidates.push_back(index);
  llvm::stable_sort(candidates, [&](IndexId lhs, IndexId rhs) {
    return saved[lhs] > saved[rhs];
  });
  if (candidates.size() > kMaxCandidates)
    candidates.resize(kMaxCandidates);
  return candidates;
}

/// The index that costs the least per bit of excess, up to noise;
/// std::nullopt where no index of a result can be sliced.
std::optional<IndexId>
SliceSearch::chooseIndex(const Sliced &sliced, double temperature,
                         SearchRandom &random,
                         const SearchBudget &budget) const {
  std::optional<IndexId> best;
  double bestScore = std::numeric_limits<double>::infinity();
  std::vector<IndexId> candidates = getCandidates(sliced.plan);
  // After the end of the time any plan within the limit will do.
  if (budget.isOver())
    candidates.resize(std::min<size_t>(candidates.size(), 1));
  if (candidates.size() == 1)
    return candidates.front();
  for (IndexId index : candidates) {
    SlicedTree plan = sliced.plan;
    plan.sliced = unite(plan.sliced, {index});
    Sliced next = evaluate(std::move(plan));
    double gain = sliced.excess - next.excess;
    double price = std::max(next.logCost - sliced.logCost, 0.0);
    double score = std::log2((price + 0.02) / std::max(gain, 1e-3)) +
                   temperature * random.getGumbel();
    if (best && !(score < bestScore))
      continue;
    best = index;
    bestScore = score;
  }
  return best;
}

void SliceSearch::anneal(SlicedTree &plan, double temperature, unsigned sweeps,
                         SearchRandom &random,
                         const SearchBudget &budget) const {
  auto shouldStop = [&] { return budget.isOver(); };
  AnnealingSchedule schedule;
  schedule.firstTemperature = temperature;
  schedule.lastTemperature = 0.05;
  schedule.sweeps = sweeps;
  schedule.seed = random.getBits();
  schedule.shouldStop = shouldStop;
  plan.tree = annealTree(fuseParallelIndices(getSlice(plan.sliced)), plan.tree,
                         limitedCost, schedule);
}

/// Gives up about a third of the slices.
void SliceSearch::disturb(SlicedTree &plan, SearchRandom &random) const {
  IndexSet kept;
  for (IndexId index : plan.sliced)
    if (random.getUniform() > 1.0 / 3)
      kept.push_back(index);
  plan.sliced = std::move(kept);
}

/// Subtrees searched exactly and slices given up, as the limit allows.
Sliced SliceSearch::improve(Sliced sliced, const SearchBudget &budget) const {
  if (budget.isOver())
    return sliced;
  auto take = [&](SlicedTree plan) {
    Sliced other = evaluate(std::move(plan));
    if (fits(other) && other.logCost < sliced.logCost)
      sliced = std::move(other);
  };
  take({improveSubtrees(getSlice(sliced.plan.sliced), sliced.plan.tree,
                        plainCost),
        sliced.plan.sliced});
  for (IndexId index : IndexSet(sliced.plan.sliced)) {
    if (budget.isOver())
      break;
    SlicedTree plan = sliced.plan;
    llvm::erase(plan.sliced, index);
    take(std::move(plan));
  }
  return sliced;
}

/// Slices index after index, with the tree annealed after each, until the limit
/// is met; std::nullopt where it cannot be.
std::optional<Sliced> SliceSearch::runTrial(const Trial &trial,
                                            const SearchBudget &budget) const {
  SearchRandom random(trial.seed);
  SlicedTree plan = trial.start;
  double noise = trial.isFirst ? 0 : random.getUniform(0, 1);
  if (!trial.isFirst) {
    disturb(plan, random);
    anneal(plan, std::exp2(random.getUniform(-3, 1)), 2 * trial.sweeps, random,
           budget);
  }
  Sliced sliced = evaluate(std::move(plan));
  while (!fits(sliced)) {
    std::optional<IndexId> index = chooseIndex(sliced, noise, random, budget);
    if (!index)
      return std::nullopt;
    plan = std::move(sliced.plan);
    plan.sliced = unite(plan.sliced, {*index});
    if (budget.isOver()) {
      sliced = evaluate(std::move(plan));
      continue;
    }
    SlicedTree before = plan;
    anneal(plan, 0.2, trial.sweeps, random, budget);
    sliced = evaluate(std::move(plan));
    Sliced unchanged = evaluate(std::move(before));
    // Annealing may trade memory for operations; each slice has to save some.
    if (sliced.excess > unchanged.excess)
      sliced = std::move(unchanged);
  }
  plan = sliced.plan;
  anneal(plan, 0.4, 4 * trial.sweeps, random, budget);
  Sliced annealed = evaluate(std::move(plan));
  if (fits(annealed) && annealed.logCost < sliced.logCost)
    sliced = std::move(annealed);
  return improve(std::move(sliced), budget);
}

std::optional<SlicedTree> SliceSearch::run(const ContractionTree &whole,
                                           const SearchOptions &limitedOptions,
                                           const SearchBudget &budget) const {
  const SlicedTree starts[] = {
      {whole, {}}, {findLimitedTree(graph, limitedOptions, limitedCost), {}}};
  std::optional<Sliced> best;
  SearchRandom random(options.seed);
  double rotations = kFirstRotations / std::max(graph.getNumLeaves(), 1u);
  unsigned left = std::max(budget.getTrials() / kTrialsPerSlicing, 1u);
  for (unsigned round = 0; round == 0 || (left > 0 && !budget.isOver());
       ++round) {
    unsigned numTrials =
        budget.isTimed() ? kTrialsPerRound : std::min(left, kTrialsPerRound);
    if (!budget.isTimed())
      left -= numTrials;
    unsigned sweeps =
        std::max(1.0, std::min<double>(kFirstSweeps, rotations) *
                          std::exp2(std::min(round, kMaxDoublings)));
    std::vector<Trial> trials;
    for (unsigned i = 0; i < numTrials; ++i)
      trials.push_back({best && i % 4 > 1 ? best->plan : starts[i % 2],
                        round == 0 && i < 2, random.getBits(), sweeps});
    std::vector<std::optional<Sliced>> results(numTrials);
    runInParallel(numTrials, options.threads, [&](size_t i) {
      if (i == 0 || !budget.isOver())
        results[i] = runTrial(trials[i], budget);
    });
    for (std::optional<Sliced> &result : results)
      if (result && (!best || result->logCost < best->logCost))
        best = std::move(result);
    if (!best)
      return std::nullopt;
  }
  return std::move(best->plan);
}

std::optional<SlicedTree>
mlir::tensornet::findSlicedTree(const ContractionGraph &graph,
                                const SearchOptions &options,
                                SearchSummary *summary) {
  if (!options.memoryLimit)
    return SlicedTree{findTree(graph, options, summary), {}};
  SearchBudget budget(options);
  SearchOptions wholeOptions = options;
  if (options.seconds)
    wholeOptions.seconds = *options.seconds * kWholePart;
  ContractionTree whole = findTree(graph, wholeOptions, summary);
  if (computeCost(graph, whole).peak <= *options.memoryLimit)
    return SlicedTree{std::move(whole), {}};
  if (summary)
    summary->optimal = false;
  return SliceSearch(graph, options).run(whole, wholeOptions, budget);
}
