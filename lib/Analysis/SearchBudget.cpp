//===- SearchBudget.cpp - What a search may spend -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SearchBudget.h"

#include <algorithm>
#include <cmath>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

SearchBudget::SearchBudget(const SearchOptions &options)
    : trials(options.trials), interrupt(options.interrupt) {
  if (options.seconds)
    deadline =
        Clock::now() +
        std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double>(std::min(*options.seconds, 1e8)));
}

SearchBudget SearchBudget::take(double part) const {
  SearchBudget taken = *this;
  taken.trials = std::ceil(trials * part);
  if (deadline) {
    Clock::time_point now = Clock::now();
    taken.deadline = now + std::chrono::duration_cast<Clock::duration>(
                               (*deadline - now) * part);
  }
  return taken;
}
