//===- TuningBudget.h - How long a search may go on -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TUNING_TUNINGBUDGET_H
#define TENSORNET_TUNING_TUNINGBUDGET_H

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>

namespace mlir::tensornet {

/// How long a search may go on. Seconds count from construction.
class TuningBudget {
public:
  /// `interrupted`, which may be null and outlives this object, ends the search
  /// once it is true.
  explicit TuningBudget(
      double seconds = std::numeric_limits<double>::infinity(),
      unsigned trials = std::numeric_limits<unsigned>::max(),
      const std::atomic<bool> *interrupted = nullptr)
      : seconds(seconds), trials(trials), interrupted(interrupted) {}

  bool isSpent() const {
    return trials == 0 || isInterrupted() || getElapsed() >= seconds;
  }

  bool isInterrupted() const { return interrupted && *interrupted; }

  double getElapsed() const {
    std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - start;
    return elapsed.count();
  }

  /// The budget of the first of `numShares` searches that share evenly what is
  /// left.
  TuningBudget share(unsigned numShares) const {
    bool isLimited = trials != std::numeric_limits<unsigned>::max();
    return TuningBudget(
        (seconds - getElapsed()) / numShares,
        isLimited ? (trials + numShares - 1) / numShares : trials, interrupted);
  }

  /// Takes the trials of a search with a share.
  void takeTrials(unsigned number) {
    if (trials != std::numeric_limits<unsigned>::max())
      trials -= std::min(number, trials);
  }

private:
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
  double seconds;
  unsigned trials;
  const std::atomic<bool> *interrupted;
};

} // namespace mlir::tensornet

#endif // TENSORNET_TUNING_TUNINGBUDGET_H
