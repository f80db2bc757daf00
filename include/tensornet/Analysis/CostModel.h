//===- CostModel.h - What an order of contractions costs -------------- -*- C++
//-*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Costs are counted on the pairwise form that a tree stands for: the index
// points of its binary contractions, one of whose operands may be 0-d: scaling
// a tensor counts its points, the product of two 0-d tensors one. Sums, copies,
// broadcasts and multiplication by a virtual (free) leaf count nothing.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_COSTMODEL_H
#define TENSORNET_ANALYSIS_COSTMODEL_H

#include "tensornet/Analysis/ContractionTree.h"

namespace mlir::tensornet {

/// The cost of one tree. Counts are doubles: exact up to 2^53, infinite beyond
/// the range of double, 0 where an extent is 0.
struct TreeCost {
  /// Sum over steps of the index points that the step runs over.
  double value = 0;
  /// The value and all gradients with respect to active leaves by reverse mode
  /// on this tree: each step counts `getNumPasses` times, so at most 3 * value.
  double weighted = 0;
  /// Sum of the elements of all steps' results.
  double written = 0;
  /// Elements of the largest result of a step.
  double largest = 0;
  /// Most elements of step results alive at one time, steps running in order:
  /// a step's operands and its result are alive together. Leaves, which are
  /// inputs, and what a reverse sweep keeps are not in it.
  double peak = 0;

  /// log10 of the value cost; minus infinity where that is 0.
  double getLog10Value() const;
  /// log10 of the weighted cost; minus infinity where that is 0.
  double getLog10Weighted() const;
};

/// The number of index points that the binary contraction of two nodes counts:
/// those that the union of their indices spans, 0 where one of them is free.
/// Its adjoints run over the same points.
double countStepPoints(const ContractionGraph &graph, const IndexSet &lhs,
                       const IndexSet &rhs, bool anyFree);

/// How often reverse mode runs over the points of a step: once for the value
/// and once for each operand with an active leaf below it.
inline unsigned getNumPasses(bool lhsActive, bool rhsActive) {
  return 1 + lhsActive + rhsActive;
}

/// The cost of `tree`, which must be of `graph`.
TreeCost computeCost(const ContractionGraph &graph,
                     const ContractionTree &tree);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_COSTMODEL_H
