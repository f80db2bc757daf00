//===- PathSearch.h - Search for the cheapest order of contractions -------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds a good ContractionTree for a ContractionGraph. What is minimised counts
// the value and all gradients with respect to active leaves together; without
// active leaves, the value alone.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_PATHSEARCH_H
#define TENSORNET_ANALYSIS_PATHSEARCH_H

#include "tensornet/Analysis/CostModel.h"

#include "llvm/ADT/StringRef.h"

#include <atomic>
#include <functional>
#include <string>

namespace mlir::tensornet {

/// Which search finds the tree.
enum class SearchStrategy {
  /// Exact up to `exactLimit` leaves, Annealing beyond.
  Auto,
  /// Dynamic programming over all subsets of leaves, hence over all binary
  /// trees, outer products included. Beyond `kMaxExactLeaves` as Annealing.
  Exact,
  /// Random greedy trees, each improved by exact search on its subtrees.
  Greedy,
  /// The same of random elimination orders, the natural search where many
  /// leaves share an index.
  Elimination,
  /// The same of random recursive bisections.
  Bisection,
  /// The same of random sweeps: one tensor absorbs leaf after leaf.
  Sweep,
  /// Trees of all four kinds, annealed by rotations, and again the best of
  /// them; before that, tensors that grow nothing are absorbed.
  Annealing,
  /// The order in which the leaves stand.
  LeftToRight,
};

/// The name of a strategy on command lines: "auto", "exact", "greedy",
/// "elimination", "bisection", "sweep", "annealing" or "incoming"
/// (LeftToRight).
llvm::StringRef getName(SearchStrategy strategy);
/// The strategy of this name; std::nullopt where there is none.
std::optional<SearchStrategy> parseSearchStrategy(llvm::StringRef name);
/// All names, as an error message lists them.
std::string listSearchStrategies();

/// What a search minimises.
enum class SearchObjective {
  /// Multiplications: `weighted` of TreeCost.
  Operations,
  /// Elements read and written: `traffic` of TreeCost.
  Traffic,
  /// Elements alive at one time: `peak` of TreeCost. No sum over steps, so the
  /// searches are led by one that is close; no search is exact.
  Peak,
  /// Seconds by the machine model: `seconds` of TreeCost.
  Machine,
};

/// The name of an objective on command lines: "operations", "traffic", "peak"
/// or "machine".
llvm::StringRef getName(SearchObjective objective);
/// The objective of this name; std::nullopt where there is none.
std::optional<SearchObjective> parseSearchObjective(llvm::StringRef name);
/// All names, as an error message lists them.
std::string listSearchObjectives();

/// Dynamic programming goes over 3^n / 2 splits; here that takes about a
/// second.
inline constexpr unsigned kMaxExactLeaves = 16;

/// How far a search has come.
struct SearchProgress {
  /// Since the search of one network began, and the trials since then.
  double seconds = 0;
  unsigned trials = 0;
  /// The best tree so far: what it costs under the objective (for the objective
  /// Peak elements), and its largest result of a step.
  double log10Cost = 0;
  double log2Largest = 0;
};

/// What a search may use. The result depends on these and the graph alone.
struct SearchOptions {
  SearchStrategy strategy = SearchStrategy::Auto;
  SearchObjective objective = SearchObjective::Operations;
  /// Read by SearchObjective::Machine.
  MachineModel machine;
  /// The most leaves for which Auto searches exactly (kMaxExactLeaves at most).
  unsigned exactLimit = 12;
  /// Trials of the searches that are not exact: each makes a few trees, takes
  /// the cheapest and improves it, later ones for longer. Without `seconds` the
  /// result depends on the trials and the seed, not on the machine's load or
  /// the number of threads.
  unsigned trials = 32;
  /// Where set, the time that the search may take instead of `trials`; it is
  /// used up unless trials soon agree, and exceeded by at most the making of
  /// one tree, which on thousands of leaves takes a second.
  std::optional<double> seconds;
  /// Threads that run trials; 0 stands for one per core.
  unsigned threads = 0;
  /// Where set to true, by a signal handler say, the best tree so far is
  /// returned.
  const std::atomic<bool> *interrupt = nullptr;
  /// Called between rounds of trials, on the thread of the caller.
  std::function<void(const SearchProgress &)> progress;
  /// Seed of the random trials.
  uint64_t seed = 0;
  /// Read by findSlicedTree: the most elements alive at one time, as `peak` of
  /// TreeCost counts them.
  std::optional<double> memoryLimit;
  /// Read by findSlicedTree: indices that cannot be sliced.
  IndexSet wholeIndices;
  /// Complete trees of the same graph that the caller knows, such as the
  /// incoming order; no strategy but LeftToRight returns a costlier tree.
  std::vector<ContractionTree> candidates;
};

/// What a search found besides the tree.
struct SearchSummary {
  /// The strategy that ran; never Auto.
  SearchStrategy strategy = SearchStrategy::LeftToRight;
  /// True where no binary tree costs less.
  bool optimal = false;
  /// The lowest value cost among all trees that were compared, whatever their
  /// gradients cost. Where multiplications are minimised, the weighted cost of
  /// the result is at most 3 times this.
  double cheapestValue = 0;
};

/// The cheapest complete tree of `graph` that the search finds. Equal costs are
/// decided by fewer elements written, then by the smaller largest result, then
/// by the order of enumeration. Steps are ordered depth first, the operand that
/// needs more memory first, so that few results are alive at a time; `lhs` is
/// the operand that holds the lower leaf number.
///
/// Left to right too counts as a known candidate. Networks without leaves or
/// with one give a tree without steps; disconnected networks are joined by
/// outer products, which the exact search may also choose elsewhere.
ContractionTree findTree(const ContractionGraph &graph,
                         const SearchOptions &options = {},
                         SearchSummary *summary = nullptr);

/// A tree, and the indices over whose values a loop computes slice after slice.
struct SlicedTree {
  ContractionTree tree;
  IndexSet sliced;
};

/// The cheapest tree and slices that the search finds, all slices counted, with
/// at most `memoryLimit` elements alive at one time (Gray, Kourtis 2021): index
/// after index is sliced where it costs least, the tree being annealed for the
/// slices so far. std::nullopt where the limit was not met, as when the result
/// alone exceeds it. Without a limit, or where the cheapest tree meets it,
/// nothing is sliced. `summary` is that of the search without slices.
std::optional<SlicedTree> findSlicedTree(const ContractionGraph &graph,
                                         const SearchOptions &options,
                                         SearchSummary *summary = nullptr);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_PATHSEARCH_H
