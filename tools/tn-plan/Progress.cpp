//===- Progress.cpp - How far a search has come ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Progress.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::tensornet;

/// Back to the start of the line and clear it.
static const char kClear[] = "\r\x1b[K";

ProgressLine::ProgressLine(SearchObjective objective)
    : isTerminal(llvm::errs().is_displayed()), objective(objective) {}

ProgressLine::~ProgressLine() {
  if (isTerminal)
    llvm::errs() << kClear;
}

static const char *getUnit(SearchObjective objective) {
  switch (objective) {
  case SearchObjective::Operations:
    return "multiplications";
  case SearchObjective::Traffic:
    return "elements moved";
  case SearchObjective::Peak:
    return "elements alive";
  case SearchObjective::Machine:
    return "seconds to run";
  }
  llvm_unreachable("every objective has a unit");
}

void ProgressLine::show(const SearchProgress &progress) {
  constexpr std::chrono::milliseconds kPause(200);
  auto now = std::chrono::steady_clock::now();
  if (!isTerminal || now - lastChange < kPause)
    return;
  lastChange = now;
  llvm::errs() << kClear
               << llvm::format("%.1f s, %u trials: 10^%.2f %s, largest result "
                               "2^%.1f elements",
                               progress.seconds, progress.trials,
                               progress.log10Cost, getUnit(objective),
                               progress.log2Largest);
}
