//===- Runtime.h - What compiled code calls ---------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What compiled code calls: memory, failed run-time checks, and conversions
// that the code generator leaves to a library.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_RUNTIME_H
#define TENSORNET_EXECUTION_RUNTIME_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <atomic>
#include <utility>

namespace mlir::tensornet {

/// Names and addresses of the functions that compiled code may call beyond
/// those of the C library. They take the place of malloc and free.
llvm::ArrayRef<std::pair<llvm::StringLiteral, void *>> getRuntimeSymbols();

/// Calls `compiled(arguments)`, which is compiled code. Where a run-time check
/// fails on this thread, the code is left at once (its memory is not freed) and
/// an error with the message of the check is returned. A check that fails in a
/// parallel loop of the code ends the process with one line on standard error
/// and exit code 1. Calls may nest. `numLoops`, zero before the first call,
/// keeps how many parallel loops the last call ran: several get their threads
/// at once.
llvm::Error callWithChecks(void (*compiled)(void **), void **arguments,
                           std::atomic<unsigned> &numLoops);

/// The most threads of a parallel loop that this thread calls.
unsigned getNumThreads();

/// Keeps each of `numThreads` threads of parallel loops on a core of its own,
/// where the process may use no more cores than these. Threads that sleep
/// between calls are otherwise often woken on the core of the caller, and wait
/// for it until the system moves them. For processes that are there to run
/// compiled code: all their later threads inherit the core of the caller. Comes
/// before setNumThreads() and sets the variable OMP_PROC_BIND of the
/// environment, unless that says already how OpenMP binds threads.
void bindThreads(unsigned numThreads);

/// Makes parallel loops that this thread calls use `numThreads` threads. Loads
/// OpenMP's runtime library, which such code needs when it is compiled. Fails
/// if it is not installed.
llvm::Error setNumThreads(unsigned numThreads);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_RUNTIME_H
