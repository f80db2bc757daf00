//===- Contraction.h - Contractions on their way to loops -------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTOLINALG_CONTRACTION_H
#define TENSORNET_CONVERSION_TENSORNETTOLINALG_CONTRACTION_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// A contraction on its way to loops: operands that are stored, and conditions
/// in the place of those that are not.
struct LoweredContraction {
  /// A stored operand.
  struct Factor {
    Value tensor;
    Subscripts subscripts;
    bool conjugated;
  };
  /// A condition on index points: form >= 0, form < bound, or form == other.
  struct Condition {
    enum Kind { nonNegative, below, equal } kind;
    LinearForm form;
    OpFoldResult bound = {};
    LinearForm other = {};
  };

  /// Takes `op` apart. Virtual operands with bare subscripts become
  /// conditions; `builder` makes values for dynamic extents and sizes.
  LoweredContraction(OpBuilder &builder, ContractOp op);

  const Subscripts &getResult() const;
  /// True where `form` lies in 0 .. size-1 at every index point.
  bool isInBounds(const LinearForm &form, int64_t size) const;
  /// True for a bare subscript without explicit extent: it has exactly the
  /// size of its dimension.
  bool isExact(const LinearForm &form) const;
  /// Adds to `bounds` the conditions under which `form` lies in 0 .. size-1,
  /// less those that always hold.
  void addBounds(const LinearForm &form, OpFoldResult size,
                 SmallVectorImpl<Condition> &bounds) const;
  /// The product of `elements`, one per factor, in the compute type.
  Value createProduct(OpBuilder &builder, Location loc,
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
  SmallVector<int64_t> staticExtents;
  SmallVector<OpFoldResult> extents;

private:
  void addConditions(OpBuilder &builder, ContractOp ones,
                     const Subscripts &subscripts);
};

/// `form` as an affine expression in the index `dims[i]` for every index i.
AffineExpr getAffineExpr(const LinearForm &form, ArrayRef<AffineExpr> dims,
                         MLIRContext *context);

/// Makes loops on tensors for `contraction`, whatever its subscripts and
/// extents, and returns the sum in the compute type: the way for subscripts
/// that leave a tensor by an amount only the run knows.
Value createTensorLoops(OpBuilder &builder,
                        const LoweredContraction &contraction);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTOLINALG_CONTRACTION_H
