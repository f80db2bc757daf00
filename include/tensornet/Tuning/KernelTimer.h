//===- KernelTimer.h - Timing of single kernels -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TUNING_KERNELTIMER_H
#define TENSORNET_TUNING_KERNELTIMER_H

#include "tensornet/Execution/Compiler.h"
#include "tensornet/Tuning/KernelOperands.h"
#include "tensornet/Tuning/TuningBudget.h"

namespace mlir::tensornet {

/// An outlined function with a certain kernel, as a program of its own.
struct KernelProgram {
  OwningOpRef<ModuleOp> module;
  /// The whole choice.
  KernelAttr kernel;

  /// The program in which `function` uses `kernel`, completed by the cost
  /// model, whose choice it is where `kernel` is null. std::nullopt where that
  /// is no kernel or impossible.
  static std::optional<KernelProgram>
  make(func::FuncOp function, KernelAttr kernel, const CompileOptions &options);
};

/// One kernel in machine code.
class TimedKernel {
public:
  /// Machine code for `program`, which is used up; std::nullopt where there is
  /// none.
  static std::optional<TimedKernel> compile(KernelProgram &program,
                                            const CompileOptions &options);

  /// Calls the kernel `numCalls` times and returns the seconds of one.
  double time(const KernelOperands &operands, unsigned numCalls) const;

private:
  LinkedProgram program;
  /// Memory of the kernel for copies, for all threads together and for each.
  AlignedBuffer shared, perThread;
};

/// The seconds of one call of each kernel: the median of `rounds` rounds, in
/// each of which every kernel has its turn. There are fewer rounds, but no
/// fewer than `minRounds`, once `budget` is spent.
std::vector<double> timeInTurns(ArrayRef<const TimedKernel *> kernels,
                                const KernelOperands &operands, unsigned rounds,
                                const TuningBudget &budget,
                                unsigned minRounds = 1);

} // namespace mlir::tensornet

#endif // TENSORNET_TUNING_KERNELTIMER_H
