//===- KernelChoice.h - How a kernel is made --------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_KERNELCHOICE_H
#define TENSORNET_ANALYSIS_KERNELCHOICE_H

#include "tensornet/Analysis/Indexing.h"

namespace mlir::tensornet {

/// What the threads of a kernel share out. Each element of the result is summed
/// in an order that no number of threads changes.
enum class Distribution {
  none,    ///< one thread computes everything
  batch,   ///< points of the leading batch dimensions
  rows,    ///< tiles of rows, an equal part for each thread
  columns, ///< tiles of columns, an equal part for each thread
  sum,     ///< blocks of the sum, whose sums are added in order
};

/// How a kernel computes C[batch, rows, columns] += A[batch, rows, sum] *
/// B[batch, sum, columns], as `#tensornet.kernel` writes it. What is absent is
/// left to the cost model.
struct KernelChoice {
  using Indices = llvm::SmallVector<IndexId, 2>;
  using Sizes = llvm::SmallVector<int64_t, 3>;

  /// The indices of each role, outermost loop first. Vectors run along the last
  /// of `columns`, the rows of a register tile along the last of `rows`.
  std::optional<Indices> batch, rows, columns, sum;
  /// True where the first operand is B and the second is A.
  std::optional<bool> swap;
  /// Points of a register tile along the last indices of `rows` and `columns`.
  std::optional<Sizes> rowTile, columnTile;
  /// Whether tiles of columns run on from one point of the outer columns to the
  /// next.
  std::optional<bool> joinColumns;
  /// Rows, columns and points of the sum in a cache block.
  std::optional<Sizes> block;
  /// Rows that meet a tile of columns before the next one does.
  std::optional<Sizes> rowGroup;
  /// Whether A and B are copied into tiles.
  std::optional<bool> packA, packB;
  std::optional<Distribution> distribute;

  /// True where nothing is chosen.
  bool empty() const { return *this == KernelChoice(); }
  bool operator==(const KernelChoice &other) const;
  bool operator!=(const KernelChoice &other) const { return !(*this == other); }
};

llvm::hash_code hash_value(const KernelChoice &choice);

/// The word that stands for `distribution` in text.
llvm::StringRef stringify(Distribution distribution);
/// The distribution that `word` stands for, if any.
std::optional<Distribution> parseDistribution(llvm::StringRef word);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_KERNELCHOICE_H
