//===- RunInParallel.h - Work on several threads ----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Independent pieces of work on a number of threads.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_RUNINPARALLEL_H
#define TENSORNET_LIB_ANALYSIS_RUNINPARALLEL_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace mlir::tensornet::detail {

/// Calls `work(i)` for each i below `size`, from `numThreads` threads, of which
/// the caller's is one; 0 stands for one per core. Returns how many ran.
inline size_t runInParallel(size_t size, unsigned numThreads,
                            llvm::function_ref<void(size_t)> work) {
  std::atomic<size_t> next = 0;
  auto run = [&] {
    for (size_t i = next++; i < size; i = next++)
      work(i);
  };
  size_t wanted = numThreads ? numThreads : std::thread::hardware_concurrency();
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(wanted, size); ++i)
    threads.emplace_back(run);
  run();
  for (std::thread &thread : threads)
    thread.join();
  return threads.size() + 1;
}

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_RUNINPARALLEL_H
