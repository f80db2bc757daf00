//===- LowerPadding.cpp - Padding as a fill and a copy --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LowerPadding.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// pad(x) -> insert_slice(x, fill)
struct LowerPadding : OpRewritePattern<tensor::PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::PadOp op,
                                PatternRewriter &rewriter) const override {
    Value value = op.getConstantPaddingValue();
    if (!value)
      return rewriter.notifyMatchFailure(op, "pads with several values");
    Location loc = op.getLoc();
    ReifiedRankedShapedTypeDims shape;
    if (failed(reifyResultShapes(rewriter, op, shape)))
      return rewriter.notifyMatchFailure(op, "has no shape");
    RankedTensorType type = op.getResultType();
    SmallVector<Value> dynamicSizes;
    for (auto [dim, size] : llvm::enumerate(shape[0]))
      if (type.isDynamicDim(dim))
        dynamicSizes.push_back(
            getValueOrCreateConstantIndexOp(rewriter, loc, size));
    Value empty = tensor::EmptyOp::create(rewriter, loc, type, dynamicSizes);
    Value filled =
        linalg::FillOp::create(rewriter, loc, value, empty).getResult(0);
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, loc, op.getSource());
    SmallVector<OpFoldResult> strides(type.getRank(), rewriter.getIndexAttr(1));
    rewriter.replaceOpWithNewOp<tensor::InsertSliceOp>(
        op, op.getSource(), filled, op.getMixedLowPad(), sizes, strides);
    return success();
  }
};

} // namespace

void cpu::populateLowerPaddingPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerPadding>(patterns.getContext());
}
