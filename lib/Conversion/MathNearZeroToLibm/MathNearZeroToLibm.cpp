//===- MathNearZeroToLibm.cpp - Functions that are exact near zero --------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's math-to-llvm makes exp(x) - 1 and log(1 + x) of math.expm1 and
// math.log1p, which lose the digits for which these ops exist.
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "tensornet/Conversion/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_CONVERTMATHNEARZEROTOLIBM
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;

namespace {
struct ConvertMathNearZeroToLibm
    : tensornet::impl::ConvertMathNearZeroToLibmBase<
          ConvertMathNearZeroToLibm> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMathToLibmConversionPatterns(patterns);
    ConversionTarget target(getContext());
    target.addLegalDialect<arith::ArithDialect, func::FuncDialect,
                           math::MathDialect, vector::VectorDialect>();
    target.addIllegalOp<math::ExpM1Op, math::Log1pOp>();
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
