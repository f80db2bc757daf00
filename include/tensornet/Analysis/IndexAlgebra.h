//===- IndexAlgebra.h - Extents and bounds of contractions ------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What can be said about a contraction from its subscripts and the shapes of
// its tensors alone: extents, bounds, sizes that nothing determines.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_INDEXALGEBRA_H
#define TENSORNET_ANALYSIS_INDEXALGEBRA_H

#include "tensornet/Analysis/Indexing.h"

namespace mlir::tensornet {

/// The shapes of the operands of a contraction, then of its result; unknown
/// sizes are kDynamicExtent.
using ContractionShapes = llvm::SmallVector<llvm::SmallVector<int64_t, 4>, 4>;

/// A place where a bare subscript stands: dimension `dim` of tensor `tensor`
/// (an operand number, or the number of operands for the result).
struct SubscriptPlace {
  unsigned tensor;
  unsigned dim;
};

/// For every index the places of its bare subscripts, operands first.
llvm::SmallVector<llvm::SmallVector<SubscriptPlace, 2>>
getBarePlaces(const Indexing &indexing);

/// The extent of every index: the explicit one, else the first static size
/// under a bare subscript, else kDynamicExtent.
llvm::SmallVector<int64_t> getStaticExtents(const Indexing &indexing,
                                            const ContractionShapes &shapes);

/// For every dimension of the result, true where its size is dynamic and
/// neither an operand nor another dimension of the result determines it.
llvm::SmallVector<bool>
getUndeterminedResultDims(const Indexing &indexing,
                          const ContractionShapes &shapes);

/// A closed interval of integers; empty where there is no index point.
struct Interval {
  int64_t min;
  int64_t max;
};

/// The values that `form` takes over all index points of these extents;
/// std::nullopt where an extent is dynamic or zero or where a value does not
/// fit 64 bits.
std::optional<Interval> getRange(const LinearForm &form,
                                 llvm::ArrayRef<int64_t> extents);

/// True where `form` is never negative, whatever the extents.
bool isNeverNegative(const LinearForm &form);

/// True where `form` is known to lie in 0 .. size-1 at every index point. Bare
/// subscripts of indices without explicit extent always do.
bool isProvablyInBounds(const LinearForm &form, int64_t size,
                        const Indexing &indexing,
                        llvm::ArrayRef<int64_t> extents);

/// True where `form` is known to lie outside 0 .. size-1 at every index point.
bool isProvablyOutOfBounds(const LinearForm &form, int64_t size,
                           llvm::ArrayRef<int64_t> extents);

/// True where every subscript of tensor `tensor` (the number of operands for
/// the result) is provably in bounds.
bool isTensorInBounds(const Indexing &indexing, unsigned tensor,
                      const ContractionShapes &shapes,
                      llvm::ArrayRef<int64_t> extents);

/// The number of index points; std::nullopt where an extent is dynamic or the
/// number does not fit 63 bits.
std::optional<int64_t> getNumIndexPoints(llvm::ArrayRef<int64_t> extents);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_INDEXALGEBRA_H
