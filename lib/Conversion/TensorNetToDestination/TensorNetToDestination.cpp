//===- TensorNetToDestination.cpp - contract to contract_into -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/TensorNetToDestination.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "tensornet/Conversion/Passes.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"
#include "tensornet/Conversion/Utils/Lowerable.h"
#include "tensornet/Conversion/Utils/RunTimeChecks.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_CONVERTTENSORNETTODESTINATION
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

Value mlir::tensornet::createEmptyResult(OpBuilder &builder, ContractOp op,
                                         Type elementType) {
  Location loc = op.getLoc();
  SmallVector<Value> dynamicSizes;
  for (auto [dim, size] : llvm::enumerate(op.getResultSizes(builder, loc)))
    if (op.getResultType().isDynamicDim(dim))
      dynamicSizes.push_back(
          getValueOrCreateConstantIndexOp(builder, loc, size));
  return tensor::EmptyOp::create(
      builder, loc, op.getResultType().clone(elementType), dynamicSizes);
}

Value mlir::tensornet::createZeroResult(OpBuilder &builder, ContractOp op,
                                        Type elementType) {
  Value empty = createEmptyResult(builder, op, elementType);
  Value zero = createZeroElement(builder, op.getLoc(), elementType);
  return linalg::FillOp::create(builder, op.getLoc(), zero, empty).getResult(0);
}

Value mlir::tensornet::createRounding(OpBuilder &builder, ContractOp op,
                                      Value value) {
  Type elementType = op.getResultType().getElementType();
  if (cast<RankedTensorType>(value.getType()).getElementType() == elementType)
    return value;
  Value empty = createEmptyResult(builder, op, elementType);
  int64_t rank = op.getResultType().getRank();
  AffineMap map = builder.getMultiDimIdentityMap(rank);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto body = [&](OpBuilder &nested, Location loc, ValueRange args) {
    linalg::YieldOp::create(
        nested, loc, createElementCast(nested, loc, args[0], elementType));
  };
  return linalg::GenericOp::create(builder, op.getLoc(), empty.getType(), value,
                                   empty, {map, map}, iterators, body)
      .getResult(0);
}

/// contract(inputs) -> round(contract_into(inputs) outs(zeros))
static void lowerToDestination(RewriterBase &rewriter, ContractOp op) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  createRunTimeChecks(rewriter, op);
  Value zeros = createZeroResult(rewriter, op, op.getComputeType());
  auto sum = ContractIntoOp::create(
      rewriter, op.getLoc(), zeros.getType(), op.getInputs(), op.getExtents(),
      zeros, op.getIndexing(), /*in_bounds=*/false, getCountingOperands(op),
      op.getKernelAttr());
  rewriter.replaceOp(op, createRounding(rewriter, op, sum.getOutputs()[0]));
}

namespace {

struct ConvertTensorNetToDestination
    : tensornet::impl::ConvertTensorNetToDestinationBase<
          ConvertTensorNetToDestination> {
  void runOnOperation() override {
    if (failed(verifyNoRequests(getOperation())))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    for (ContractOp op : collectUsersFirst(getOperation()))
      lowerToDestination(rewriter, op);
    RewritePatternSet patterns(&getContext());
    populateEraseStopGradientPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
