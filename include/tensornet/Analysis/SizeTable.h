//===- SizeTable.h - Sizes that are known or equal --------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_SIZETABLE_H
#define TENSORNET_ANALYSIS_SIZETABLE_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <map>

namespace mlir::tensornet {

/// Number of a size in a SizeTable.
using SizeId = unsigned;

/// The sizes of a tensor, one per dimension.
using SizeIds = llvm::SmallVector<SizeId, 4>;

/// Sizes of tensors and extents of indices: some are numbers, some are known
/// only at run time, and some of the latter are known to be equal.
class SizeTable {
public:
  /// The size that is the number `value`; equal numbers give equal sizes.
  SizeId getStatic(int64_t value);
  /// A new size that only the run knows.
  SizeId addDynamic();
  /// Records that two sizes are equal. Says nothing where they are different
  /// numbers: such a program fails its run-time check.
  void merge(SizeId a, SizeId b);
  /// The one size that stands for all that are equal to `size`.
  SizeId getRepresentative(SizeId size) const;
  bool areEqual(SizeId a, SizeId b) const {
    return getRepresentative(a) == getRepresentative(b);
  }
  /// The size as a number; kDynamicExtent where only the run knows it.
  int64_t getValue(SizeId size) const {
    return values[getRepresentative(size)];
  }
  /// True where `a` is known not to exceed `b`.
  bool isAtMost(SizeId a, SizeId b) const;

private:
  /// A size points at an equal one, a representative at itself.
  mutable llvm::SmallVector<SizeId> parents;
  llvm::SmallVector<int64_t> values;
  /// Any number may be a size, so that no hash table fits: it has two keys for
  /// itself.
  std::map<int64_t, SizeId> statics;
};

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_SIZETABLE_H
