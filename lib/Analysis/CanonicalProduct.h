//===- CanonicalProduct.h - Products up to names ----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Products that are equal up to the names of indices, the order of factors, the
// order of the result's dimensions and conjugation get the same labels.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_CANONICALPRODUCT_H
#define TENSORNET_LIB_ANALYSIS_CANONICALPRODUCT_H

#include "tensornet/Analysis/ProductGroup.h"

namespace mlir::tensornet::detail {

/// A set of index numbers below 64.
using IndexMask = uint64_t;
inline constexpr unsigned kMaxMaskedIndices = 64;

/// What a product is, whatever its indices are called.
struct CanonicalProduct {
  /// Equal for two products only if some renaming of indices makes the product
  /// of one, up to `conjugated`, the product of the other, with dimension d of
  /// the result in place d of `kept` on both sides.
  std::vector<uint32_t> labels;
  /// The indices of the result in an order that the labels fix.
  llvm::SmallVector<IndexId, 6> kept;
  /// The labels are those of the conjugate.
  bool conjugated = false;
};

/// The canonical labels of the product of `factors` over all indices that are
/// not in `kept`. Canonical labelling by refinement of colours and, where
/// factors look alike, by trying which comes first (McKay, Piperno 2014). Where
/// very many look alike not all are tried: some equal products may then differ.
CanonicalProduct canonicalize(llvm::ArrayRef<const ProductFactor *> factors,
                              IndexMask kept);

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_CANONICALPRODUCT_H
