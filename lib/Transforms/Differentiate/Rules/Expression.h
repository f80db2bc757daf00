//===- Expression.h - Formulas of derivatives -------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_EXPRESSION_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_EXPRESSION_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

#include <memory>
#include <optional>

namespace mlir::tensornet {

class ExpressionBuilder;

/// Names an operand or the result of the op whose derivative is written down.
struct Leaf {
  int number; ///< An operand number, or -1 for the result.
};
inline constexpr Leaf x0{0}, x1{1}, x2{2}, y{-1};

/// A formula in the operands and the result of an elementwise op. Formulas are
/// plain values: no IR exists until an ExpressionBuilder builds them.
class Expression {
public:
  /// Makes the op of a node from the values of its arguments.
  using Maker = Value (*)(ExpressionBuilder &, ArrayRef<Value>);

  Expression(double constant);
  Expression(Leaf leaf);
  /// The op that `maker` makes of `arguments`.
  Expression(Maker maker, ArrayRef<Expression> arguments);

  /// The number that this formula is, if it is one.
  std::optional<double> getConstant() const;
  bool isConstant(double value) const { return getConstant() == value; }
  /// True for anything but a constant and a leaf: building it makes ops.
  bool isFormula() const;

private:
  friend class ExpressionBuilder;
  struct Node;
  std::shared_ptr<const Node> node;
};

/// The partial derivatives of an op, one per operand; operands past the end
/// have none.
using Partials = SmallVector<Expression, 3>;

/// Builds formulas about one op. Common subformulas become one op.
class ExpressionBuilder {
public:
  /// Formulas speak about the operands and the first result of `op`, whose
  /// type their floating values have.
  ExpressionBuilder(OpBuilder &builder, Operation *op)
      : builder(builder), op(op) {}

  Value build(const Expression &expression);

  OpBuilder &getBuilder() { return builder; }
  Location getLoc() { return op->getLoc(); }
  /// The element type of the floating or complex values of the formula.
  Type getElementType();
  /// `value` in every element of the shape that `like` has.
  Value getConstant(double value, Value like);

private:
  OpBuilder &builder;
  Operation *op;
  llvm::DenseMap<const void *, Value> values;
};

Expression operator+(Expression a, Expression b);
Expression operator-(Expression a, Expression b);
Expression operator*(Expression a, Expression b);
Expression operator/(Expression a, Expression b);
Expression operator-(Expression a);

Expression cos(Expression a);
Expression cosh(Expression a);
Expression exp(Expression a);
Expression log(Expression a);
Expression sin(Expression a);
Expression sinh(Expression a);
Expression sqrt(Expression a);
Expression trunc(Expression a);
Expression copysign(Expression magnitude, Expression sign);
Expression pow(Expression base, Expression exponent);

/// Conditions. All but `greaterOrUnordered` are false where a side is NaN.
Expression equal(Expression a, Expression b);
Expression less(Expression a, Expression b);
Expression greaterOrEqual(Expression a, Expression b);
Expression greaterOrUnordered(Expression a, Expression b);
Expression both(Expression a, Expression b);
/// `a` where the condition holds, `b` elsewhere.
Expression select(Expression condition, Expression a, Expression b);
/// 1 where the condition holds, 0 elsewhere, in the shape of the condition.
Expression indicator(Expression condition);
/// 0 where the condition holds, 1 elsewhere, in the shape of the condition.
Expression negatedIndicator(Expression condition);
/// n * base^(n-1) for integer n, and 0 for n = 0 at every base.
Expression integerPowerDerivative(Expression base, Expression exponent);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_RULES_EXPRESSION_H
