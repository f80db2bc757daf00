//===- Lowerable.cpp - What lowering starts from --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/Utils/Lowerable.h"

#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"

using namespace mlir;
using namespace mlir::tensornet;

LogicalResult mlir::tensornet::verifyNoRequests(Operation *root) {
  WalkResult result = root->walk([](Operation *op) {
    if (!DerivativeRequest::get(op))
      return WalkResult::advance();
    op->emitOpError("is a derivative request, which lowering does not expand; "
                    "run --tensornet-differentiate first");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

SmallVector<ContractOp> mlir::tensornet::collectUsersFirst(Operation *root) {
  SmallVector<ContractOp> ops;
  root->walk([&](ContractOp op) { ops.push_back(op); });
  std::reverse(ops.begin(), ops.end());
  return ops;
}

SmallVector<int64_t> mlir::tensornet::getCountingOperands(ContractOp op) {
  SmallVector<int64_t> counting;
  for (auto [number, input] : llvm::enumerate(op.getInputs())) {
    auto producer = input.getDefiningOp<ContractOp>();
    if (producer && producer.isVirtual())
      counting.push_back(number);
  }
  return counting;
}

namespace {

/// stop_gradient(x) -> x
struct EraseStopGradient : OpRewritePattern<StopGradientOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(StopGradientOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
};

} // namespace

void mlir::tensornet::populateEraseStopGradientPatterns(
    RewritePatternSet &patterns) {
  patterns.add<EraseStopGradient>(patterns.getContext());
}
