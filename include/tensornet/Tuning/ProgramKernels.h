//===- ProgramKernels.h - Kernels of a program ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TUNING_PROGRAMKERNELS_H
#define TENSORNET_TUNING_PROGRAMKERNELS_H

#include "tensornet/Codegen/CPU/Kernels/TunedKernels.h"

namespace mlir::tensornet {

/// One kernel of a program on buffers whose work is in functions.
struct ProgramKernel {
  func::FuncOp function;
  cpu::KernelSignature signature;
  /// The contraction, for people.
  std::string contraction;
  /// Calls in the program's text.
  unsigned numCalls = 0;
  /// Multiplications of all these calls.
  double work = 0;
};

/// The kernels of `module` that the cost model chooses, those with the most
/// work first.
SmallVector<ProgramKernel> collectKernels(ModuleOp module,
                                          unsigned vectorWidth);

/// Numbers the contractions of `module`, in pairwise form, by their locations,
/// which are lost. What is made from them keeps the numbers.
void numberContractions(ModuleOp module);

/// Writes `kernel` beside those contractions of `module` that have numbers of
/// `program`'s contractions which became `function`, outlined; returns how many
/// these are. A contraction that was changed on the way gets nothing.
unsigned annotateContractions(ModuleOp module, func::FuncOp function,
                              KernelAttr kernel);

} // namespace mlir::tensornet

#endif // TENSORNET_TUNING_PROGRAMKERNELS_H
