//===- OpLoops.h - Loops of ops on tensors ----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_FUSION_OPLOOPS_H
#define TENSORNET_LIB_CODEGEN_CPU_FUSION_OPLOOPS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace mlir::tensornet::cpu {

/// The loops of an op on tensors, and along which of them the dimensions of
/// its operands run.
struct OpLoops {
  SmallVector<int64_t> extents;
  SmallVector<bool> isReduction;
  /// For every operand, the loop of each of its dimensions.
  SmallVector<SmallVector<unsigned, 4>> operandLoops;

  /// The loops of a `contract_into` or `linalg.generic` on tensors of static
  /// shape, where each dimension of an operand runs along a loop of its own and
  /// spans it; std::nullopt for every other op.
  static std::optional<OpLoops> get(Operation *op);

  /// The loop of each dimension of result `number` of `op`.
  ArrayRef<unsigned> getResultLoops(Operation *op, unsigned number) const;
};

/// The bytes of a tensor of static shape.
int64_t getTensorBytes(Type type);

/// The multiplications and additions that `op` takes, in those of a
/// contraction: divisions and functions count as several.
double countOperations(Operation *op, const OpLoops &loops);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_FUSION_OPLOOPS_H
