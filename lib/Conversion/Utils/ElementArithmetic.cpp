//===- ElementArithmetic.cpp - Scalar ops of contractions -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/Utils/ElementArithmetic.h"

#include "mlir/Dialect/Complex/IR/Complex.h"

using namespace mlir;
using namespace mlir::tensornet;

static Value createElement(OpBuilder &builder, Location loc, Type type,
                           int64_t value) {
  if (auto complex = dyn_cast<ComplexType>(type)) {
    Type part = complex.getElementType();
    return complex::ConstantOp::create(
        builder, loc, complex,
        builder.getArrayAttr({builder.getFloatAttr(part, value),
                              builder.getFloatAttr(part, 0.0)}));
  }
  TypedAttr attribute;
  if (isa<FloatType>(type))
    attribute = builder.getFloatAttr(type, value);
  else
    attribute = builder.getIntegerAttr(type, value);
  return arith::ConstantOp::create(builder, loc, attribute);
}

Value mlir::tensornet::createZeroElement(OpBuilder &builder, Location loc,
                                         Type type) {
  return createElement(builder, loc, type, 0);
}

Value mlir::tensornet::createOneElement(OpBuilder &builder, Location loc,
                                        Type type) {
  return createElement(builder, loc, type, 1);
}

static Value createFloatCast(OpBuilder &builder, Location loc, Value value,
                             Type type) {
  unsigned from = cast<FloatType>(value.getType()).getWidth();
  unsigned to = cast<FloatType>(type).getWidth();
  if (from < to)
    return arith::ExtFOp::create(builder, loc, type, value);
  // f16 and bf16 hold different numbers in the same width.
  if (from == to)
    value = arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
  return arith::TruncFOp::create(builder, loc, type, value);
}

static Value createIntegerCast(OpBuilder &builder, Location loc, Value value,
                               Type type) {
  if (value.getType().getIntOrFloatBitWidth() < type.getIntOrFloatBitWidth())
    return arith::ExtSIOp::create(builder, loc, type, value);
  return arith::TruncIOp::create(builder, loc, type, value);
}

Value mlir::tensornet::createElementCast(OpBuilder &builder, Location loc,
                                         Value value, Type type) {
  if (value.getType() == type)
    return value;
  if (isa<FloatType>(type))
    return createFloatCast(builder, loc, value, type);
  if (isa<IntegerType>(type))
    return createIntegerCast(builder, loc, value, type);
  Type part = cast<ComplexType>(type).getElementType();
  Value re = complex::ReOp::create(builder, loc, value);
  Value im = complex::ImOp::create(builder, loc, value);
  return complex::CreateOp::create(builder, loc, type,
                                   createFloatCast(builder, loc, re, part),
                                   createFloatCast(builder, loc, im, part));
}

Value mlir::tensornet::createElementConjugate(OpBuilder &builder, Location loc,
                                              Value value) {
  return complex::ConjOp::create(builder, loc, value);
}

Value mlir::tensornet::createElementProduct(OpBuilder &builder, Location loc,
                                            Value lhs, Value rhs) {
  if (isa<FloatType>(lhs.getType()))
    return arith::MulFOp::create(builder, loc, lhs, rhs, contractionFastMath);
  if (isa<IntegerType>(lhs.getType()))
    return arith::MulIOp::create(builder, loc, lhs, rhs);
  return complex::MulOp::create(builder, loc, lhs, rhs, contractionFastMath);
}

Value mlir::tensornet::createElementSum(OpBuilder &builder, Location loc,
                                        Value lhs, Value rhs) {
  if (isa<FloatType>(lhs.getType()))
    return arith::AddFOp::create(builder, loc, lhs, rhs, contractionFastMath);
  if (isa<IntegerType>(lhs.getType()))
    return arith::AddIOp::create(builder, loc, lhs, rhs);
  return complex::AddOp::create(builder, loc, lhs, rhs, contractionFastMath);
}

Value mlir::tensornet::createNonZeroTest(OpBuilder &builder, Location loc,
                                         Value value) {
  Value zero = createZeroElement(builder, loc, value.getType());
  if (isa<FloatType>(value.getType()))
    return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE, value,
                                 zero);
  if (isa<IntegerType>(value.getType()))
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, value,
                                 zero);
  return complex::NotEqualOp::create(builder, loc, value, zero);
}
