//===- StepCost.h - What a step adds to a cost ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The searches minimise a sum over the steps of a tree; this is its summand,
// as it is and on a logarithmic scale, where no network is too large.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_STEPCOST_H
#define TENSORNET_LIB_ANALYSIS_STEPCOST_H

#include "tensornet/Analysis/LogCost.h"
#include "tensornet/Analysis/PathSearch.h"

#include "llvm/Support/Compiler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mlir::tensornet::detail {

/// log2(2^a + 2^b) from a table; off by less than 0.001.
class LogSum {
public:
  static double get(double a, double b) {
    double high = a > b ? a : b;
    double difference = high - (a > b ? b : a);
    if (!(difference < kRange))
      return high;
    return high + table.values[static_cast<unsigned>(difference * kSteps)];
  }

private:
  static constexpr unsigned kRange = 32, kSteps = 256;
  struct Table {
    Table() {
      for (unsigned i = 0; i < kRange * kSteps; ++i)
        values[i] = std::log2(1 + std::exp2(-(i + 0.5) / kSteps));
    }
    double values[kRange * kSteps];
  };
  static const Table table;
};

/// One step as a search sees it.
struct StepSizes {
  /// Of the step, and of its operands and result.
  double points, lhs, rhs, result;
  bool lhsActive, rhsActive;
  /// One of the operands is virtual.
  bool anyFree;
};

/// Costs nothing, on a logarithmic scale, and yet can be subtracted.
inline constexpr double kLogOfNothing = -1e6;

/// The summand of an objective. Steps count as often as reverse mode runs them.
class StepCost {
public:
  /// `anyActive` says that some gradient of the network is wanted.
  StepCost(SearchObjective objective, const MachineModel &machine,
           bool anyActive);

  /// Makes results of more elements than this, a binary logarithm, dear on the
  /// logarithmic scale: each doubling beyond counts four times.
  void setSizeLimit(double logElements) { logSizeLimit = logElements; }
  bool hasSizeLimit() const { return std::isfinite(logSizeLimit); }

  const MachineModel &getMachine() const { return machine; }
  /// What a whole tree costs under the objective.
  double getTotal(const TreeCost &cost) const;
  /// The binary logarithm of the same.
  double getLogTotal(const LogCost &cost) const;
  /// What a step costs; `step` holds numbers of elements.
  double get(const StepSizes &step) const;
  /// The binary logarithm of the same; `step` holds binary logarithms.
  double getLog(const StepSizes &step) const {
    if (step.anyFree)
      return kLogOfNothing;
    double excess = std::max(step.result - logSizeLimit, 0.0);
    if (LLVM_LIKELY(objective == SearchObjective::Operations))
      return step.points + getLogPasses(step) + 2 * excess;
    return getLogOfOthers(step) + 2 * excess;
  }

private:
  double getLogOfOthers(const StepSizes &step) const;
  static double getLogPasses(const StepSizes &step) {
    static constexpr double logs[] = {0, 1, 1.5849625007211562};
    return logs[step.lhsActive + step.rhsActive];
  }

  SearchObjective objective;
  MachineModel machine;
  double logMultiplicationsPerSecond, logElementsPerSecond, logSecondsPerStep;
  /// Of the objective Peak: a high power turns a sum into a maximum. With
  /// gradients what is kept adds up, and the power is 1.
  double power;
  double logSizeLimit = std::numeric_limits<double>::infinity();
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_STEPCOST_H
