//===- ContractionMatch.h - Equality up to renaming -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Equality of contractions up to the order of operands and the names of
// indices.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_CONTRACTIONMATCH_H
#define TENSORNET_ANALYSIS_CONTRACTIONMATCH_H

#include "tensornet/Analysis/Indexing.h"

namespace mlir::tensornet {

/// A contraction whose tensors and explicit extents are named by numbers: equal
/// numbers stand for equal values.
struct NamedContraction {
  const Indexing &indexing;
  /// One number per operand.
  llvm::ArrayRef<unsigned> tensors;
  /// One number per entry of `indexing.extents`.
  llvm::ArrayRef<unsigned> extents;
};

/// True where some order of the operands of `b` and some renaming of its
/// indices make it `a`. Results are compared dimension by dimension; their
/// sizes are the caller's to compare. Gives up, with false, where one tensor
/// occurs so often that thousands of orders would have to be tried.
bool areEqualUpToRenaming(const NamedContraction &a, const NamedContraction &b);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_CONTRACTIONMATCH_H
