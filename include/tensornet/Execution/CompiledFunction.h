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

#include "tensornet/Execution/Signature.h"

#include <memory>

namespace mlir {
class ExecutionEngine;
} // namespace mlir

namespace mlir::tensornet {

/// A function in machine code that takes and returns arrays. It needs neither
/// IR nor context any more. Any thread may call it, also several at a time.
class CompiledFunction {
public:
  /// Takes over an engine whose packed function `entry` follows the calling
  /// convention of buildTensorNetToCpuPipeline for `signature`.
  CompiledFunction(std::unique_ptr<ExecutionEngine> engine,
                   void (*entry)(void **), Signature signature);
  CompiledFunction(CompiledFunction &&other);
  CompiledFunction &operator=(CompiledFunction &&other);
  ~CompiledFunction();

  const Signature &getSignature() const { return signature; }

  /// Calls the function. The inputs are only read. An error where an input has
  /// not the type that the signature says, where a run-time check fails, or
  /// where memory runs out.
  llvm::Expected<SmallVector<Array>> call(ArrayRef<const Array *> inputs) const;

private:
  llvm::Error checkInputs(ArrayRef<const Array *> inputs) const;

  std::unique_ptr<ExecutionEngine> engine;
  void (*entry)(void **);
  Signature signature;
};

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_COMPILEDFUNCTION_H
