//===- KernelTiles.h - Operands that kernels find in tiles ------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELTILES_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELTILES_H

#include "KernelCandidate.h"

namespace mlir::tensornet::cpu {

/// The tiles that the kernel of `op` with this plan copies `operand`, A or B,
/// into: all that it reads of it, not one block. The order of blocks has no
/// part in them. Null where it copies nothing, or by other rules than those of
/// `pack_tiles`: extents and strides of the run, squares across tiles, columns
/// that are collected, the matrix unit.
TilesAttr getTiles(ContractIntoOp op, const KernelCandidate &candidate,
                   const KernelPlan &plan, KernelOperand operand);

/// The number of the operand of `op` that is A or B in its kernel.
unsigned getInputNumber(const KernelCandidate &candidate,
                        const KernelPlan &plan, KernelOperand operand);

/// The plan by which KernelEmitter copies operand A into `tiles`.
KernelPlan getPackingPlan(TilesAttr tiles, const KernelTarget &target);

/// Replaces `op` by loops; `parallel` lets threads share large copies out.
void emitPackTiles(PackTilesOp op, unsigned vectorBits, bool parallel);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELTILES_H
