//===- Recomputation.h - Values computed anew -------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_FUSION_RECOMPUTATION_H
#define TENSORNET_LIB_CODEGEN_CPU_FUSION_RECOMPUTATION_H

#include "BlockGroup.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::tensornet::cpu {

/// Copies of ops of a group, from which later ops get its large values anew
/// instead of from memory.
class Recomputation {
public:
  Recomputation(const BlockGroup &group, int64_t cacheBytes);

  /// True where computing takes less time than storing and loading.
  bool isCheaper() const;
  /// Makes the copies, in front of the ops that use them.
  void apply();
  /// Undoes apply().
  void revert();
  /// True where `later` holds all copies and none of their large values leaves
  /// it: recomputing then stores nothing.
  bool isInside(const BlockGroup &later) const;
  Operation *getFirst() const { return copies.front(); }

private:
  void addToChain(Operation *op);

  const BlockGroup &group;
  int64_t cacheBytes;
  /// The large values that later ops read; empty where one of these ops would
  /// need them in memory.
  SmallVector<OpResult> values;
  /// The ops that make them from small values and from what the group reads.
  llvm::SetVector<Operation *> chain;
  SmallVector<Operation *> copies, starts;
  IRMapping mapping;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_FUSION_RECOMPUTATION_H
