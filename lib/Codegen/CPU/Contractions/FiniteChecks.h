//===- FiniteChecks.h - Are all elements finite -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_FINITECHECKS_H
#define TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_FINITECHECKS_H

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::tensornet::cpu {

/// Run-time questions whether tensors are finite, each asked once per block.
class FiniteChecks {
public:
  /// True (i1) where no element of `tensors`, which are floating, is infinite
  /// or not a number.
  Value create(OpBuilder &builder, Location loc, ArrayRef<Value> tensors);

private:
  DenseMap<std::pair<Block *, Value>, Value> known;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_FINITECHECKS_H
