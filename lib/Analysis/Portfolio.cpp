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

/// Trials that see the same best trees, whatever the number of threads: two
/// long ones first, four of a quarter of their length, then short ones. Some
/// networks want long annealing, others many starts.
constexpr unsigned kTrialsPerRound = 12;
static unsigned getShortening(unsigned trial) {
  return trial < 2 ? 1 : trial < 6 ? 4 : 16;
}
/// How many of the best trees are kept.
constexpr unsigned kMaxElite = 8;
/// A trial takes the cheapest of so many trees; of fewer on large networks.
constexpr unsigned kMaxStarts = 8;
/// Without a clock: the sweeps of a trial in the first round, doubled each
/// round, and the rotations that it tries at most, doubled too.
constexpr unsigned kFirstSweeps = 256;
constexpr double kFirstRotations = 3e5;
constexpr unsigned kMaxDoublings = 10;
/// With a clock: the seconds of a long trial in the first round, doubled each
/// round, and the part of the time left that it may take: more of a short time,
/// in which each trial has to lead somewhere.
constexpr double kFirstSeconds = 0.02, kMaxPart = 0.05;
constexpr double kShortSeconds = 0.08, kMaxPartOfShort = 0.15;
/// The part of the time left that the starts of a trial take.
constexpr double kStartsPart = 0.04;
/// A greedy start with a step of 2^this times the points of all steps of the
/// best tree is not worth finishing; that tree is annealed again in its place.
constexpr double kFarStart = 40;
/// Networks of more leaves are bisected first. Greedy trees of those without
/// geometry have tensors of a thousand indices, which take seconds.
constexpr unsigned kBisectFirst = 1000;
/// Starts that try parameters anywhere, and how near to the best ones the
/// others are, of the range of each.
constexpr double kExploring = 0.5, kNear = 0.1;
/// A trial that ends at more than twice the best cost is not improved further.
constexpr double kFarFromBest = 1;
/// Trees of more leaves are improved by exact search only where they are the
/// best so far; of many more, whose index sets are long, never.
constexpr unsigned kImproveAll = 500, kImproveBest = 2000;

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

/// A tree of one kind; none where a greedy one has a step of more than
/// 2^`logStepLimit` index points.
std::optional<ContractionTree>
Portfolio::findTree(Start start, const StartParameters &parameters,
                    double logStepLimit) const {
  auto [first, second, seed] = parameters;
  // From 10^low to 1.
  auto scale = [](double low, double number) {
    return std::pow(10, low * (1 - number));
  };
  if (start == Start::Elimination)
    return findEliminationTree(graph, {first, scale(-2, second), seed});
  if (start == Start::Bisection) {
    unsigned blockSize = 4 + seed % 8;
    return findBisectionTree(graph,
                             {scale(-2, first), 0.8 * second, blockSize, seed});
  }
  if (start == Start::Sweep)
    return findSweepTree(graph, {std::max(0.6 * first - 0.3, 0.0),
                                 scale(-3, second), seed, logStepLimit});
  return findGreedyTree(
      graph, {0.1 + 3.9 * first, scale(-3, second), seed, logStepLimit});
}

/// Anywhere, or near the parameters that led to the best result so far.
Portfolio::StartParameters
Portfolio::chooseParameters(Start start, SearchRandom &random) const {
  const Experience &experience = experiences[static_cast<unsigned>(start)];
  StartParameters chosen = {random.getUniform(), random.getUniform(),
                            random.getBits()};
  if (!std::isfinite(experience.total) || random.getUniform() < kExploring)
    return chosen;
  auto moveNear = [](double number, double centre) {
    return std::clamp(centre + kNear * (2 * number - 1), 0.0, 1.0);
  };
  chosen.first = moveNear(chosen.first, experience.parameters.first);
  chosen.second = moveNear(chosen.second, experience.parameters.second);
  return chosen;
}

void Portfolio::learn(const Trial &trial, const Candidate &result) {
  if (trial.start == Start::Elite)
    return;
  Experience &experience = experiences[static_cast<unsigned>(trial.start)];
  if (result.rank.total < experience.total)
    experience = {result.rank.total, result.parameters};
}

double Portfolio::getLogStepLimit(const Candidate &best) const {
  return computeLogCost(graph, best.tree).log10Value * std::log2(10.0) +
         kFarStart;
}

/// The cheapest of a few trees of one kind, or one of the best so far.
Portfolio::Candidate Portfolio::findStart(Start start, SearchRandom &random,
                                          const SearchBudget &budget) const {
  if (start == Start::Elite) {
    // The best ones more often than the others.
    double u = random.getUniform();
    return elite[static_cast<size_t>(u * u * elite.size())];
  }
  unsigned numStarts = std::clamp(2000 / graph.getNumLeaves(), 1u, kMaxStarts);
  Candidate best = elite.front();
  double logStepLimit = getLogStepLimit(best);
  double bestValue = std::numeric_limits<double>::infinity();
  // With a clock, starts take a small part of the time.
  double untilSeconds =
      budget.isTimed() ? budget.getSeconds() * (1 - kStartsPart) : 0;
  for (unsigned i = 0; i < numStarts; ++i) {
    if (i > 0 && (budget.isOver() ||
                  (budget.isTimed() && budget.getSeconds() < untilSeconds)))
      break;
    StartParameters parameters = chooseParameters(start, random);
    std::optional<ContractionTree> tree =
        findTree(start, parameters, logStepLimit);
    if (!tree)
      continue;
    double value = computeLogCost(graph, *tree).log10Value;
    if (i > 0 && !(value < bestValue))
      continue;
    best = {{}, std::move(*tree), parameters};
    bestValue = value;
    logStepLimit = std::min(logStepLimit, value * std::log2(10.0));
  }
  return best;
}

/// The tree with its subtrees searched exactly, unless that takes too long for
/// what it promises.
Portfolio::Candidate Portfolio::improveByParts(ContractionTree tree) const {
  Candidate candidate = makeCandidate(std::move(tree));
  if (graph.getNumLeaves() > kImproveBest)
    return candidate;
  double margin = graph.getNumLeaves() <= kImproveAll ? kFarFromBest : 0;
  if (candidate.rank.total > elite.front().rank.total + margin)
    return candidate;
  return makeCandidate(
      improveSubtrees(graph, candidate.tree, options.stepCost));
}

Portfolio::Candidate Portfolio::runTrial(const Trial &trial,
                                         const SearchBudget &budget) const {
  SearchRandom random(trial.seed);
  Candidate start = findStart(trial.start, random, budget);
  StartParameters parameters = start.parameters;
  bool isElite = trial.start == Start::Elite;
  // Annealing may lose what makes a start good.
  Candidate best =
      isElite ? std::move(start) : improveByParts(std::move(start.tree));
  if (trial.sweeps > 0) {
    auto shouldStop = [&] { return budget.isOver(); };
    AnnealingSchedule schedule;
    schedule.firstTemperature = std::exp2(isElite ? random.getUniform(-3, -0.5)
                                                  : random.getUniform(-2, 1.3));
    schedule.lastTemperature = std::exp2(random.getUniform(-5, -3.2));
    schedule.sweeps = trial.sweeps;
    schedule.seed = random.getBits();
    schedule.shouldStop = shouldStop;
    Candidate annealed = improveByParts(
        annealTree(graph, best.tree, options.stepCost, schedule));
    if (isElite || annealed.rank < best.rank)
      best = std::move(annealed);
  }
  best.parameters = parameters;
  return best;
}

unsigned Portfolio::getNumSweeps(unsigned round,
                                 const SearchBudget &budget) const {
  double factor = std::exp2(std::min(round, kMaxDoublings));
  if (budget.isTimed() && secondsPerSweep > 0) {
    double left = budget.getSeconds();
    double longest = std::max(kMaxPart * left,
                              std::min(kShortSeconds, kMaxPartOfShort * left));
    double seconds = std::min(kFirstSeconds * factor, longest);
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
      trials.push_back(
          {chooseStart(round, i), random.getBits(),
           sweeps == 0 ? 0 : std::max(sweeps / getShortening(i), 1u)});
    std::vector<std::optional<Candidate>> results = runTrials(trials, budget);
    for (auto [trial, result] : llvm::zip_equal(trials, results)) {
      if (!result)
        continue;
      learn(trial, *result);
      add(*result);
    }
    numTrialsRun += trials.size();
    report(started, numTrialsRun);
    numAgreeing = haveConverged(trials, results) ? numAgreeing + 1 : 0;
    if (numAgreeing == (budget.isTimed() ? kAgreeingIfTimed : 1))
      return;
  }
}

void Portfolio::addFirstTrees(SearchStrategy strategy) {
  GreedyParameters greedy;
  bool mayBisect = strategy == SearchStrategy::Annealing ||
                   strategy == SearchStrategy::Bisection;
  if (mayBisect && graph.getNumLeaves() > kBisectFirst) {
    add(findBisectionTree(graph, {}));
    greedy.logStepLimit = getLogStepLimit(elite.front());
  }
  if (std::optional<ContractionTree> tree = findGreedyTree(graph, greedy))
    add(*tree);
}

void Portfolio::run(SearchStrategy strategy, const SearchBudget &budget) {
  addFirstTrees(strategy);
  auto chooseStart = [&](unsigned round, unsigned trial) {
    static constexpr Start starts[] = {Start::Greedy, Start::Bisection,
                                       Start::Elimination, Start::Sweep};
    if (strategy == SearchStrategy::Greedy)
      return Start::Greedy;
    if (strategy == SearchStrategy::Elimination)
      return Start::Elimination;
    if (strategy == SearchStrategy::Bisection)
      return Start::Bisection;
    if (strategy == SearchStrategy::Sweep)
      return Start::Sweep;
    if (round == 0)
      return starts[trial % 4];
    if (trial == 0 || trial == 2 || trial == 3)
      return Start::Elite;
    // Each kind now and then, else the one that has led furthest.
    if (trial % 2 == 0)
      return starts[(trial / 2 + round) % 4];
    auto isBetter = [](const Experience &lhs, const Experience &rhs) {
      return lhs.total < rhs.total;
    };
    return static_cast<Start>(llvm::min_element(experiences, isBetter) -
                              experiences);
  };
  runRounds(chooseStart, strategy == SearchStrategy::Annealing, budget);
}

void Portfolio::improve(const SearchBudget &budget) {
  runRounds([](unsigned, unsigned) { return Start::Elite; }, /*anneals=*/true,
            budget);
}
