//===- NarrowDoubles.cpp - f64 to f16 and bf16, rounded once --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rounding f64 -> f32 -> bf16 rounds twice: a value just beside a bf16 tie may
// land on it in f32. Rounding to f32 "to odd" (truncate, then set the last bit
// where anything was lost) keeps the second rounding right (Boldo, Melquiond,
// "Emulation of a FMA and correctly rounded sums", 2008), as f32 has at least
// two bits more than bf16 and f16.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "tensornet/Conversion/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_NARROWDOUBLES
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// `type` with its elements (or itself) replaced by `element`.
static Type withElement(Type type, Type element) {
  if (auto shaped = dyn_cast<ShapedType>(type))
    return shaped.clone(element);
  return element;
}

/// The f64 value `wide` in f32, rounded to odd.
static Value createRoundToOdd(OpBuilder &builder, Location loc, Value wide) {
  Type narrowType = withElement(wide.getType(), builder.getF32Type());
  Type bitsType = withElement(wide.getType(), builder.getI32Type());
  Value narrow = arith::TruncFOp::create(builder, loc, narrowType, wide);
  Value back = arith::ExtFOp::create(builder, loc, wide.getType(), narrow);
  // One step back towards zero where rounding went away from it.
  Value wentAway =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT,
                            math::AbsFOp::create(builder, loc, back),
                            math::AbsFOp::create(builder, loc, wide));
  Value bits = arith::BitcastOp::create(builder, loc, bitsType, narrow);
  bits = arith::SubIOp::create(
      builder, loc, bits,
      arith::ExtUIOp::create(builder, loc, bitsType, wentAway));
  // NaN compares as exact and stays itself.
  Value inexact = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::ONE,
                                        back, wide);
  bits = arith::OrIOp::create(
      builder, loc, bits,
      arith::ExtUIOp::create(builder, loc, bitsType, inexact));
  return arith::BitcastOp::create(builder, loc, narrowType, bits);
}

namespace {

/// truncf(x : f64) : bf16 -> truncf(round_to_odd(x) : f32) : bf16
struct NarrowThroughSingle : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF64() ||
        !isa<BFloat16Type, Float16Type>(getElementTypeOrSelf(op)))
      return rewriter.notifyMatchFailure(op, "not from f64 to f16 or bf16");
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(
        op, op.getType(), createRoundToOdd(rewriter, op.getLoc(), op.getIn()));
    return success();
  }
};

struct NarrowDoubles : tensornet::impl::NarrowDoublesBase<NarrowDoubles> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<NarrowThroughSingle>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
