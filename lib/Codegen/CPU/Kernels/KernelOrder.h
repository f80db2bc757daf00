//===- KernelOrder.h - Order of the loops of a kernel -----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELORDER_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELORDER_H

#include "tensornet/Codegen/CPU/Kernels/KernelPlan.h"

namespace mlir::tensornet::cpu {

/// The dimensions of a contraction by role.
struct KernelGroups {
  llvm::SmallVector<KernelDim, 2> batch, m, n, k;
};

/// Puts rows, columns and sum into the order of the loops, outermost first.
/// Rows and columns of a register tile lie along the last ones of `m` and `n`.
void orderByModel(KernelGroups &groups);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELORDER_H
