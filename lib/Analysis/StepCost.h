//===- StepCost.h - What a step adds to a cost ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The searches minimise a sum over the steps of a tree; this is its summand on
// a logarithmic scale, where no network is too large.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_STEPCOST_H
#define TENSORNET_LIB_ANALYSIS_STEPCOST_H

#include "tensornet/Analysis/CostModel.h"

#include <cmath>

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

/// One step as a search sees it. Sizes are binary logarithms.
struct StepSizes {
  double points, lhs, rhs, result;
  bool lhsActive, rhsActive;
  /// One of the operands is virtual.
  bool anyFree;
};

/// Costs nothing, on a logarithmic scale, and yet can be subtracted.
inline constexpr double kLogOfNothing = -1e6;

/// What a step costs under an objective.
class StepCost {
public:
  explicit StepCost(bool weighted) : weighted(weighted) {}
  /// The binary logarithm of the cost of a step.
  double getLog(const StepSizes &step) const {
    if (step.anyFree)
      return kLogOfNothing;
    return step.points + getLogPasses(step);
  }

private:
  double getLogPasses(const StepSizes &step) const {
    static constexpr double logs[] = {0, 1, 1.5849625007211562};
    return weighted ? logs[step.lhsActive + step.rhsActive] : 0;
  }
  bool weighted;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_STEPCOST_H
