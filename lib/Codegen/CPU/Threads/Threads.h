//===- Threads.h - What is worth sharing out --------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_THREADS_THREADS_H
#define TENSORNET_LIB_CODEGEN_CPU_THREADS_THREADS_H

#include <cstdint>

namespace mlir::tensornet::cpu {

/// The number of threads that choices are made for, which any number may run.
inline constexpr int64_t kUsualThreads = 2;
/// Fewer pieces of work than the first leave some of the usual numbers of
/// threads idle; the second is enough to keep them about equally busy.
inline constexpr int64_t kMinPieces = 8, kManyPieces = 16;

/// What threads share out at least of whole contractions, in multiplications:
/// half a MFLOP or some 4 microseconds of one core. Starting and joining
/// threads costs 1.6 microseconds for the only loop of a call, half a
/// microsecond for each of several, and a third whenever threads wait for each
/// other.
inline constexpr int64_t kMinThreadedWork = 1 << 18;
/// The least for loops over memory, in bytes; see GenericVectorizer::getCost().
inline constexpr int64_t kMinThreadedCost = 1 << 18;

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_THREADS_THREADS_H
