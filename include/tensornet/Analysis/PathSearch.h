//===- PathSearch.h - Search for the cheapest order of contractions --- -*- C++
//-*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds a good ContractionTree for a ContractionGraph. What is minimised is the
// gradient-weighted cost of CostModel.h: the value and all gradients with
// respect to active leaves together; without active leaves, the value alone.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_PATHSEARCH_H
#define TENSORNET_ANALYSIS_PATHSEARCH_H

#include "tensornet/Analysis/ContractionTree.h"

namespace mlir::tensornet {

/// Which search finds the tree.
enum class SearchStrategy {
  /// Exact up to `exactLimit` leaves, Greedy beyond.
  Auto,
  /// Dynamic programming over all subsets of leaves, hence over all binary
  /// trees, outer products included. Beyond `kMaxExactLeaves` as Greedy.
  Exact,
  /// Greedy, then seeded random greedy trials; the best trees (up to 40 leaves
  /// every tree) are improved by exact search on their subtrees.
  Greedy,
  /// The order in which the leaves stand.
  LeftToRight,
};

/// Dynamic programming goes over 3^n / 2 splits; here that takes about a
/// second.
inline constexpr unsigned kMaxExactLeaves = 16;

/// What a search may use. The result depends on these and the graph alone.
struct SearchOptions {
  SearchStrategy strategy = SearchStrategy::Auto;
  /// The most leaves for which Auto searches exactly (kMaxExactLeaves at most).
  unsigned exactLimit = 12;
  /// Random greedy trials after the deterministic one.
  unsigned trials = 32;
  /// Seed of the random trials.
  uint64_t seed = 0;
  /// Complete trees of the same graph that the caller knows, such as the
  /// incoming order; Auto, Exact and Greedy never return a costlier tree.
  std::vector<ContractionTree> candidates;
};

/// What a search found besides the tree.
struct SearchSummary {
  /// The strategy that ran; never Auto.
  SearchStrategy strategy = SearchStrategy::LeftToRight;
  /// True where no binary tree costs less.
  bool optimal = false;
  /// The lowest value cost among all trees that were compared, whatever their
  /// gradients cost. The weighted cost of the result is at most 3 times this.
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

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_PATHSEARCH_H
