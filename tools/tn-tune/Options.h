//===- Options.h - The command line -----------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The command line of tn-tune.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_TN_TUNE_OPTIONS_H
#define TENSORNET_TOOLS_TN_TUNE_OPTIONS_H

#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "tensornet/Tuning/KernelSearch.h"

namespace mlir::tensornet {

struct TuneOptions {
  std::string file;
  std::string entry;
  std::optional<DerivativeMode> derivative;
  SmallVector<int64_t> wrt;
  unsigned threads = 1;
  /// Of the whole program.
  double seconds = 0;
  unsigned trials = 0;
  KernelSearchOptions search;
  /// As chooseCacheFolder() takes it.
  std::string cache;
  /// File for the program with its kernels; empty for none.
  std::string output;
  bool json = false;
  CompileOptions compile;
};

/// Reads the command line. Ends the process, after one line on standard error,
/// where LLVM's parser refuses it; an error where a value is malformed.
llvm::Expected<TuneOptions> parseCommandLine(int argc, char **argv);

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_TN_TUNE_OPTIONS_H
