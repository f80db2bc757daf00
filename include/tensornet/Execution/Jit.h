//===- Jit.h - Machine code in process --------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the LLVM dialect to machine code of this host, in this process.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_JIT_H
#define TENSORNET_EXECUTION_JIT_H

#include "mlir/IR/BuiltinOps.h"
#include "tensornet/Execution/CompiledFunction.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::tensornet {

/// Adds the translations to LLVM IR that machine code needs.
void registerJitTranslations(DialectRegistry &registry);

struct JitOptions {
  /// Whether loops and vectors call the vector functions of the C library (exp,
  /// tanh, ...; their error is up to 4 units in the last place).
  bool vectorMath = true;
};

/// Machine code for function `entry` of a module in the LLVM dialect, which
/// must have come out of buildTensorNetToCpuPipeline; `signature` is that of
/// the function before.
llvm::Expected<CompiledFunction> jitCompile(ModuleOp module, StringRef entry,
                                            Signature signature,
                                            const JitOptions &options);

/// The assembly text of that machine code.
llvm::Expected<std::string> emitAssembly(ModuleOp module,
                                         const JitOptions &options);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_JIT_H
