//===- TensorNetToLinalg.cpp - Contractions to linalg ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/TensorNetToLinalg.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "tensornet/Conversion/Passes.h"
#include "tensornet/Conversion/TensorNetToDestination.h"
#include "tensornet/Conversion/TensorNetToLinalg/GenericContraction.h"
#include "tensornet/Conversion/TensorNetToLinalg/LoweredContraction.h"
#include "tensornet/Conversion/Utils/Lowerable.h"
#include "tensornet/Conversion/Utils/RunTimeChecks.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_CONVERTTENSORNETTOLINALG
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

void mlir::tensornet::lowerContractionToLinalg(RewriterBase &rewriter,
                                               ContractOp op) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  createRunTimeChecks(rewriter, op);
  if (hasNoPoints(op)) {
    Type elementType = op.getResultType().getElementType();
    rewriter.replaceOp(op, createZeroResult(rewriter, op, elementType));
    return;
  }
  LoweredContraction contraction(rewriter, op);
  Value result = createGenericContraction(rewriter, contraction);
  if (!result)
    result =
        createRounding(rewriter, op, createTensorLoops(rewriter, contraction));
  rewriter.replaceOp(op, result);
}

/// Sizes of a virtual tensor come from what its own sizes come from. Dimensions
/// that it has not, whose size is undefined, are left alone.
static void replaceSizes(RewriterBase &rewriter, ContractOp op) {
  for (Operation *user : llvm::make_early_inc_range(op->getUsers())) {
    auto dim = dyn_cast<tensor::DimOp>(user);
    std::optional<int64_t> number = dim ? dim.getConstantIndex() : std::nullopt;
    if (!number || *number < 0 || *number >= op.getResultType().getRank())
      continue;
    rewriter.setInsertionPoint(op);
    OpFoldResult size = op.getResultSizes(rewriter, op.getLoc())[*number];
    rewriter.replaceOp(
        dim, getValueOrCreateConstantIndexOp(rewriter, op.getLoc(), size));
  }
}

void mlir::tensornet::lowerContractions(RewriterBase &rewriter, Operation *root,
                                        function_ref<bool(ContractOp)> isWanted,
                                        function_ref<void(ContractOp)> lower) {
  SmallVector<ContractOp> stored, isVirtual;
  root->walk([&](ContractOp op) {
    if (op.isVirtual())
      isVirtual.push_back(op);
    else if (isWanted(op))
      stored.push_back(op);
  });
  for (ContractOp op : stored)
    lower(op);
  // Contractions that read them have made conditions of them by now; what is
  // still in use is stored after all.
  for (ContractOp op : llvm::reverse(isVirtual)) {
    replaceSizes(rewriter, op);
    if (op->use_empty())
      rewriter.eraseOp(op);
    else if (isWanted(op))
      lower(op);
  }
}

namespace {

struct ConvertTensorNetToLinalg
    : tensornet::impl::ConvertTensorNetToLinalgBase<ConvertTensorNetToLinalg> {
  void runOnOperation() override {
    if (failed(verifyNoRequests(getOperation())))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    lowerContractions(
        rewriter, getOperation(), [](ContractOp) { return true; },
        [&](ContractOp op) { lowerContractionToLinalg(rewriter, op); });
    RewritePatternSet patterns(&getContext());
    populateEraseStopGradientPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
