//===- ThreadTime.h - Processor time of threads -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_THREADTIME_H
#define TENSORNET_LIB_EXECUTION_THREADTIME_H

#include <ctime>

namespace mlir::tensornet {

/// The processor time that this thread has taken.
inline double getThreadSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         1e-9 * static_cast<double>(time.tv_nsec);
}

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_THREADTIME_H
