//===- TreeAnnealing.h - Annealing of a tree by rotations -------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tree is changed by rotations, ((a b) c) to ((a c) b), which are accepted by
// Metropolis' rule under a falling temperature (Kalachev, Panteleev, Yung,
// "Recursive multi-tensor contraction for XEB verification", 2021).
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_TREEANNEALING_H
#define TENSORNET_LIB_ANALYSIS_TREEANNEALING_H

#include "PathSearchInternal.h"
#include "StepCost.h"
#include "tensornet/Analysis/SearchRandom.h"

namespace mlir::tensornet::detail {

/// How a tree is annealed. Energies are binary logarithms of costs: at
/// temperature t a rotation that doubles the cost of the two steps that it
/// changes is accepted with probability exp(-1 / t).
struct AnnealingSchedule {
  double firstTemperature = 1;
  double lastTemperature = 0.05;
  /// One sweep tries as many rotations as the tree has steps.
  unsigned sweeps = 100;
  uint64_t seed = 0;
  /// Asked once per temperature; the best tree so far is kept where it says so.
  llvm::function_ref<bool()> shouldStop = nullptr;
};

/// The cheapest tree met while annealing from `tree`, which must be complete;
/// never costlier than `tree`. Memory is linear in the leaves: trees too large
/// for one table of index sets are annealed in parts.
ContractionTree annealTree(const ContractionGraph &graph,
                           const ContractionTree &tree, const StepCost &cost,
                           const AnnealingSchedule &schedule);

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_TREEANNEALING_H
