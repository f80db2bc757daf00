//===- LinalgElementwiseRules.cpp - Derivatives of linalg ops -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementwiseModel.h"
#include "RuleRegistration.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace mlir::tensornet {

// The ops that linalg's named elementwise ops apply; their inits come after the
// operands of these and have no influence.
// clang-format off
template <> Partials getPartials<arith::AddFOp>();
template <> Partials getPartials<arith::DivFOp>();
template <> Partials getPartials<arith::MaximumFOp>();
template <> Partials getPartials<arith::MinimumFOp>();
template <> Partials getPartials<arith::NegFOp>();
template <> Partials getPartials<arith::SelectOp>();
template <> Partials getPartials<arith::SubFOp>();
template <> Partials getPartials<math::AbsFOp>();
template <> Partials getPartials<math::ErfOp>();
template <> Partials getPartials<math::ExpOp>();
template <> Partials getPartials<math::LogOp>();
template <> Partials getPartials<math::PowFOp>();
template <> Partials getPartials<math::RsqrtOp>();
template <> Partials getPartials<math::SqrtOp>();
template <> Partials getPartials<math::TanhOp>();

template <> Partials getPartials<linalg::AbsOp>() { return getPartials<math::AbsFOp>(); }
template <> Partials getPartials<linalg::AddOp>() { return getPartials<arith::AddFOp>(); }
template <> Partials getPartials<linalg::CeilOp>() { return {0}; }
template <> Partials getPartials<linalg::DivOp>() { return getPartials<arith::DivFOp>(); }
template <> Partials getPartials<linalg::ErfOp>() { return getPartials<math::ErfOp>(); }
template <> Partials getPartials<linalg::ExpOp>() { return getPartials<math::ExpOp>(); }
template <> Partials getPartials<linalg::FloorOp>() { return {0}; }
template <> Partials getPartials<linalg::LogOp>() { return getPartials<math::LogOp>(); }
template <> Partials getPartials<linalg::MaxOp>() { return getPartials<arith::MaximumFOp>(); }
template <> Partials getPartials<linalg::MinOp>() { return getPartials<arith::MinimumFOp>(); }
template <> Partials getPartials<linalg::NegFOp>() { return getPartials<arith::NegFOp>(); }
template <> Partials getPartials<linalg::PowFOp>() { return getPartials<math::PowFOp>(); }
template <> Partials getPartials<linalg::ReciprocalOp>() { return {-(y * y)}; }
template <> Partials getPartials<linalg::RoundOp>() { return {0}; }
template <> Partials getPartials<linalg::RsqrtOp>() { return getPartials<math::RsqrtOp>(); }
template <> Partials getPartials<linalg::SelectOp>() { return getPartials<arith::SelectOp>(); }
template <> Partials getPartials<linalg::SqrtOp>() { return getPartials<math::SqrtOp>(); }
template <> Partials getPartials<linalg::SquareOp>() { return {2 * x0}; }
template <> Partials getPartials<linalg::SubOp>() { return getPartials<arith::SubFOp>(); }
template <> Partials getPartials<linalg::TanhOp>() { return getPartials<math::TanhOp>(); }
// clang-format on

} // namespace mlir::tensornet

void mlir::tensornet::registerLinalgElementwiseRules(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    attachElementwise<linalg::AbsOp, linalg::AddOp, linalg::CeilOp,
                      linalg::DivOp, linalg::ErfOp, linalg::ExpOp,
                      linalg::FloorOp, linalg::LogOp, linalg::MaxOp,
                      linalg::MinOp, linalg::NegFOp, linalg::PowFOp,
                      linalg::ReciprocalOp, linalg::RoundOp, linalg::RsqrtOp,
                      linalg::SelectOp, linalg::SqrtOp, linalg::SquareOp,
                      linalg::SubOp, linalg::TanhOp>(context);
  });
}
