//===- ContractionMatch.h - Contractions up to names and order --*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_CSE_CONTRACTIONMATCH_H
#define TENSORNET_LIB_TRANSFORMS_CSE_CONTRACTIONMATCH_H

#include "tensornet/Dialect/TensorNet/IR/ContractionSpec.h"

namespace mlir::tensornet {

/// For each dimension of a result, the dimension of another result that it
/// stands for.
using DimPermutation = SmallVector<unsigned, 4>;

bool isIdentity(ArrayRef<unsigned> permutation);

/// A hash that is the same for all contractions that `matchContractions` can
/// match: names of indices, order of operands and of result dimensions do not
/// enter.
llvm::hash_code hashContraction(ContractOp op);

/// How the results of two contractions are equal: dimension d of the result of
/// `first` is dimension permutation[d] of that of `second`. The identity where
/// it is one of the answers, and the only one looked for under `identityOnly`.
/// std::nullopt where the contractions differ, or where the search among
/// operands that are the same tensor was given up.
std::optional<DimPermutation>
matchContractions(ContractOp first, ContractOp second, bool identityOnly);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_CSE_CONTRACTIONMATCH_H
