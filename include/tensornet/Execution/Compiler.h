//===- Compiler.h - From programs to functions ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a program to a compiled function.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_COMPILER_H
#define TENSORNET_EXECUTION_COMPILER_H

#include "tensornet/Execution/CompiledFunction.h"
#include "tensornet/Execution/Jit.h"
#include "tensornet/Execution/TuningFolder.h"
#include "tensornet/Pipelines/Pipelines.h"

namespace mlir::tensornet {

struct CompileOptions {
  CpuStyle style = CpuStyle::optimised;
  /// Makes code for several threads; setNumThreads() comes before compiling.
  bool parallel = false;
  /// Slices contractions that need more elements at one time; 0 for no limit.
  uint64_t memoryLimit = 0;
  /// Bits of a vector register; 0 for the target's.
  unsigned vectorWidth = 0;
  /// What multiplies bf16 matrices; `host` for what the target has.
  cpu::MatrixUnit matrixUnit = cpu::MatrixUnit::host;
  /// Refuses functions that need more bytes for intermediates of static size; 0
  /// for no limit.
  uint64_t workspaceLimit = 0;
  /// Kernels that are preferred to those of the cost model; null for none.
  const TuningFolder *tuned = nullptr;
  JitOptions jit;
  /// Where compiled code is looked for and kept; null for nowhere. The code
  /// does not depend on it.
  CodeCache *cache = nullptr;
};

/// Where --print-stage stops.
enum class Stage { source, network, pairwise, linalg, buffers, llvm, assembly };

/// The function of `module` that `name` names; an error where it is missing or
/// has no body.
llvm::Expected<func::FuncOp> findFunction(ModuleOp module, StringRef name);

/// Machine code for `entry`, whose module may have any form and is left as it
/// is. Fails after reporting, also where this machine lacks what the target
/// has. What it took is in `statistics`.
FailureOr<CompiledFunction>
compileFunction(func::FuncOp entry, const CompileOptions &options,
                CompileStatistics *statistics = nullptr);

/// The program on the way to machine code for `entry`, whose module is left as
/// it is, at `stage`. Fails after reporting.
FailureOr<OwningOpRef<ModuleOp>> lowerFunction(func::FuncOp entry,
                                               CpuStage stage,
                                               const CompileOptions &options);

/// Takes `module`, as lowerFunction() gives it at CpuStage::pairwise or
/// CpuStage::outlined, on to `stage` of style=optimised. Fails after reporting.
LogicalResult lowerPairwise(ModuleOp module, CpuStage stage,
                            const CompileOptions &options);
LogicalResult lowerOutlined(ModuleOp module, CpuStage stage,
                            const CompileOptions &options);

/// The text of the program at `stage` on the way to machine code for `entry`,
/// whose module is left as it is. Fails after reporting.
FailureOr<std::string> printStage(func::FuncOp entry, Stage stage,
                                  const CompileOptions &options);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_COMPILER_H
