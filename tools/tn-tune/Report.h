//===- Report.h - What the tuner prints -------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What tn-tune prints.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_TN_TUNE_REPORT_H
#define TENSORNET_TOOLS_TN_TUNE_REPORT_H

#include "tensornet/Tuning/KernelSearch.h"
#include "tensornet/Tuning/ProgramKernels.h"

namespace mlir::tensornet {

/// A kernel and what was found for it, if it can be timed.
struct TuneEntry {
  ProgramKernel kernel;
  std::optional<KernelSearchResult> found;

  bool isFaster() const { return found && found->tuned != found->model; }
};

/// The whole run.
struct TuneReport {
  std::vector<TuneEntry> entries;
  double seconds = 0;
  bool isInterrupted = false;
  /// Where kernels were kept; empty for nowhere.
  std::string folder;
};

/// For people: one entry, when it is there, and the end.
void printEntry(llvm::raw_ostream &os, const TuneEntry &entry);
void printSummary(llvm::raw_ostream &os, const TuneReport &report);

/// The same as one JSON object.
void printJson(llvm::raw_ostream &os, const TuneReport &report);

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_TN_TUNE_REPORT_H
