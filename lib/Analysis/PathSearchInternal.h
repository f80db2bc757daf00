//===- PathSearchInternal.h - The parts of the path search ------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared by the sources of the path search only: exact search on few leaves,
// greedy trees, and the improvement of a tree by exact search on its subtrees.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_PATHSEARCHINTERNAL_H
#define TENSORNET_LIB_ANALYSIS_PATHSEARCHINTERNAL_H

#include "StepCost.h"

#include "llvm/ADT/DenseMap.h"

#include <limits>
#include <tuple>

namespace mlir::tensornet::detail {

/// A cost with its tie breakers, compared from left to right.
struct SearchCost {
  double total = 0;
  double written = 0;
  double largest = 0;

  bool operator<(const SearchCost &other) const {
    if (total != other.total)
      return total < other.total;
    if (written != other.written)
      return written < other.written;
    return largest < other.largest;
  }
  /// True where this is lower by more than sums of doubles in another order
  /// may differ.
  bool isClearlyBelow(const SearchCost &other) const;
};

/// What decides between trees: the binary logarithms of the cost and of its tie
/// breakers, compared from left to right.
struct TreeRank {
  double total = 0;
  double written = 0;
  double largest = 0;

  bool operator<(const TreeRank &other) const {
    return std::tie(total, written, largest) <
           std::tie(other.total, other.written, other.largest);
  }
};

TreeRank getRank(const ContractionGraph &graph, const ContractionTree &tree,
                 const StepCost &stepCost);

/// The same network with indices that occur on the same leaves fused into one
/// and without indices private to one leaf. Leaves keep their numbers, and
/// every tree costs the same on both.
ContractionGraph fuseParallelIndices(const ContractionGraph &graph);

//===----------------------------------------------------------------------===//
// Exact search
//===----------------------------------------------------------------------===//

/// A set of up to kMaxExactLeaves leaves, one bit each.
using LeafMask = uint32_t;

/// A network of few leaves, turned by index: which leaves hold it.
class SmallNetwork {
public:
  struct Index {
    LeafMask leaves;
    bool kept; ///< The result spans it.
    double extent;
  };
  unsigned numLeaves = 0;
  llvm::SmallVector<Index, 32> indices;
  LeafMask active = 0;
  LeafMask free = 0;

  /// Adds an index; fuses it with one that the same leaves hold.
  void addIndex(LeafMask leaves, bool kept, double extent);

private:
  /// Where an index stands in `indices`, by its leaves * 2 + whether it is
  /// kept.
  llvm::SmallDenseMap<LeafMask, unsigned, 32> positions;
};

/// Dynamic programming over subsets of leaves. Keeps its tables between runs.
class ExactSearch {
public:
  /// Finds the cheapest tree of a network of 1 to kMaxExactLeaves leaves.
  SearchCost run(const SmallNetwork &network, const StepCost &stepCost);
  /// The half that holds the lowest leaf in the best split of `leaves`, a set
  /// of two or more leaves of the last run.
  LeafMask getHalf(LeafMask leaves) const { return halves[leaves]; }

private:
  void prepareIndices(const SmallNetwork &network);
  void prepareSets(const SmallNetwork &network);
  void findBestSplit(LeafMask leaves, const StepCost &stepCost);
  double countPoints(LeafMask lhs, LeafMask rhs) const;

  /// Words of one set of indices, and the bytes of them that are in use.
  unsigned numWords = 0, numBytes = 0;
  /// Per byte of an index set the number of points for each of its 256 values.
  std::vector<double> bytePoints;
  std::vector<uint64_t> kept, zeroExtents;
  /// Per set of leaves: all its indices, the live ones, and its cheapest tree.
  std::vector<uint64_t> touched, live;
  std::vector<double> elements, totals, written, largest;
  std::vector<LeafMask> halves;
  std::vector<uint8_t> active, isFree;
};

/// The cheapest tree of `graph`, which has at most kMaxExactLeaves leaves.
ContractionTree findExactTree(const ContractionGraph &graph,
                              const StepCost &stepCost);

//===----------------------------------------------------------------------===//
// Greedy search
//===----------------------------------------------------------------------===//

/// A pair with r elements in its result and a and b in its operands scores
/// r / balance - balance * (a + b) on a signed logarithmic scale, minus Gumbel
/// noise of this temperature; the lowest score is contracted first.
struct GreedyParameters {
  double balance = 1;
  double temperature = 0;
  uint64_t seed = 0;
  /// The search gives up at a step of more than 2^this index points.
  double logStepLimit = std::numeric_limits<double>::infinity();
};

/// Contracts pairs that share an index in the order of their scores, then joins
/// what is left by outer products, the smallest tensors first. std::nullopt
/// where a step exceeds the limit.
std::optional<ContractionTree>
findGreedyTree(const ContractionGraph &graph,
               const GreedyParameters &parameters);

//===----------------------------------------------------------------------===//
// Elimination orders
//===----------------------------------------------------------------------===//

/// An index scores the logarithm of the elements that eliminating it leaves,
/// less `relief` times those of the largest tensor that goes, plus Gumbel noise
/// of this temperature; the lowest score is eliminated first.
struct EliminationParameters {
  double relief = 0;
  double temperature = 0;
  uint64_t seed = 0;
};

/// Sums index after index, contracting all that hold it, the smallest first.
/// With hyperedges this is the natural order (Markov, Shi 2008).
ContractionTree findEliminationTree(const ContractionGraph &graph,
                                    const EliminationParameters &parameters);

//===----------------------------------------------------------------------===//
// Recursive bisection
//===----------------------------------------------------------------------===//

/// How a network is cut in two by METIS, again and again.
struct BisectionParameters {
  /// How far one half may exceed its share of the leaves.
  double imbalance = 0.1;
  /// The share of the first half is 1/2 plus at most half of this either way.
  double skew = 0;
  /// Parts of so many leaves are contracted by greedy search.
  unsigned blockSize = 8;
  uint64_t seed = 0;
};

/// Cuts the network where the least is shared, from the top of the tree down
/// (Gray, Kourtis 2021).
ContractionTree findBisectionTree(const ContractionGraph &graph,
                                  const BisectionParameters &parameters);

//===----------------------------------------------------------------------===//
// Sweeps
//===----------------------------------------------------------------------===//

/// A leaf scores the logarithm of the factor by which absorbing it changes the
/// elements of the front, less `pull` for each index between it and the far end
/// of the network, plus Gumbel noise of this temperature; the lowest score is
/// absorbed first.
struct SweepParameters {
  double pull = 0;
  double temperature = 0;
  uint64_t seed = 0;
  /// The search gives up where the steps have more than 2^this index points.
  double logCostLimit = std::numeric_limits<double>::infinity();
};

/// One tensor, the front, sweeps over the network and absorbs leaf after leaf,
/// as orders of small wavefront do (King 1970; with `pull` Sloan 1986). The
/// cheapest of a number of sweeps from different leaves; std::nullopt where all
/// exceed the limit.
std::optional<ContractionTree> findSweepTree(const ContractionGraph &graph,
                                             const SweepParameters &parameters);

//===----------------------------------------------------------------------===//
// Improvement
//===----------------------------------------------------------------------===//

/// `tree` with each subtree of a few leaves (nodes of the tree) replaced by the
/// cheapest one while that helps; never costlier than `tree`.
ContractionTree improveSubtrees(const ContractionGraph &graph,
                                const ContractionTree &tree,
                                const StepCost &stepCost);

/// The tree that annealing finds under a cost with a size limit.
ContractionTree findLimitedTree(const ContractionGraph &graph,
                                const SearchOptions &options,
                                const StepCost &limitedCost);

/// `tree` with its steps in depth-first order, the operand that needs more
/// memory first, and in each step the operand with the lowest leaf on the left.
ContractionTree orderDepthFirst(const ContractionGraph &graph,
                                const ContractionTree &tree);

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_PATHSEARCHINTERNAL_H
