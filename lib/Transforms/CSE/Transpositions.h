//===- Transpositions.h - Permutations of tensors ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_CSE_TRANSPOSITIONS_H
#define TENSORNET_LIB_TRANSFORMS_CSE_TRANSPOSITIONS_H

#include "tensornet/Analysis/ContractionMatch.h"
#include "tensornet/Dialect/TensorNet/IR/ContractionSpec.h"

namespace mlir::tensornet {

/// Where `op` only permutes (and perhaps conjugates) its operand: the dimension
/// of the operand for each dimension of the result.
std::optional<DimPermutation> getTransposition(ContractOp op);

/// contract(contract(a[i, j] -> [j, i])[k, l]) -> contract(a[l, k]). True where
/// `spec` changed.
bool readThroughTranspositions(ContractionSpec &spec);

/// `value` with its dimension d in the place permutation[d].
Value createTransposition(OpBuilder &builder, Location loc, Value value,
                          ArrayRef<unsigned> permutation);

/// Moves transpositions in front of elementwise ops in `root` behind them:
///
///   exp(contract(a[i, j] -> [j, i])) -> contract(exp(a)[i, j] -> [j, i])
///
/// so that equal elementwise ops merge and contractions read through the
/// transposition. Nothing else may read the transposition; several operands
/// must be permuted alike. True where something changed.
bool sinkTranspositions(Operation *root);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_CSE_TRANSPOSITIONS_H
