//===- TensorNetToAffine.cpp - Contractions to loops ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopNest.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "tensornet/Conversion/Passes.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"
#include "tensornet/Conversion/Utils/Lowerable.h"
#include "tensornet/Conversion/Utils/RunTimeChecks.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_CONVERTTENSORNETTOAFFINE
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// contract_into on memrefs
//===----------------------------------------------------------------------===//

/// The conditions under which `subscripts` lie inside `buffer`, less those
/// that always hold.
static void
collectConditions(OpBuilder &builder, Location loc, const Indexing &indexing,
                  ArrayRef<int64_t> extents, Value buffer,
                  const Subscripts &subscripts,
                  SmallVectorImpl<LoopNest::Condition> &conditions) {
  auto type = cast<MemRefType>(buffer.getType());
  for (auto [dim, form] : llvm::enumerate(subscripts)) {
    int64_t size = type.getDimSize(dim);
    if (isProvablyInBounds(form, size, indexing, extents))
      continue;
    std::optional<Interval> range = getRange(form, extents);
    if (!isNeverNegative(form) && !(range && range->min >= 0))
      conditions.push_back({form, std::nullopt});
    if (!(range && !ShapedType::isDynamic(size) && range->max < size))
      conditions.push_back(
          {form, memref::getMixedSize(builder, loc, buffer, dim)});
  }
}

static SmallVector<LoopNest::Condition> getConditions(OpBuilder &builder,
                                                      ContractIntoOp op) {
  const Indexing &indexing = op.getIndexingValue();
  SmallVector<int64_t> extents = op.getStaticExtents();
  SmallVector<LoopNest::Condition> conditions;
  if (op.getInBounds())
    return conditions;
  for (auto [input, subscripts] :
       llvm::zip_equal(op.getInputs(), indexing.operands))
    collectConditions(builder, op.getLoc(), indexing, extents, input,
                      subscripts, conditions);
  collectConditions(builder, op.getLoc(), indexing, extents, op.getInit(),
                    indexing.result, conditions);
  return conditions;
}

/// The operands' elements at the current index point.
static SmallVector<Value> createElements(ContractIntoOp op, LoopNest &nest) {
  SmallVector<Value> elements;
  for (auto [input, subscripts] :
       llvm::zip_equal(op.getInputs(), op.getIndexingValue().operands))
    elements.push_back(nest.createLoad(input, subscripts));
  return elements;
}

/// Moves on to where the elements of operands that count points are not zero.
static void createCountGuard(OpBuilder &builder, ContractIntoOp op,
                             ArrayRef<Value> elements) {
  Location loc = op.getLoc();
  Value all;
  for (int64_t operand : op.getCounts()) {
    Value isPoint = createNonZeroTest(builder, loc, elements[operand]);
    all = all ? arith::AndIOp::create(builder, loc, all, isPoint) : isPoint;
  }
  if (!all)
    return;
  auto guard = scf::IfOp::create(builder, loc, all, /*withElseRegion=*/false);
  builder.setInsertionPointToStart(guard.thenBlock());
}

/// The product of the operands' elements.
static Value createProduct(OpBuilder &builder, ContractIntoOp op,
                           ArrayRef<Value> elements, Type computeType) {
  Location loc = op.getLoc();
  Value product;
  for (auto [element, conjugated] :
       llvm::zip_equal(elements, op.getIndexingValue().conjugated)) {
    Value factor = createElementCast(builder, loc, element, computeType);
    if (conjugated)
      factor = createElementConjugate(builder, loc, factor);
    product =
        product ? createElementProduct(builder, loc, product, factor) : factor;
  }
  return product ? product : createOneElement(builder, loc, computeType);
}

/// Makes the loops that add the contraction to its destination.
static void createAccumulation(OpBuilder &builder, ContractIntoOp op) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = op.getLoc();
  const Indexing &indexing = op.getIndexingValue();
  SmallVector<OpFoldResult> extents;
  for (IndexId index = 0; index < indexing.getNumIndices(); ++index)
    extents.push_back(op.getExtent(builder, loc, index));
  SmallVector<LoopNest::Condition> conditions = getConditions(builder, op);

  LoopNest::Bounds bounds{op.getBounds().value_or(IntegerSet()),
                          op.getOrigin()};

  LoopNest nest(builder, loc, extents, conditions, bounds);
  Type storedType = op.getInitType().getElementType();
  Type computeType = getContractionComputeType({storedType});
  SmallVector<Value> elements = createElements(op, nest);
  createCountGuard(builder, op, elements);
  Value product = createProduct(builder, op, elements, computeType);
  Value sum = createElementCast(builder, loc,
                                nest.createLoad(op.getInit(), indexing.result),
                                computeType);
  sum = createElementSum(builder, loc, sum, product);
  nest.createStore(createElementCast(builder, loc, sum, storedType),
                   op.getInit(), indexing.result);
}

//===----------------------------------------------------------------------===//
// contract and contract_into on tensors
//===----------------------------------------------------------------------===//

/// The bare subscripts i, j, ... of all dimensions of `buffer`.
static Subscripts getIdentitySubscripts(Value buffer) {
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  return bareSubscripts(llvm::to_vector(llvm::seq<IndexId>(0, rank)));
}

/// Makes loops that store, for every element of `buffer`, what `element`
/// makes.
static void createElementwise(OpBuilder &builder, Location loc, Value buffer,
                              function_ref<Value(LoopNest &)> element) {
  OpBuilder::InsertionGuard guard(builder);
  LoopNest nest(builder, loc, memref::getMixedSizes(builder, loc, buffer),
                /*conditions=*/{});
  nest.createStore(element(nest), buffer, getIdentitySubscripts(buffer));
}

static Value createAlloc(OpBuilder &builder, Location loc,
                         RankedTensorType shape, Type elementType,
                         ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> dynamicSizes;
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (shape.isDynamicDim(dim))
      dynamicSizes.push_back(
          getValueOrCreateConstantIndexOp(builder, loc, size));
  return memref::AllocOp::create(builder, loc,
                                 MemRefType::get(shape.getShape(), elementType),
                                 dynamicSizes);
}

/// The buffer of a tensor that is only read.
static Value createBuffer(OpBuilder &builder, Location loc, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return bufferization::ToBufferOp::create(
      builder, loc, MemRefType::get(type.getShape(), type.getElementType()),
      tensor, /*read_only=*/true);
}

/// The tensor in a buffer that is not written again.
static Value createTensor(OpBuilder &builder, Location loc, Type type,
                          Value buffer) {
  return bufferization::ToTensorOp::create(builder, loc, type, buffer,
                                           /*restrict=*/true,
                                           /*writable=*/true);
}

static SmallVector<Value> createBuffers(OpBuilder &builder, Location loc,
                                        ValueRange tensors) {
  SmallVector<Value> buffers;
  for (Value tensor : tensors)
    buffers.push_back(createBuffer(builder, loc, tensor));
  return buffers;
}

/// `buffer` rounded to the element type of `type`; itself where that is its
/// own.
static Value createRoundedBuffer(OpBuilder &builder, Location loc,
                                 RankedTensorType type, Value buffer) {
  Type elementType = type.getElementType();
  if (getElementTypeOrSelf(buffer) == elementType)
    return buffer;
  Value rounded = createAlloc(builder, loc, type, elementType,
                              memref::getMixedSizes(builder, loc, buffer));
  createElementwise(builder, loc, rounded, [&](LoopNest &nest) {
    Value element = nest.createLoad(buffer, getIdentitySubscripts(buffer));
    return createElementCast(builder, loc, element, elementType);
  });
  return rounded;
}

/// contract(inputs) -> buffer of zeros, loops, rounding loops
static void lowerToLoops(RewriterBase &rewriter, ContractOp op) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  createRunTimeChecks(rewriter, op);
  Type computeType = op.getComputeType();
  Value sum = createAlloc(rewriter, loc, op.getResultType(), computeType,
                          op.getResultSizes(rewriter, loc));
  createElementwise(rewriter, loc, sum, [&](LoopNest &) {
    return createZeroElement(rewriter, loc, computeType);
  });
  auto into = ContractIntoOp::create(
      rewriter, loc, TypeRange(), createBuffers(rewriter, loc, op.getInputs()),
      op.getExtents(), sum, op.getIndexing(), /*in_bounds=*/false,
      getCountingOperands(op));
  createAccumulation(rewriter, into);
  rewriter.eraseOp(into);
  Value rounded = createRoundedBuffer(rewriter, loc, op.getResultType(), sum);
  rewriter.replaceOp(op, createTensor(rewriter, loc, op.getType(), rounded));
}

namespace {

/// contract_into(inputs) outs(c) -> loops that add to c, or to a copy of c
/// where it is a tensor
struct ContractIntoToLoops : OpRewritePattern<ContractIntoOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractIntoOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    if (isa<MemRefType>(op.getInitType())) {
      createAccumulation(rewriter, op);
      rewriter.eraseOp(op);
      return success();
    }
    auto type = cast<RankedTensorType>(op.getInitType());
    Value init = createBuffer(rewriter, loc, op.getInit());
    Value sum = createAlloc(rewriter, loc, type, type.getElementType(),
                            memref::getMixedSizes(rewriter, loc, init));
    memref::CopyOp::create(rewriter, loc, init, sum);
    auto into = ContractIntoOp::create(
        rewriter, loc, TypeRange(),
        createBuffers(rewriter, loc, op.getInputs()), op.getExtents(), sum,
        op.getIndexing(), op.getInBounds(), op.getCounts());
    into.setBoundedPoints(op.getBoundsAttr(), op.getOrigin(),
                          op.getStrictBounds());
    createAccumulation(rewriter, into);
    rewriter.eraseOp(into);
    rewriter.replaceOp(op, createTensor(rewriter, loc, type, sum));
    return success();
  }
};

struct ConvertTensorNetToAffine
    : tensornet::impl::ConvertTensorNetToAffineBase<ConvertTensorNetToAffine> {
  void runOnOperation() override {
    if (failed(verifyNoRequests(getOperation())))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    for (ContractOp op : collectUsersFirst(getOperation()))
      lowerToLoops(rewriter, op);
    RewritePatternSet patterns(&getContext());
    patterns.add<ContractIntoToLoops>(&getContext());
    populateEraseStopGradientPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
