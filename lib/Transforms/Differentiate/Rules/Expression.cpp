//===- Expression.cpp - Formulas of derivatives ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expression.h"

#include "RuleSupport.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

struct Expression::Node {
  std::optional<double> constant;
  std::optional<Leaf> leaf;
  Maker maker = nullptr;
  SmallVector<Expression, 2> arguments;
};

Expression::Expression(double constant)
    : node(new Node{constant, std::nullopt, nullptr, {}}) {}

Expression::Expression(Leaf leaf)
    : node(new Node{std::nullopt, leaf, nullptr, {}}) {}

Expression::Expression(Maker maker, ArrayRef<Expression> arguments)
    : node(new Node{std::nullopt, std::nullopt, maker,
                    llvm::to_vector<2>(arguments)}) {}

std::optional<double> Expression::getConstant() const { return node->constant; }

bool Expression::isFormula() const { return node->maker; }

//===----------------------------------------------------------------------===//
// From formulas to ops
//===----------------------------------------------------------------------===//

Type ExpressionBuilder::getElementType() {
  return getElementTypeOrSelf(op->getResult(0).getType());
}

Value ExpressionBuilder::getConstant(double value, Value like) {
  return createConstantLike(builder, getLoc(), value, like, getElementType());
}

Value ExpressionBuilder::build(const Expression &expression) {
  const Expression::Node &node = *expression.node;
  if (node.leaf)
    return node.leaf->number < 0 ? op->getResult(0)
                                 : op->getOperand(node.leaf->number);
  Value &known = values[&node];
  if (known)
    return known;
  // The last operand has the shape of the result without being computed here.
  if (node.constant)
    return known = getConstant(*node.constant,
                               op->getOperand(op->getNumOperands() - 1));
  SmallVector<Value> arguments;
  for (const Expression &argument : node.arguments)
    arguments.push_back(build(argument));
  // Building the arguments may have moved the entry.
  Value value = node.maker(*this, arguments);
  values[&node] = value;
  return value;
}

/// The op on floating values, or the constant that it folds to.
template <typename OpTy>
static Value makeFloat(ExpressionBuilder &builder, ArrayRef<Value> arguments) {
  OpBuilder &b = builder.getBuilder();
  auto flags = getDerivativeFastMath(b.getContext());
  if constexpr (OpTy::template hasTrait<OpTrait::OneOperand>())
    return b.createOrFold<OpTy>(builder.getLoc(), arguments[0], flags);
  else
    return b.createOrFold<OpTy>(builder.getLoc(), arguments[0], arguments[1],
                                flags);
}

/// `value` where it is one constant in every element: a scalar or dense
/// constant, or a tensor.splat of one.
static Attribute getUniformConstant(Value value) {
  if (auto splat = value.getDefiningOp<tensor::SplatOp>())
    value = splat.getInput();
  Attribute constant;
  if (!matchPattern(value, m_Constant(&constant)))
    return Attribute();
  if (auto elements = dyn_cast<DenseElementsAttr>(constant))
    return elements.isSplat() ? elements.getSplatValue<Attribute>()
                              : Attribute();
  return constant;
}

/// The truth of a condition that is the same everywhere, if it is known.
static std::optional<bool> getKnownCondition(Value condition) {
  auto constant = dyn_cast_or_null<IntegerAttr>(getUniformConstant(condition));
  if (!constant)
    return std::nullopt;
  return !constant.getValue().isZero();
}

template <arith::CmpFPredicate predicate>
static Value makeCompare(ExpressionBuilder &builder,
                         ArrayRef<Value> arguments) {
  OpBuilder &b = builder.getBuilder();
  auto lhs = dyn_cast_or_null<FloatAttr>(getUniformConstant(arguments[0]));
  auto rhs = dyn_cast_or_null<FloatAttr>(getUniformConstant(arguments[1]));
  if (lhs && rhs) {
    bool holds =
        arith::applyCmpPredicate(predicate, lhs.getValue(), rhs.getValue());
    return createConstantLike(b, builder.getLoc(), holds, arguments[0],
                              b.getI1Type());
  }
  return arith::CmpFOp::create(b, builder.getLoc(), predicate, arguments[0],
                               arguments[1]);
}

static Value makeBoth(ExpressionBuilder &builder, ArrayRef<Value> arguments) {
  for (unsigned k = 0; k < 2; ++k)
    if (std::optional<bool> known = getKnownCondition(arguments[k]))
      return arguments[*known ? 1 - k : k];
  return arith::AndIOp::create(builder.getBuilder(), builder.getLoc(),
                               arguments[0], arguments[1]);
}

static Value makeSelect(ExpressionBuilder &builder, ArrayRef<Value> arguments) {
  if (std::optional<bool> known = getKnownCondition(arguments[0]))
    return arguments[*known ? 1 : 2];
  return arith::SelectOp::create(builder.getBuilder(), builder.getLoc(),
                                 arguments[0], arguments[1], arguments[2]);
}

static Value makeChoice(ExpressionBuilder &builder, Value condition,
                        double ifTrue, double ifFalse) {
  return makeSelect(builder, {condition, builder.getConstant(ifTrue, condition),
                              builder.getConstant(ifFalse, condition)});
}

static Value makeIndicator(ExpressionBuilder &builder,
                           ArrayRef<Value> arguments) {
  return makeChoice(builder, arguments[0], 1, 0);
}

static Value makeNegatedIndicator(ExpressionBuilder &builder,
                                  ArrayRef<Value> arguments) {
  return makeChoice(builder, arguments[0], 0, 1);
}

/// base^exponent, by multiplication where the exponent is 0, 1 or 2.
static Value makePower(ExpressionBuilder &builder, ArrayRef<Value> arguments) {
  Value base = arguments[0];
  if (auto known =
          dyn_cast_or_null<FloatAttr>(getUniformConstant(arguments[1]))) {
    if (known.getValue().isZero())
      return builder.getConstant(1, base);
    if (known.getValue().isExactlyValue(1))
      return base;
    if (known.getValue().isExactlyValue(2))
      return makeFloat<arith::MulFOp>(builder, {base, base});
  }
  return makeFloat<math::PowFOp>(builder, arguments);
}

static Value makeIntegerPowerDerivative(ExpressionBuilder &builder,
                                        ArrayRef<Value> arguments) {
  OpBuilder &b = builder.getBuilder();
  Location loc = builder.getLoc();
  auto flags = getDerivativeFastMath(b.getContext());
  Value base = arguments[0], exponent = arguments[1];
  Type integer = getElementTypeOrSelf(exponent.getType());
  Value zero = createConstantLike(b, loc, 0, exponent, integer);
  Value one = createConstantLike(b, loc, 1, exponent, integer);
  Value isZero = b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::eq,
                                               exponent, zero);
  // 0 * base^0 is 0 even at base 0, where 0 * base^-1 would be NaN.
  Value below = b.createOrFold<arith::SubIOp>(loc, exponent, one);
  below = b.createOrFold<arith::SelectOp>(loc, isZero, zero, below);
  Value power = math::FPowIOp::create(b, loc, base, below, flags);
  Value factor = arith::SIToFPOp::create(b, loc, base.getType(), exponent);
  return arith::MulFOp::create(b, loc, factor, power, flags);
}

//===----------------------------------------------------------------------===//
// The language
//===----------------------------------------------------------------------===//

Expression mlir::tensornet::operator+(Expression a, Expression b) {
  return Expression(makeFloat<arith::AddFOp>, {a, b});
}
Expression mlir::tensornet::operator-(Expression a, Expression b) {
  return Expression(makeFloat<arith::SubFOp>, {a, b});
}
Expression mlir::tensornet::operator*(Expression a, Expression b) {
  return Expression(makeFloat<arith::MulFOp>, {a, b});
}
Expression mlir::tensornet::operator/(Expression a, Expression b) {
  return Expression(makeFloat<arith::DivFOp>, {a, b});
}
Expression mlir::tensornet::operator-(Expression a) {
  return Expression(makeFloat<arith::NegFOp>, {a});
}

Expression mlir::tensornet::cos(Expression a) {
  return Expression(makeFloat<math::CosOp>, {a});
}
Expression mlir::tensornet::cosh(Expression a) {
  return Expression(makeFloat<math::CoshOp>, {a});
}
Expression mlir::tensornet::exp(Expression a) {
  return Expression(makeFloat<math::ExpOp>, {a});
}
Expression mlir::tensornet::log(Expression a) {
  return Expression(makeFloat<math::LogOp>, {a});
}
Expression mlir::tensornet::sin(Expression a) {
  return Expression(makeFloat<math::SinOp>, {a});
}
Expression mlir::tensornet::sinh(Expression a) {
  return Expression(makeFloat<math::SinhOp>, {a});
}
Expression mlir::tensornet::sqrt(Expression a) {
  return Expression(makeFloat<math::SqrtOp>, {a});
}
Expression mlir::tensornet::trunc(Expression a) {
  return Expression(makeFloat<math::TruncOp>, {a});
}
Expression mlir::tensornet::copysign(Expression magnitude, Expression sign) {
  return Expression(makeFloat<math::CopySignOp>, {magnitude, sign});
}
Expression mlir::tensornet::pow(Expression base, Expression exponent) {
  return Expression(makePower, {base, exponent});
}

Expression mlir::tensornet::equal(Expression a, Expression b) {
  return Expression(makeCompare<arith::CmpFPredicate::OEQ>, {a, b});
}
Expression mlir::tensornet::less(Expression a, Expression b) {
  return Expression(makeCompare<arith::CmpFPredicate::OLT>, {a, b});
}
Expression mlir::tensornet::greaterOrEqual(Expression a, Expression b) {
  return Expression(makeCompare<arith::CmpFPredicate::OGE>, {a, b});
}
Expression mlir::tensornet::greaterOrUnordered(Expression a, Expression b) {
  return Expression(makeCompare<arith::CmpFPredicate::UGT>, {a, b});
}
Expression mlir::tensornet::both(Expression a, Expression b) {
  return Expression(makeBoth, {a, b});
}
Expression mlir::tensornet::select(Expression condition, Expression a,
                                   Expression b) {
  return Expression(makeSelect, {condition, a, b});
}
Expression mlir::tensornet::indicator(Expression condition) {
  return Expression(makeIndicator, {condition});
}
Expression mlir::tensornet::negatedIndicator(Expression condition) {
  return Expression(makeNegatedIndicator, {condition});
}
Expression mlir::tensornet::integerPowerDerivative(Expression base,
                                                   Expression exponent) {
  return Expression(makeIntegerPowerDerivative, {base, exponent});
}
