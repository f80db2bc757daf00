//===- LinalgElementwiseRules.cpp - Derivatives of linalg ops -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseModel.h"
#include "RuleRegistration.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace mlir::tensornet {

template <>
Partials getPartials<linalg::AddOp>() {
  return {1, 1};
}
template <>
Partials getPartials<linalg::SubOp>() {
  return {1, -1};
}
template <>
Partials getPartials<linalg::DivOp>() {
  return {1 / x1, -(y / x1)};
}
template <>
Partials getPartials<linalg::NegFOp>() {
  return {-1};
}
template <>
Partials getPartials<linalg::ExpOp>() {
  return {y};
}
template <>
Partials getPartials<linalg::LogOp>() {
  return {1 / x0};
}
template <>
Partials getPartials<linalg::SqrtOp>() {
  return {0.5 / y};
}
template <>
Partials getPartials<linalg::RsqrtOp>() {
  return {-0.5 * (y * y * y)};
}
template <>
Partials getPartials<linalg::SquareOp>() {
  return {2 * x0};
}
template <>
Partials getPartials<linalg::ReciprocalOp>() {
  return {-(y * y)};
}
template <>
Partials getPartials<linalg::TanhOp>() {
  return {1 - y * y};
}
template <>
Partials getPartials<linalg::ErfOp>() {
  return {2 * llvm::numbers::inv_sqrtpi * exp(-(x0 * x0))};
}

} // namespace mlir::tensornet

void mlir::tensornet::registerLinalgElementwiseRules(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    attachElementwise<linalg::AddOp, linalg::SubOp, linalg::DivOp,
                      linalg::NegFOp, linalg::ExpOp, linalg::LogOp,
                      linalg::SqrtOp, linalg::RsqrtOp, linalg::SquareOp,
                      linalg::ReciprocalOp, linalg::TanhOp, linalg::ErfOp>(
        context);
  });
}
