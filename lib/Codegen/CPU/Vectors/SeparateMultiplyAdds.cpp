//===- SeparateMultiplyAdds.cpp - Products and sums one by one ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETSEPARATEMULTIPLYADDS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

namespace {

struct SeparateMultiplyAdds
    : tensornet::impl::TensorNetSeparateMultiplyAddsBase<SeparateMultiplyAdds> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](vector::FMAOp op) {
      rewriter.setInsertionPoint(op);
      Value product = arith::MulFOp::create(rewriter, op.getLoc(), op.getLhs(),
                                            op.getRhs());
      rewriter.replaceOpWithNewOp<arith::AddFOp>(op, product, op.getAcc());
    });
  }
};

} // namespace
