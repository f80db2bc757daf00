//===- Portfolio.h - Many searches on one network ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs many searches on one network, on all cores, and keeps the best trees.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_PORTFOLIO_H
#define TENSORNET_LIB_ANALYSIS_PORTFOLIO_H

#include "PathSearchInternal.h"
#include "SearchBudget.h"
#include "StepCost.h"
#include "tensornet/Analysis/SearchRandom.h"

namespace mlir::tensornet::detail {

/// How a portfolio searches.
struct PortfolioOptions {
  StepCost stepCost;
  uint64_t seed;
  /// 0 stands for one per core.
  unsigned threads;
  /// Called after each round.
  std::function<void(const SearchProgress &)> progress;
};

/// Rounds of trials. A trial makes a tree by a greedy, elimination or bisection
/// search, or takes one of the best so far, anneals it and searches its
/// subtrees exactly. What a trial does depends on the seed and on earlier
/// rounds alone, so a search that no clock ends finds the same on any number of
/// threads.
class Portfolio {
public:
  Portfolio(ContractionGraph graph, const PortfolioOptions &options);

  /// Adds a complete tree of the network, as one of those to improve.
  void add(const ContractionTree &tree);
  /// Runs trials until the budget is spent, one at least, or until trials that
  /// start anew agree on the best cost.
  void run(SearchStrategy strategy, const SearchBudget &budget);
  /// Runs trials that start from the best trees, of which one is known.
  void improve(const SearchBudget &budget);

  const ContractionTree &getBest() const { return elite.front().tree; }

private:
  enum class Start { Greedy, Elimination, Bisection, Sweep, Elite };
  /// What tells starts of one kind apart: two numbers between 0 and 1, which
  /// each search maps to its own parameters, and a seed.
  struct StartParameters {
    double first = 0, second = 0;
    uint64_t seed = 0;
  };
  struct Candidate {
    TreeRank rank;
    ContractionTree tree;
    /// Of the start that led here, unless that was an elite.
    StartParameters parameters = {};
  };
  /// What led to the best result that one kind of start has had.
  struct Experience {
    double total = std::numeric_limits<double>::infinity();
    StartParameters parameters;
  };
  struct Trial {
    Start start;
    uint64_t seed;
    unsigned sweeps;
  };
  using ChooseStart = llvm::function_ref<Start(unsigned round, unsigned trial)>;

  void report(SearchBudget::Clock::time_point started,
              unsigned numTrials) const;
  void runRounds(ChooseStart chooseStart, bool anneals,
                 const SearchBudget &budget);
  bool haveConverged(llvm::ArrayRef<Trial> trials,
                     llvm::ArrayRef<std::optional<Candidate>> results) const;
  unsigned getNumSweeps(unsigned round, const SearchBudget &budget) const;
  std::vector<std::optional<Candidate>> runTrials(llvm::ArrayRef<Trial> trials,
                                                  const SearchBudget &budget);
  Candidate runTrial(const Trial &trial, const SearchBudget &budget) const;
  void learn(const Trial &trial, const Candidate &result);
  StartParameters chooseParameters(Start start, SearchRandom &random) const;
  Candidate findStart(Start start, SearchRandom &random,
                      const SearchBudget &budget) const;
  std::optional<ContractionTree> findTree(Start start,
                                          const StartParameters &parameters,
                                          double logStepLimit) const;
  Candidate makeCandidate(ContractionTree tree) const;
  Candidate improveByParts(ContractionTree tree) const;
  void add(Candidate candidate);
  void addFirstTrees(SearchStrategy strategy);
  double getLogStepLimit(const Candidate &best) const;

  ContractionGraph graph;
  PortfolioOptions options;
  SearchRandom random;
  /// As the last round took; 0 before.
  double secondsPerSweep = 0;
  /// Per kind of start but Elite.
  Experience experiences[static_cast<unsigned>(Start::Elite)];
  /// Sorted, the cheapest first.
  std::vector<Candidate> elite;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_PORTFOLIO_H
