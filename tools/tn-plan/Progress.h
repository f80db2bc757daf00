//===- Progress.h - How far a search has come -------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_TN_PLAN_PROGRESS_H
#define TENSORNET_TOOLS_TN_PLAN_PROGRESS_H

#include "tensornet/Analysis/PathSearch.h"

#include <chrono>

namespace mlir::tensornet {

/// One line on standard error that follows a search, where that is a terminal;
/// nothing is left of it in the end.
class ProgressLine {
public:
  explicit ProgressLine(SearchObjective objective);
  ~ProgressLine();
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;

  /// Shows `progress`, unless the line has changed a moment ago.
  void show(const SearchProgress &progress);

private:
  bool isTerminal;
  SearchObjective objective;
  std::chrono::steady_clock::time_point lastChange;
};

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_TN_PLAN_PROGRESS_H
