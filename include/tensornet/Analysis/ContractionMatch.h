//===- ContractionMatch.h - Contractions up to names and order --*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Equality of contractions up to the order of operands, the names of indices
// and a permutation of the result.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_CONTRACTIONMATCH_H
#define TENSORNET_ANALYSIS_CONTRACTIONMATCH_H

#include "tensornet/Analysis/Indexing.h"

namespace mlir::tensornet {

/// A contraction whose tensors, explicit extents and result sizes are named by
/// numbers: equal numbers stand for equal values.
struct NamedContraction {
  const Indexing &indexing;
  /// One number per operand.
  llvm::ArrayRef<unsigned> tensors;
  /// One number per entry of `indexing.extents`.
  llvm::ArrayRef<unsigned> extents;
  /// One number per dimension of the result; empty where sizes are the caller's
  /// to compare.
  llvm::ArrayRef<unsigned> sizes = {};
};

/// For each dimension of a result, the dimension of another result that it
/// stands for.
using DimPermutation = llvm::SmallVector<unsigned, 4>;

/// True for 0, 1, 2, ...
bool isIdentity(llvm::ArrayRef<unsigned> permutation);

/// Which dimensions of two results may stand for each other.
enum class ResultOrder {
  Same, ///< dimension d for dimension d
  Any,  ///< each for any; for its own where that is one of the answers
};

/// How the results of two contractions are equal: dimension d of the result of
/// `a` is dimension permutation[d] of that of `b`, for some order of the
/// operands of `b` and some renaming of its indices. std::nullopt where the
/// contractions differ. By canonical labels of the graph of tensors and indices
/// (McKay, Piperno 2014, through nauty).
std::optional<DimPermutation> matchContractions(const NamedContraction &a,
                                                const NamedContraction &b,
                                                ResultOrder order);

/// True where some order of the operands of `b` and some renaming of its
/// indices make it `a`, with the dimensions of the results in the same order.
bool areEqualUpToRenaming(const NamedContraction &a, const NamedContraction &b);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_CONTRACTIONMATCH_H
