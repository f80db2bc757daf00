//===- MathRules.cpp - Derivatives of math ops ----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseModel.h"
#include "RuleRegistration.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace numbers = llvm::numbers;

namespace mlir::tensornet {

//===----------------------------------------------------------------------===//
// Exponentials, logarithms, powers
//===----------------------------------------------------------------------===//

// clang-format off
template <> Partials getPartials<math::FmaOp>() { return {x1, x0, 1}; }
template <> Partials getPartials<math::ExpOp>() { return {y}; }
template <> Partials getPartials<math::Exp2Op>() { return {numbers::ln2 * y}; }
template <> Partials getPartials<math::ExpM1Op>() { return {y + 1}; }
template <> Partials getPartials<math::LogOp>() { return {1 / x0}; }
template <> Partials getPartials<math::Log1pOp>() { return {1 / (1 + x0)}; }
template <> Partials getPartials<math::Log2Op>() {
  return {numbers::log2e / x0};
}
template <> Partials getPartials<math::Log10Op>() {
  return {numbers::log10e / x0};
}
template <> Partials getPartials<math::SqrtOp>() { return {0.5 / y}; }
template <> Partials getPartials<math::RsqrtOp>() {
  return {-0.5 * (y * y * y)};
}
template <> Partials getPartials<math::CbrtOp>() { return {1 / (3 * (y * y))}; }

/// x0^x1 with respect to x0 is x1 * x0^(x1-1), except that the exponent stays
/// at 0 where x0 = x1 = 0; with respect to x1 it is y * log(x0), but 0 where
/// x0 = 0 and x1 >= 0.
template <> Partials getPartials<math::PowFOp>() {
  Expression isZero = equal(x0, 0);
  Expression exponent =
      select(both(isZero, equal(x1, 0)), x1, Expression(x1) - 1);
  return {x1 * pow(x0, exponent),
          select(both(isZero, greaterOrEqual(x1, 0)), 0, y * log(x0))};
}
template <> Partials getPartials<math::FPowIOp>() {
  return {integerPowerDerivative(x0, x1), 0};
}

//===----------------------------------------------------------------------===//
// Trigonometric and hyperbolic functions
//===----------------------------------------------------------------------===//

template <> Partials getPartials<math::SinOp>() { return {cos(x0)}; }
template <> Partials getPartials<math::CosOp>() { return {-sin(x0)}; }
template <> Partials getPartials<math::TanOp>() { return {1 + y * y}; }
template <> Partials getPartials<math::SinhOp>() { return {cosh(x0)}; }
template <> Partials getPartials<math::CoshOp>() { return {sinh(x0)}; }
template <> Partials getPartials<math::TanhOp>() { return {1 - y * y}; }
template <> Partials getPartials<math::AsinOp>() {
  return {1 / sqrt((1 - x0) * (1 + x0))};
}
template <> Partials getPartials<math::AcosOp>() {
  return {-1 / sqrt((1 - x0) * (1 + x0))};
}
template <> Partials getPartials<math::AtanOp>() { return {1 / (1 + x0 * x0)}; }
template <> Partials getPartials<math::Atan2Op>() {
  Expression square = x0 * x0 + x1 * x1;
  return {x1 / square, -(x0 / square)};
}
template <> Partials getPartials<math::AsinhOp>() {
  return {1 / sqrt(1 + x0 * x0)};
}
template <> Partials getPartials<math::AcoshOp>() {
  return {1 / sqrt((x0 - 1) * (x0 + 1))};
}
template <> Partials getPartials<math::AtanhOp>() {
  return {1 / ((1 - x0) * (1 + x0))};
}
template <> Partials getPartials<math::ErfOp>() {
  return {2 * numbers::inv_sqrtpi * exp(-(x0 * x0))};
}
template <> Partials getPartials<math::ErfcOp>() {
  return {-2 * numbers::inv_sqrtpi * exp(-(x0 * x0))};
}

//===----------------------------------------------------------------------===//
// Signs and rounding
//===----------------------------------------------------------------------===//

/// The sign of x0, 0 at 0.
static Expression getSign() { return select(equal(x0, 0), 0, copysign(1, x0)); }

template <> Partials getPartials<math::AbsFOp>() { return {getSign()}; }
/// |x0| with the sign of x1.
template <> Partials getPartials<math::CopySignOp>() {
  return {getSign() * copysign(1, x1), 0};
}
template <> Partials getPartials<math::FloorOp>() { return {0}; }
template <> Partials getPartials<math::CeilOp>() { return {0}; }
template <> Partials getPartials<math::RoundOp>() { return {0}; }
template <> Partials getPartials<math::RoundEvenOp>() { return {0}; }
template <> Partials getPartials<math::TruncOp>() { return {0}; }
// clang-format on

} // namespace mlir::tensornet

void mlir::tensornet::registerMathRules(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    attachElementwise<math::FmaOp, math::ExpOp, math::Exp2Op, math::ExpM1Op,
                      math::LogOp, math::Log1pOp, math::Log2Op, math::Log10Op,
                      math::SqrtOp, math::RsqrtOp, math::CbrtOp, math::PowFOp,
                      math::FPowIOp>(context);
    attachElementwise<math::SinOp, math::CosOp, math::TanOp, math::SinhOp,
                      math::CoshOp, math::TanhOp, math::AsinOp, math::AcosOp,
                      math::AtanOp, math::Atan2Op, math::AsinhOp, math::AcoshOp,
                      math::AtanhOp, math::ErfOp, math::ErfcOp>(context);
    attachElementwise<math::AbsFOp, math::CopySignOp, math::FloorOp,
                      math::CeilOp, math::RoundOp, math::RoundEvenOp,
                      math::TruncOp>(context);
  });
}
