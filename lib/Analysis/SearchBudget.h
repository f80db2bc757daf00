//===- SearchBudget.h - What a search may spend -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a search may spend, and what is left of it.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_SEARCHBUDGET_H
#define TENSORNET_LIB_ANALYSIS_SEARCHBUDGET_H

#include "tensornet/Analysis/PathSearch.h"

#include <atomic>
#include <chrono>

namespace mlir::tensornet::detail {

/// What a search may spend: trials or, where a clock is set, time.
class SearchBudget {
public:
  using Clock = std::chrono::steady_clock;

  /// Begins to count now.
  explicit SearchBudget(const SearchOptions &options);
  /// A part, between 0 and 1, of what is left now.
  SearchBudget take(double part) const;

  /// What is left after the other parts: this part of the trials, or all the
  /// time that is left.
  SearchBudget takeRest(double part) const {
    SearchBudget rest = take(part);
    rest.deadline = deadline;
    return rest;
  }

  bool isTimed() const { return deadline.has_value(); }
  /// The seconds left; only where the budget is timed.
  double getSeconds() const {
    return std::chrono::duration<double>(*deadline - Clock::now()).count();
  }
  /// Only where the budget is not timed.
  unsigned getTrials() const { return trials; }
  /// True where the time is over or the caller interrupts.
  bool isOver() const {
    return (interrupt && *interrupt) || (deadline && Clock::now() >= *deadline);
  }

private:
  unsigned trials;
  std::optional<Clock::time_point> deadline;
  const std::atomic<bool> *interrupt;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_SEARCHBUDGET_H
