//===- LoweredContraction.h - Contractions on their way ------- -*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTOLINALG_LOWEREDCONTRACTION_H
#define TENSORNET_CONVERSION_TENSORNETTOLINALG_LOWEREDCONTRACTION_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "llvm/ADT/SmallBitVector.h"

namespace mlir::tensornet {

/// A contraction on its way to loops: operands that are stored, and conditions
/// in the place of those that are not.
struct LoweredContraction {
  /// A stored operand.
  struct Factor {
    Value tensor;
    Subscripts subscripts;
    bool conjugated = false;
    /// Its elements count index points of a virtual operand: where one is zero
    /// there is no point.
    bool counts = false;
  };
  /// A condition on index points: form >= 0, form < bound, or form == other.
  struct Condition {
    enum Kind { nonNegative, below, equal } kind;
    LinearForm form;
    OpFoldResult bound = {};
    LinearForm other = {};

    /// The indices that it tests.
    SmallVector<IndexId> getIndices() const;
  };

  /// Takes `op` apart. Virtual operands become conditions where their elements
  /// are ones and zeros; `builder` makes values for dynamic extents and sizes.
  LoweredContraction(OpBuilder &builder, ContractOp op);

  /// True where `form` lies in 0 .. size-1 at every index point.
  bool isInBounds(const LinearForm &form, int64_t size) const;
  /// True for a bare subscript that has exactly the size of its dimension,
  /// because it determines the extent of its index.
  bool isExact(const LinearForm &form) const;
  /// True where dimension `dim` of the result is a bare subscript of its size.
  bool isResultExact(unsigned dim) const;
  /// Adds to `bounds` the conditions under which `form` lies in 0 .. size-1,
  /// less those that always hold.
  void addBounds(const LinearForm &form, OpFoldResult size,
                 SmallVectorImpl<Condition> &bounds) const;
  /// The product of `elements`, one per factor, in the compute type.
  Value createProduct(OpBuilder &builder, Location loc,
                      ValueRange elements) const;
  /// True (i1) where `elements`, one per factor, count at least one point;
  /// null where no factor counts.
  Value createCountGuard(OpBuilder &builder, Location loc,
                         ValueRange elements) const;
  /// True (i1) where every one of `conditions` holds at the index point
  /// `indices`; null where there is none.
  static Value createGuard(OpBuilder &builder, Location loc,
                           ArrayRef<Condition> conditions, ValueRange indices);
  /// The value of `form` at the index point `indices`.
  static Value createSubscript(OpBuilder &builder, Location loc,
                               const LinearForm &form, ValueRange indices);

  mutable ContractOp op;
  Type computeType;
  SmallVector<Factor> factors;
  SmallVector<Condition> conditions;
  Subscripts result;
  SmallVector<OpFoldResult> resultSizes;
  SmallVector<int64_t> staticExtents;
  SmallVector<OpFoldResult> extents;
  /// Indices whose extents bare subscripts of operands need not have.
  llvm::SmallBitVector isFree;

private:
  bool addConditions(OpBuilder &builder, ContractOp ones,
                     const Subscripts &subscripts);
};

/// Changes the indices of `contraction` so that the result has bare subscripts,
/// each index once, of exactly its sizes: a sum that scatters into the result
/// becomes one that gathers for each element.
///
///     y[h] k[r] -> [h + r]     becomes     y[p - r] k[r] -> [p]
///     v[i] -> [i, i]           becomes     v[i] (i == p) -> [i, p]
///
/// Fails, and `contraction` is then as it was, where that takes many more index
/// points.
LogicalResult gatherResult(LoweredContraction &contraction);

/// `form` as an affine expression in the index `dims[i]` for every index i.
AffineExpr getAffineExpr(const LinearForm &form, ArrayRef<AffineExpr> dims,
                         MLIRContext *context);

/// Makes loops on tensors for `contraction`, whatever its subscripts and
/// extents, and returns the sum in the compute type: the way for subscripts
/// that leave a tensor by an amount only the run knows.
Value createTensorLoops(OpBuilder &builder,
                        const LoweredContraction &contraction);

/// Calls `lower` on every contraction of `root` that has operands and that
/// `isWanted` accepts. Then erases contractions without operands that nobody
/// uses any more, and calls `lower` on those that stay in use, where
/// `isWanted` accepts them.
void lowerContractions(RewriterBase &rewriter, Operation *root,
                       function_ref<bool(ContractOp)> isWanted,
                       function_ref<void(ContractOp)> lower);

/// True where a loop of `op` never runs or a tensor has no element, as far as
/// types tell: all of its result is zero.
bool hasNoPoints(ContractOp op);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTOLINALG_LOWEREDCONTRACTION_H
