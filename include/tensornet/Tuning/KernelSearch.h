//===- KernelSearch.h - Search for fast kernels -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TUNING_KERNELSEARCH_H
#define TENSORNET_TUNING_KERNELSEARCH_H

#include "tensornet/Tuning/KernelTimer.h"
#include "tensornet/Tuning/TuningBudget.h"

namespace mlir::tensornet {

struct KernelSearchOptions {
  /// Turns of each kernel that is compared with others.
  unsigned rounds = 7;
  /// Most steps from one kernel to a better neighbour.
  unsigned steps = 4;
  /// Where to start if that is faster than the cost model's kernel; may be null
  /// or impossible.
  KernelAttr start;
};

/// What a search has found.
struct KernelSearchResult {
  /// The cost model's kernel, and the fastest one: the same where none is
  /// surely faster.
  KernelAttr model, tuned;
  /// Seconds of a call of both, timed in turns.
  double modelSeconds = 0, tunedSeconds = 0;
  /// Kernels that were timed, besides the model's, and those of them whose
  /// results were wrong.
  unsigned numTrials = 0, numWrong = 0;
};

/// Looks for a faster kernel of `function`, outlined, than the one of the cost
/// model: goes to the best neighbour as long as that is clearly faster and
/// computes the same but for rounding. std::nullopt where the model has no
/// kernel or where the function cannot be called alone: extents or layouts that
/// only the run knows.
std::optional<KernelSearchResult>
searchKernel(func::FuncOp function, const CompileOptions &compile,
             const KernelSearchOptions &options, TuningBudget budget);

} // namespace mlir::tensornet

#endif // TENSORNET_TUNING_KERNELSEARCH_H
