//===- RuleSupport.h - What derivative rules share --------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_RULESUPPORT_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_RULESUPPORT_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// The fast-math flags of what derivative rules emit.
arith::FastMathFlagsAttr getDerivativeFastMath(MLIRContext *context);

/// `value` as a scalar, or as a tensor with the shape of `like` where that is a
/// tensor. `elementType` is floating, complex or integer.
Value createConstantLike(OpBuilder &builder, Location loc, double value,
                         Value like, Type elementType);

/// The number `value` as a 0-d tensor of floating or complex elements.
Value createScalarTensor(OpBuilder &builder, Location loc, double value,
                         Type elementType);

/// A tensor with its subscripts. A scalar is a 0-d tensor.
struct Factor {
  Value value;
  Subscripts subscripts;
  bool conjugated = false;
};

/// Subscripts 0, 1, ..., rank - 1: one bare index per dimension of `value`,
/// none for a scalar.
Subscripts getIdentitySubscripts(Value value);

/// contraction(factors..., derivative[batch, derivative.subscripts])
///   -> [batch, resultSubscripts]
/// The result is a derivative of `primal`, which gives the sizes that no
/// operand gives.
Value contractDerivative(OpBuilder &builder, Location loc,
                         const BatchShape &batch, Factor derivative,
                         ArrayRef<Factor> factors,
                         const Subscripts &resultSubscripts, Value primal);

/// contraction(factors...) -> [resultSubscripts], with the shape and element
/// type of `like`.
Value contractLike(OpBuilder &builder, Location loc, ArrayRef<Factor> factors,
                   const Subscripts &resultSubscripts, Value like);

/// A derivative of `primal` that is zero.
Value createZeroDerivative(OpBuilder &builder, Location loc, Value primal,
                           const BatchShape &batch);

/// Offsets, sizes and strides of a slice.
struct SliceBounds {
  SmallVector<OpFoldResult> offsets, sizes, strides;
};

/// The slice `bounds` of a primal value, as a slice of its derivative: all of
/// every batch dimension.
SliceBounds addBatch(OpBuilder &builder, const BatchShape &batch,
                     const SliceBounds &bounds);

/// The slice with one element in every dimension and unit strides.
SliceBounds getElementBounds(OpBuilder &builder,
                             ArrayRef<OpFoldResult> indices);

/// The slice `bounds` of `derivative`, as a derivative of `part`. Unit
/// dimensions that `part` lacks are dropped.
Value extractPart(OpBuilder &builder, Location loc, const BatchShape &batch,
                  Value derivative, const SliceBounds &bounds, Value part);

/// `derivative` with its slice `bounds` replaced by `part`.
Value insertPart(OpBuilder &builder, Location loc, const BatchShape &batch,
                 Value part, Value derivative, const SliceBounds &bounds);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_RULESUPPORT_H
