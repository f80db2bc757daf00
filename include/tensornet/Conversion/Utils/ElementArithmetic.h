//===- ElementArithmetic.h - Scalar ops of contractions ---------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_UTILS_ELEMENTARITHMETIC_H
#define TENSORNET_CONVERSION_UTILS_ELEMENTARITHMETIC_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace mlir::tensornet {

/// What lowered contractions allow: they mean sums over the reals.
inline constexpr arith::FastMathFlags contractionFastMath =
    arith::FastMathFlags::reassoc | arith::FastMathFlags::contract;

/// Zero of a floating, integer or complex type.
Value createZeroElement(OpBuilder &builder, Location loc, Type type);
/// One of a floating, integer or complex type.
Value createOneElement(OpBuilder &builder, Location loc, Type type);
/// `value` in the type `type` of the same kind (real, complex, integer):
/// rounded or extended; integers sign-extend or wrap.
Value createElementCast(OpBuilder &builder, Location loc, Value value,
                        Type type);
/// The conjugate of a complex value.
Value createElementConjugate(OpBuilder &builder, Location loc, Value value);
/// lhs * rhs of two values of one type.
Value createElementProduct(OpBuilder &builder, Location loc, Value lhs,
                           Value rhs);
/// lhs + rhs of two values of one type.
Value createElementSum(OpBuilder &builder, Location loc, Value lhs, Value rhs);
/// True (i1) where `value`, real, complex or integer, is not zero.
Value createNonZeroTest(OpBuilder &builder, Location loc, Value value);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_UTILS_ELEMENTARITHMETIC_H
