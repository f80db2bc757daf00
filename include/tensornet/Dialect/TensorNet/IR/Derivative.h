//===- Derivative.h - Derivatives of values ---------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What derivative rules and the differentiation driver agree on.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_DERIVATIVE_H
#define TENSORNET_DIALECT_TENSORNET_IR_DERIVATIVE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "tensornet/Analysis/Indexing.h"

namespace mlir::tensornet {

/// The leading dimensions that every derivative carries beyond those of its
/// primal value: none for one tangent or cotangent, one per dimension of the
/// differentiated value for a Jacobian.
struct BatchShape {
  SmallVector<OpFoldResult> sizes;

  unsigned getRank() const { return sizes.size(); }
  /// The sizes as a static shape, kDynamic where only the run knows.
  SmallVector<int64_t> getStaticShape() const;
};

/// True for values that have derivatives: floating and complex scalars and
/// ranked tensors of them.
bool isDifferentiableType(Type type);

/// The type of a derivative of a value of type `primal`: a tensor with the
/// batch dimensions in front. A scalar counts as a 0-d tensor.
RankedTensorType getDerivativeType(Type primal, const BatchShape &batch);

/// The sizes of a derivative of `primal`: batch sizes, then those of `primal`
/// (tensor.dim where they are dynamic).
SmallVector<OpFoldResult> getDerivativeSizes(OpBuilder &builder, Location loc,
                                             Value primal,
                                             const BatchShape &batch);

/// `value` as a tensor: itself, or a 0-d tensor that holds the scalar.
Value toTensor(OpBuilder &builder, Location loc, Value value);

/// A 0-d or ranked tensor as a value of type `type`: itself, or the scalar
/// that the 0-d tensor holds.
Value fromTensor(OpBuilder &builder, Location loc, Value tensor, Type type);

/// A tensor of zeros with the given sizes.
Value createZeroTensor(OpBuilder &builder, Location loc,
                       ArrayRef<OpFoldResult> sizes, Type elementType);

/// `a + b`, where a null value is zero: the sum of two derivatives, with the
/// fast-math flags that derivatives allow.
Value addDerivatives(OpBuilder &builder, Location loc, Value a, Value b);

} // namespace mlir::tensornet

#endif // TENSORNET_DIALECT_TENSORNET_IR_DERIVATIVE_H
