//===- Options.h - The command line -----------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The command line of tn-run.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_TN_RUN_OPTIONS_H
#define TENSORNET_TOOLS_TN_RUN_OPTIONS_H

#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "tensornet/Execution/Compiler.h"

#include <map>

namespace mlir::tensornet {

struct RunOptions {
  /// Empty where there is nothing to do but to clear the cache.
  std::string file;
  std::string entry;
  std::optional<DerivativeMode> derivative;
  SmallVector<int64_t> wrt;
  /// Files of inputs and of expected results, by number.
  std::map<unsigned, std::string> inputs;
  std::map<unsigned, std::string> expected;
  /// Shapes of inputs, by number.
  std::map<unsigned, SmallVector<int64_t>> shapes;
  uint64_t seed = 0;
  std::string output;
  std::optional<double> tolerance;
  bool checkGradient = false;
  unsigned iterations = 1;
  unsigned timedCalls = 0;
  /// Numbers of calls to time are read from standard input.
  bool timeTurns = false;
  unsigned threads = 1;
  bool guardPages = false;
  /// As chooseCacheFolder() takes it.
  std::string cache;
  bool clearCache = false;
  /// Kernels are taken from the folder of tuned ones.
  bool useTuned = true;
  bool verbose = false;
  std::optional<Stage> printStage;
  CompileOptions compile;
};

/// Reads the command line. Ends the process, after one line on standard error,
/// where LLVM's parser refuses it; an error where a value is malformed.
llvm::Expected<RunOptions> parseCommandLine(int argc, char **argv);

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_TN_RUN_OPTIONS_H
