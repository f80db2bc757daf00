//===- RuntimeThreads.h - Threads of compiled code --------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// OpenMP's library starts a region of threads for each parallel loop, which
// takes 1.6 microseconds on two threads. A call with several loops gets one
// region, a team: its first thread runs the code, the others wait for loops
// (half a microsecond each).
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_RUNTIMETHREADS_H
#define TENSORNET_LIB_EXECUTION_RUNTIMETHREADS_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>

namespace mlir::tensornet {

/// What each thread runs of a parallel loop: numbers of the thread, which code
/// for OpenMP gets, and variables of the code around the loop.
using LoopTask = void(int32_t *, int32_t *, void *);

/// What compiled code calls for a parallel loop, in the place of the function
/// of this name in OpenMP's library (`__kmpc_fork_call`).
void forkCall(void *place, int32_t numArguments, LoopTask *task, ...);

/// True where this thread is inside of a parallel loop of compiled code.
bool isInLoop();

/// The number of this thread among those of its loop.
int64_t getThreadNumber();

/// The threads of a parallel loop that this thread would start now: one in a
/// parallel loop, unless OpenMP was told to start threads there, too.
int64_t countThreads();

/// Runs `call`, which calls compiled code on this thread, with a team where one
/// may be started.
void callInTeam(llvm::function_ref<void()> call);

/// Counts a parallel loop for the call of compiled code that runs on this
/// thread.
void noteLoop();

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_RUNTIMETHREADS_H
