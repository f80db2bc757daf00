//===- SlicedContraction.h - Derivatives slice by slice ---------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Derivatives of a contraction that is evaluated slice by slice: loops that
// compute value and derivatives of one slice and add them up, so that no loop
// is ever differentiated.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_SLICEDCONTRACTION_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_SLICEDCONTRACTION_H

#include "tensornet/Transforms/Plan/SliceLoop.h"

namespace mlir::tensornet {

/// Which derivatives an evaluation is made for.
enum class SweepMode { Forward, Reverse };

/// One evaluation of one sliced contraction.
///
/// A 0-d result has cotangents that are multiples of those for the cotangent 1,
/// whatever is made of the result later: one loop computes the value and these
/// gradients, and the reverse sweep scales them. Of other contractions the
/// derivatives are computed in a loop of their own, which makes the
/// intermediates of a slice again; it takes the place of the first loop, value
/// included, where what comes in (cotangent or tangents) does not depend on the
/// value.
class SlicedContraction {
public:
  /// Makes the value of `op`, an n-ary contraction at the insertion point, for
  /// derivatives with respect to the `active` operands. `op` must outlive this
  /// object; nothing reads its result.
  SlicedContraction(OpBuilder &builder, ContractOp op, const SlicedTree &tree,
                    const BitVector &active, SweepMode mode);

  /// The value of the contraction. Making derivatives may replace it.
  Value getValue() const { return value; }

  /// One cotangent per operand, null where it is inactive (or counted with
  /// another operand that reads the same elements).
  LogicalResult createCotangents(OpBuilder &builder, const BatchShape &batch,
                                 Value cotangent,
                                 SmallVectorImpl<Value> &cotangents);
  /// The tangent of the result, from one tangent per operand, null for zero.
  FailureOr<Value> createTangent(OpBuilder &builder, const BatchShape &batch,
                                 ArrayRef<Value> operandTangents);

private:
  /// The loop for cotangents; with a null `cotangent`, which stands for 1, or
  /// `withValue`, it computes the value too.
  LogicalResult runReverse(OpBuilder &builder, const BatchShape &batch,
                           Value cotangent, bool withValue,
                           SmallVectorImpl<Value> &cotangents);
  FailureOr<Value> runForward(OpBuilder &builder, const BatchShape &batch,
                              ArrayRef<Value> operandTangents, bool withValue);
  /// True where a loop that reads `incoming` can take the place of the loop
  /// that makes the value; their definitions are then moved before it.
  bool canJoinValue(ArrayRef<Value> incoming, const BatchShape &batch);
  bool hasUnitCotangents(SweepMode mode);
  Value scaleUnitCotangent(OpBuilder &builder, const BatchShape &batch,
                           Value cotangent, unsigned operand);
  SliceSum getValueSum(OpBuilder &builder);
  SliceSum getOperandSum(OpBuilder &builder, const BatchShape &batch,
                         unsigned operand);
  void replaceValue(Value sum, OpBuilder &builder);

  ContractOp op;
  SlicedTree tree;
  BitVector active;
  SliceLoop loop;
  Value value;
  /// The first of the ops that make the value.
  Operation *first = nullptr;
  /// The loop that makes the value makes derivatives too.
  bool isJoined = false;
  /// Cotangents for the cotangent 1 of a 0-d result; else empty.
  SmallVector<Value> unitCotangents;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_SLICEDCONTRACTION_H
