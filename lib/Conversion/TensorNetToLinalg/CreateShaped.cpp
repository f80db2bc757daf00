//===- CreateShaped.cpp - Slices, padding and reversal --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/TensorNetToLinalg/ShapedTensors.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/TypeUtilities.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"

using namespace mlir;
using namespace mlir::tensornet;

Value mlir::tensornet::createFromFar(OpBuilder &builder, Location loc,
                                     Value index, OpFoldResult extent) {
  AffineExpr reversed =
      builder.getAffineDimExpr(0) - builder.getAffineDimExpr(1) - 1;
  return affine::AffineApplyOp::create(
      builder, loc, AffineMap::get(2, 0, reversed),
      ValueRange{getValueOrCreateConstantIndexOp(builder, loc, extent), index});
}

static Value createSlice(OpBuilder &builder, Location loc, Value tensor,
                         ArrayRef<ShapedDim> dims) {
  SmallVector<OpFoldResult> offsets, sizes,
      strides(dims.size(), builder.getIndexAttr(1));
  SmallVector<int64_t> shape;
  for (const ShapedDim &dim : dims) {
    offsets.push_back(dim.size ? dim.offset : builder.getIndexAttr(0));
    sizes.push_back(dim.size
                        ? dim.size
                        : tensor::getMixedSize(builder, loc, tensor, dim.dim));
    if (!dim.isDropped)
      shape.push_back(
          getConstantIntValue(sizes.back()).value_or(ShapedType::kDynamic));
  }
  auto type = RankedTensorType::get(
      shape, cast<RankedTensorType>(tensor.getType()).getElementType());
  return tensor::ExtractSliceOp::create(builder, loc, type, tensor, offsets,
                                        sizes, strides);
}

static bool isNone(OpFoldResult amount) {
  return !amount || getConstantIntValue(amount) == 0;
}

static Value createPadding(OpBuilder &builder, Location loc, Value tensor,
                           ArrayRef<OpFoldResult> low,
                           ArrayRef<OpFoldResult> high) {
  if (llvm::all_of(low, isNone) && llvm::all_of(high, isNone))
    return tensor;
  Value zero = createZeroElement(
      builder, loc, cast<RankedTensorType>(tensor.getType()).getElementType());
  return tensor::PadOp::create(builder, loc, /*resultType=*/Type(), tensor, low,
                               high, zero);
}

/// `tensor` with the elements of reversed dimensions in opposite order.
static Value createReversed(OpBuilder &builder, Location loc, Value tensor,
                            ArrayRef<ShapedDim> dims) {
  auto isReversed = [](const ShapedDim &dim) { return dim.isReversed; };
  if (llvm::none_of(dims, isReversed))
    return tensor;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, tensor);
  Value empty = tensor::EmptyOp::create(builder, loc, sizes,
                                        getElementTypeOrSelf(tensor));
  AffineMap identity = builder.getMultiDimIdentityMap(sizes.size());
  SmallVector<utils::IteratorType> iterators(sizes.size(),
                                             utils::IteratorType::parallel);
  auto body = [&](OpBuilder &nested, Location, ValueRange) {
    SmallVector<Value> place;
    for (const ShapedDim &dim : dims) {
      if (dim.isDropped)
        continue;
      Value index = linalg::IndexOp::create(nested, loc, place.size());
      if (dim.isReversed)
        index = createFromFar(nested, loc, index, sizes[place.size()]);
      place.push_back(index);
    }
    Value element = tensor::ExtractOp::create(nested, loc, tensor, place);
    linalg::YieldOp::create(nested, loc, element);
  };
  return linalg::GenericOp::create(builder, loc, empty.getType(), ValueRange(),
                                   empty, identity, iterators, body)
      .getResult(0);
}

/// `tensor`, sliced, padded and reversed as `dims` say.
static Value createShaped(OpBuilder &builder, Location loc, Value tensor,
                          ArrayRef<ShapedDim> dims) {
  if (llvm::any_of(dims, [](const ShapedDim &dim) { return bool(dim.size); }))
    tensor = createSlice(builder, loc, tensor, dims);
  SmallVector<OpFoldResult> low, high;
  OpFoldResult none = builder.getIndexAttr(0);
  for (const ShapedDim &dim : dims)
    if (!dim.isDropped) {
      low.push_back(dim.low ? dim.low : none);
      high.push_back(dim.high ? dim.high : none);
    }
  return createReversed(builder, loc,
                        createPadding(builder, loc, tensor, low, high), dims);
}

Subscripts ShapedOperand::getForms() const {
  Subscripts forms;
  for (const ShapedDim &dim : dims)
    if (!dim.isDropped)
      forms.push_back(dim.form);
  return forms;
}

bool ShapedOperand::isPadded() const {
  return llvm::any_of(dims, [](const ShapedDim &dim) {
    return !isNone(dim.low) || !isNone(dim.high);
  });
}

Value ShapedOperand::create(OpBuilder &builder, Location loc,
                            Value tensor) const {
  return createShaped(builder, loc, tensor, dims);
}

SmallVector<Value>
ShapedContraction::createOperands(OpBuilder &builder,
                                  const LoweredContraction &contraction) const {
  SmallVector<Value> tensors;
  for (auto [factor, operand] : llvm::zip_equal(contraction.factors, operands))
    tensors.push_back(
        operand.create(builder, contraction.op.getLoc(), factor.tensor));
  return tensors;
}

Value ShapedResult::createEmpty(OpBuilder &builder, Location loc,
                                Type elementType) const {
  return tensor::EmptyOp::create(builder, loc, sizes, elementType);
}

Value ShapedResult::createFinalShape(OpBuilder &builder, Location loc,
                                     Value sum) const {
  return createShaped(builder, loc, sum, dims);
}
