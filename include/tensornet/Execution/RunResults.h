//===- RunResults.h - The results of a run ----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What happens to the results of a run.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_RUNRESULTS_H
#define TENSORNET_EXECUTION_RUNRESULTS_H

#include "tensornet/Execution/Allocator.h"
#include "tensornet/Execution/CompiledFunction.h"

#include <map>

namespace mlir::tensornet {

/// Calls `function` `iterations` times, at least once. After each call, the
/// longest prefix of results whose types equal those of the leading inputs
/// takes the place of those inputs; an error where there is no such result
/// although there is more than one iteration. Returns the results of the last
/// call.
llvm::Expected<SmallVector<Array>>
callRepeatedly(const CompiledFunction &function, MutableArrayRef<Array> inputs,
               unsigned iterations);

/// Calls the function with every array, and every buffer of the compiled code,
/// between pages that nobody may touch: once with its first byte and once with
/// its last byte beside one. An access outside an array ends the process. An
/// error where the two calls disagree; else the results.
llvm::Expected<SmallVector<Array>>
callBetweenGuards(const CompiledFunction &function, ArrayRef<Array> inputs);

/// Prints one line per result: number, type, first elements.
void printResults(llvm::raw_ostream &os, ArrayRef<Array> results);

/// Compares results with the files of `expected`, by number. Prints one line
/// per comparison. An error where a file does not fit or where an element is
/// further off than `tolerance` (see getElementError; without one,
/// getDefaultTolerance of the type).
llvm::Error checkResults(llvm::raw_ostream &os, ArrayRef<Array> results,
                         const std::map<unsigned, std::string> &expected,
                         std::optional<double> tolerance);

/// Writes result0.npy, result1.npy, ... to `folder`, which is made where it is
/// missing. All files appear, or none of them and an error is returned.
llvm::Error writeResults(StringRef folder, ArrayRef<Array> results);

/// What calls took.
struct CallTimes {
  /// Seconds of one call.
  double median = 0;
  double smallest = 0;
  /// Calls that are timed together.
  unsigned batch = 1;
  /// Blocks of memory that all calls together asked for, and those of them that
  /// came from the system.
  AllocationCounts allocations = {0, 0};
};

/// Times about `repeats` calls with fixed arguments (CompiledFunction::bind),
/// after a warm-up, in batches: one call, or as many short ones as a clock
/// tells apart. Results are written over each other where the function writes
/// them to memory of its caller.
llvm::Expected<CallTimes> timeCalls(const CompiledFunction &function,
                                    ArrayRef<const Array *> inputs,
                                    unsigned repeats);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_RUNRESULTS_H
