//===- CompiledFunction.h - A function in machine code ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function in machine code.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_COMPILEDFUNCTION_H
#define TENSORNET_EXECUTION_COMPILEDFUNCTION_H

#include "tensornet/Execution/ArrayView.h"
#include "tensornet/Execution/Signature.h"

#include <memory>

namespace mlir::tensornet {

class FramePool;
class LinkedCode;

/// Bytes that compiled code gets for its intermediates.
struct WorkspaceSizes {
  uint64_t shared = 0;
  /// Bytes of each thread of a parallel loop.
  uint64_t perThread = 0;
};

class FramePool;

/// A call with fixed arguments, which is checked once and repeated at the cost
/// of the code itself. It must not outlive its function, inputs and results.
class BoundCall {
public:
  BoundCall(BoundCall &&other);
  BoundCall &operator=(BoundCall &&other);
  ~BoundCall();

  /// Calls the function on what its inputs hold now. One thread at a time. An
  /// error where a run-time check fails or where memory runs out.
  llvm::Error operator()();

private:
  friend class CompiledFunction;
  struct State;
  explicit BoundCall(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// A function in machine code that takes and returns arrays. It needs neither
/// IR nor context any more. Any thread may call it, also several at a time: it
/// owns the memory for intermediates of each call that runs at one time, and
/// later calls use that again.
class CompiledFunction {
public:
  /// Takes over code whose packed function `entry` follows the calling
  /// convention of buildTensorNetToCpuPipeline for `signature` and takes
  /// workspaces of `sizes`.
  CompiledFunction(std::unique_ptr<LinkedCode> code, void (*entry)(void **),
                   Signature signature, WorkspaceSizes sizes);
  CompiledFunction(CompiledFunction &&other);
  CompiledFunction &operator=(CompiledFunction &&other);
  ~CompiledFunction();

  const Signature &getSignature() const { return *signature; }

  /// Bytes of memory for intermediates that one call takes on this thread, as
  /// far as they are known before the run.
  uint64_t getWorkspaceSize() const;

  /// Calls the function. The inputs are only read. An error where an input has
  /// not the type that the signature says, where a run-time check fails, or
  /// where memory runs out.
  llvm::Expected<SmallVector<Array>> call(ArrayRef<const Array *> inputs) const;

  /// Calls the function and leaves its results in `results`, which has one
  /// array for each. Arrays that have the type of the result keep their memory
  /// where the function writes to its caller's; others are replaced. Also an
  /// error where an array is both input and result.
  llvm::Error call(ArrayRef<const Array *> inputs,
                   MutableArrayRef<Array> results) const;

  /// The same call for later: arguments are checked and results get memory now.
  /// Until the call is destroyed, none of the arrays may change its memory or
  /// shape.
  llvm::Expected<BoundCall> bind(ArrayRef<const Array *> inputs,
                                 MutableArrayRef<Array> results) const;

  /// The same as call() for memory of any layout: strided, backwards,
  /// unaligned. Inputs may share memory with each other and with results. An
  /// error, before the function runs, where a view has no such memory or
  /// elements of results share it; also where a result of dynamic shape needs
  /// another shape than its view has. After an error the elements of results
  /// are unspecified.
  llvm::Error callViews(ArrayRef<ArrayView> inputs,
                        ArrayRef<ArrayView> results) const;

private:
  llvm::Error checkInputs(ArrayRef<const Array *> inputs) const;
  llvm::Error checkArguments(ArrayRef<const Array *> inputs,
                             MutableArrayRef<Array> results) const;

  std::unique_ptr<LinkedCode> code;
  void (*entry)(void **);
  /// Frames refer to it.
  std::unique_ptr<Signature> signature;
  std::unique_ptr<FramePool> frames;
};

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_COMPILEDFUNCTION_H
