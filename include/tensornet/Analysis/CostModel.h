//===- CostModel.h - What an order of contractions costs ------ -*- C++ -*-===//
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

/// How fast a machine is, for costs in seconds. The figures here are of a core
/// of 2023 in double precision; MachineCalibration.h measures them on a host.
struct MachineModel {
  /// Multiplications (with their additions) of a large contraction.
  double multiplicationsPerSecond = 2.5e10;
  /// Elements read or written of tensors that no cache holds.
  double elementsPerSecond = 1.2e9;
  /// What a step takes however small it is.
  double secondsPerStep = 1e-7;
};

/// The cost of one tree, in numbers of some kind.
template <typename Number>
struct TreeCostOf {
  /// Sum over steps of the index points that the step runs over.
  Number value = 0;
  /// The value and all gradients with respect to active leaves by reverse mode
  /// on this tree: each step counts `getNumPasses` times, so at most 3 * value.
  Number weighted = 0;
  /// The elements that the steps read and write, as often as they run.
  Number traffic = 0;
  /// The seconds that the steps take by the machine model, as often as they
  /// run.
  Number seconds = 0;
  /// Sum of the elements of all steps' results.
  Number written = 0;
  /// Elements of the largest result of a step.
  Number largest = 0;
  /// Most elements alive at one time, steps running in order: results of steps,
  /// with an active leaf also those that the reverse sweep keeps, then
  /// cotangents of results of steps. A step's operands and its result are alive
  /// together. Inputs (leaves, the cotangent of the result) and gradients of
  /// leaves are not in it. Of a sliced tree, one slice and the sum of the
  /// slices.
  Number peak = 0;
};

/// Counts are doubles: exact up to 2^53, infinite beyond the range of double, 0
/// where an extent is 0.
struct TreeCost : TreeCostOf<double> {
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

/// The cost of `tree`, which must be of `graph`. Where indices are sliced, a
/// loop over all their values computes one slice after the other and adds up
/// the results: sums count all slices, `largest` and `peak` one.
TreeCost computeCost(const ContractionGraph &graph, const ContractionTree &tree,
                     const IndexSet &sliced = {},
                     const MachineModel &machine = {});

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_COSTMODEL_H
