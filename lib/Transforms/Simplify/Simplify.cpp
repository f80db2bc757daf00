//===- Simplify.cpp - The simplification pass -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Simplify.h"

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "tensornet/Transforms/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETSIMPLIFY
#include "tensornet/Transforms/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

void mlir::tensornet::populateSimplifyPatterns(RewritePatternSet &patterns,
                                               const SimplifyOptions &options) {
  populateFlattenPatterns(patterns, options);
  populateSumPatterns(patterns, options);
  populateElementwisePatterns(patterns, options);
  populateBroadcastPatterns(patterns);
  // Sizes of contractions are asked for without their data, so that a
  // tensor.dim counts as no use.
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  ContractOp::getCanonicalizationPatterns(patterns, patterns.getContext());
  tensor::CastOp::getCanonicalizationPatterns(patterns, patterns.getContext());
}

namespace {

struct TensorNetSimplify
    : public mlir::tensornet::impl::TensorNetSimplifyBase<TensorNetSimplify> {
  using TensorNetSimplifyBase::TensorNetSimplifyBase;

  void runOnOperation() override {
    SimplifyOptions options;
    options.flatten = flatten;
    options.realArithmetic = realArithmetic;
    RewritePatternSet patterns(&getContext());
    populateSimplifyPatterns(patterns, options);
    // Not converging within the driver's limit leaves correct IR.
    (void)applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};

} // namespace
