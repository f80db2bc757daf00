//===- ExtremesToLLVM.cpp - Maxima and minima that know zeros' signs ------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's arith-expand compares the operands of arith.maximumf, and -0 is
// no less than +0 there; LLVM's intrinsics order the two as arith.maximumf
// says.
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/ArithCommon/AttrToLLVMConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "tensornet/Conversion/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_CONVERTEXTREMESTOLLVM
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// The type in which LLVM compares without a compiler runtime: f32 for f16 and
/// bf16, which it holds exactly; null where LLVM has no such type.
static Type getComparedType(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (vector && vector.getRank() != 1)
    return {};
  Type element = getElementTypeOrSelf(type);
  if (element.isF32() || element.isF64())
    return type;
  if (!element.isF16() && !element.isBF16())
    return {};
  Type single = Float32Type::get(type.getContext());
  return vector ? Type(vector.clone(single)) : single;
}

namespace {

template <typename ArithOp, typename LLVMOp>
struct ConvertExtreme : OpRewritePattern<ArithOp> {
  using OpRewritePattern<ArithOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ArithOp op,
                                PatternRewriter &rewriter) const override {
    Type compared = getComparedType(op.getType());
    if (!compared)
      return rewriter.notifyMatchFailure(op, "not a number or row of numbers");
    Location loc = op.getLoc();
    LLVM::FastmathFlags flags =
        arith::convertArithFastMathFlagsToLLVM(op.getFastmath());
    if (compared == op.getType()) {
      rewriter.replaceOpWithNewOp<LLVMOp>(op, op.getLhs(), op.getRhs(), flags);
      return success();
    }
    Value lhs = arith::ExtFOp::create(rewriter, loc, compared, op.getLhs());
    Value rhs = arith::ExtFOp::create(rewriter, loc, compared, op.getRhs());
    Value extreme = LLVMOp::create(rewriter, loc, lhs, rhs, flags);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), extreme);
    return success();
  }
};

struct ConvertExtremesToLLVM
    : tensornet::impl::ConvertExtremesToLLVMBase<ConvertExtremesToLLVM> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvertExtreme<arith::MaximumFOp, LLVM::MaximumOp>,
                 ConvertExtreme<arith::MinimumFOp, LLVM::MinimumOp>>(
        &getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
