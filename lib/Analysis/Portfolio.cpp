//===- Portfolio.cpp - Many searches on one network -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Portfolio.h"

#include "RunInParallel.h"
#include "TreeAnnealing.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

/// Trials that see the same best trees, whatever the number of threads.
constexpr unsigned kTrialsPerRound = 8;
/// How many of the best trees are kept.
constexpr unsigned kMaxElite = 8;
/// A trial takes the cheapest of so many trees; of fewer on large networks.
constexpr unsigned kMaxStarts = 8;
/// Without a clock: the sweeps of a trial in the first round, doubled each
/// round, and the rotations that it tries at most, doubled too.
constexpr unsigned kFirstSweeps = 64;
constexpr double kFirstRotations = 1e5;
constexpr unsigned kMaxDoublings = 10;
/// With a clock: the seconds of a trial in the first round, doubled each round,
/// and the part of the time left that it may take.
constexpr double kFirstSeconds = 0.01, kMaxPart = 0.1;
/// A start that costs so many times the best one is not worth finishing.
constexpr double kHopeless = 16;
/// A trial that ends at more than twice the best cost is not improved further.
constexpr double kFarFromBest = 1;
/// Trees of more leaves are improved by exact search only where they are the
/// best so far.
constexpr unsigned kImproveAll = 500;

/// Costs that differ by less are sums in another order.
constexpr double kSameCost = 1e-9;
/// A search with a clock ends early after so many rounds that agreed.
constexpr unsigned kAgreeingIfTimed = 4;

Portfolio::Portfolio(ContractionGraph graph, const PortfolioOptions &options)
    : graph(std::move(graph)), options(options), random(options.seed) {}

Portfolio::Candidate Portfolio::makeCandidate(ContractionTree tree) const {
  TreeRank rank = getRank(graph, tree, options.stepCost);
  return {rank, std::move(tree)};
}

void Portfolio::add(const ContractionTree &tree) { add(makeCandidate(tree)); }

void Portfolio::add(Candidate candidate) {
  auto place = llvm::partition_point(elite, [&](const Candidate &other) {
    return !(candidate.rank < other.rank);
  });
  // A tree that costs the same as its neighbour is most likely the same.
  if (place != elite.begin() && !(std::prev(place)->rank < candidate.rank))
    return;
  elite.insert(place, std::move(candidate));
  if (elite.size() > kMaxElite)
    elite.pop_back();
}

/// A random tree of one kind; a greedy one gives up beyond `valueLimit` and is
/// then the order of the leaves.
ContractionTree Portfolio::findTree(Start start, SearchRandom &random,
                                    double valueLimit) const {
  if (start == Start::Elimination) {
    EliminationParameters parameters;
    parameters.relief = random.getUniform(0, 1);
    parameters.temperature = std::pow(10, random.getUniform(-2, 0));
    parameters.seed = random.getBits();
    return findEliminationTree(graph, parameters);
  }
  if (start == Start::Bisection) {
    BisectionParameters parameters;
    parameters.imbalance = std::pow(10, random.getUniform(-2, 0));
    parameters.skew = random.getUniform(0, 0.8);
    parameters.blockSize = 4 + random.getBits() % 8;
    parameters.seed = random.getBits();
    return findBisectionTree(graph, parameters);
  }
  GreedyParameters parameters;
  parameters.balance = random.getUniform(0.1, 4);
  parameters.temperature = std::pow(10, random.getUniform(-3, 0));
  parameters.seed = random.getBits();
  parameters.valueLimit = valueLimit;
  std::optional<ContractionTree> tree = findGreedyTree(graph, parameters);
  return tree ? std::move(*tree)
              : ContractionTree::getLeftToRight(graph.getNumLeaves());
}

/// The cheapest of a few trees of one kind, or one of the best so far.
ContractionTree Portfolio::findStart(Start start, SearchRandom &random,
                                     const SearchBudget &budget) const {
  if (start == Start::Elite) {
    // The best ones more often than the others.
    double u = random.getUniform();
    return elite[static_cast<size_t>(u * u * elite.size())].tree;
  }
  unsigned numStarts = std::clamp(2000 / graph.getNumLeaves(), 1u, kMaxStarts);
  ContractionTree best;
  double bestValue = std::numeric_limits<double>::infinity();
  for (unsigned i = 0; i < numStarts && (i == 0 || !budget.isOver()); ++i) {
    ContractionTree tree = findTree(start, random, kHopeless * bestValue);
    double value = computeCost(graph, tree).value;
    if (i > 0 && !(value < bestValue))
      continue;
    best = std::move(tree);
    bestValue = value;
  }
  return best;
}

Portfolio::Candidate Portfolio::runTrial(const Trial &trial,
                                         const SearchBudget &budget) const {
  SearchRandom random(trial.seed);
  ContractionTree tree = findStart(trial.start, random, budget);
  if (trial.sweeps > 0) {
    bool isElite = trial.start == Start::Elite;
    auto shouldStop = [&] { return budget.isOver(); };
    AnnealingSchedule schedule;
    schedule.firstTemperature = std::exp2(isElite ? random.getUniform(-3, -0.5)
                                                  : random.getUniform(-2, 1.3));
    schedule.lastTemperature = std::exp2(random.getUniform(-5, -3.2));
    schedule.sweeps = trial.sweeps;
    schedule.seed = random.getBits();
    schedule.shouldStop = shouldStop;
    tree = annealTree(graph, tree, options.stepCost, schedule);
  }
  Candidate candidate = makeCandidate(std::move(tree));
  double limit = std::numeric_limits<double>::infinity();
  if (!elite.empty())
    limit = elite.front().rank.total +
            (graph.getNumLeaves() <= kImproveAll ? kFarFromBest : 0);
  if (candidate.rank.total > limit)
    return candidate;
  return makeCandidate(
      improveSubtrees(graph, candidate.tree, options.stepCost));
}

unsigned Portfolio::getNumSweeps(unsigned round,
                                 const SearchBudget &budget) const {
  double factor = std::exp2(std::min(round, kMaxDoublings));
  if (budget.isTimed() && secondsPerSweep > 0) {
    double seconds =
        std::min(kFirstSeconds * factor, kMaxPart * budget.getSeconds());
    return std::clamp(seconds / secondsPerSweep, 1.0, 1e9);
  }
  return std::max(
      1.0, factor * std::min<double>(kFirstSweeps,
                                     kFirstRotations / graph.getNumLeaves()));
}

/// Runs trials on as many threads as the options say; none for trials that the
/// end of the time cut off.
std::vector<std::optional<Portfolio::Candidate>>
Portfolio::runTrials(llvm::ArrayRef<Trial> trials, const SearchBudget &budget) {
  std::vector<std::optional<Candidate>> results(trials.size());
  auto started = SearchBudget::Clock::now();
  size_t numThreads =
      runInParallel(trials.size(), options.threads, [&](size_t i) {
        if (i == 0 || !budget.isOver())
          results[i] = runTrial(trials[i], budget);
      });
  std::chrono::duration<double> passed = SearchBudget::Clock::now() - started;
  double sweeps = 0;
  for (const Trial &trial : trials)
    sweeps += trial.sweeps;
  secondsPerSweep = passed.count() * numThreads / std::max(sweeps, 1.0);
  return results;
}

/// True where all trials of a full round that began anew, or all if none did,
/// ended at the best cost known.
bool Portfolio::haveConverged(
    llvm::ArrayRef<Trial> trials,
    llvm::ArrayRef<std::optional<Candidate>> results) const {
  if (trials.size() < kTrialsPerRound)
    return false;
  auto isElite = [](const Trial &trial) { return trial.start == Start::Elite; };
  bool allElite = llvm::all_of(trials, isElite);
  for (auto [trial, result] : llvm::zip_equal(trials, results)) {
    if (!allElite && isElite(trial))
      continue;
    if (!result || result->rank.total > elite.front().rank.total + kSameCost)
      return false;
  }
  return true;
}

void Portfolio::report(SearchBudget::Clock::time_point started,
                       unsigned numTrials) const {
  if (!options.progress)
    return;
  std::chrono::duration<double> passed = SearchBudget::Clock::now() - started;
  const TreeRank &best = elite.front().rank;
  options.progress(
      {passed.count(), numTrials, best.total * std::log10(2.0), best.largest});
}

void Portfolio::runRounds(ChooseStart chooseStart, bool anneals,
                          const SearchBudget &budget) {
  unsigned left = budget.getTrials();
  unsigned numAgreeing = 0, numTrialsRun = 0;
  auto started = SearchBudget::Clock::now();
  for (unsigned round = 0; round == 0 || left > 0; ++round) {
    if (round > 0 && budget.isOver())
      return;
    unsigned numTrials = kTrialsPerRound;
    if (!budget.isTimed()) {
      numTrials = std::clamp(left, 1u, kTrialsPerRound);
      left -= std::min(left, numTrials);
    }
    std::vector<Trial> trials;
    unsigned sweeps = anneals ? getNumSweeps(round, budget) : 0;
    for (unsigned i = 0; i < numTrials; ++i)
      trials.push_back({chooseStart(round, i), random.getBits(), sweeps});
    std::vector<std::optional<Candidate>> results = runTrials(trials, budget);
    for (const std::optional<Candidate> &result : results)
      if (result)
        add(*result);
    numTrialsRun += trials.size();
    report(started, numTrialsRun);
    numAgreeing = haveConverged(trials, results) ? numAgreeing + 1 : 0;
    if (numAgreeing == (budget.isTimed() ? kAgreeingIfTimed : 1))
      return;
  }
}

void Portfolio::run(SearchStrategy strategy, const SearchBudget &budget) {
  auto chooseStart = [&](unsigned round, unsigned trial) {
    static constexpr Start starts[] = {Start::Greedy, Start::Bisection,
                                       Start::Elimination, Start::Greedy};
    if (strategy == SearchStrategy::Greedy)
      return Start::Greedy;
    if (strategy == SearchStrategy::Elimination)
      return Start::Elimination;
    if (strategy == SearchStrategy::Bisection)
      return Start::Bisection;
    return round > 0 && trial % 2 == 1 ? Start::Elite
                                       : starts[(trial + round) % 4];
  };
  runRounds(chooseStart, strategy == SearchStrategy::Annealing, budget);
}

void Portfolio::improve(const SearchBudget &budget) {
  runRounds([](unsigned, unsigned) { return Start::Elite; }, /*anneals=*/true,
            budget);
}
