//===- RuleSupport.cpp - What derivative rules share ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuleSupport.h"

#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::tensornet;

arith::FastMathFlagsAttr
mlir::tensornet::getDerivativeFastMath(MLIRContext *context) {
  return arith::FastMathFlagsAttr::get(
      context, arith::FastMathFlags::reassoc | arith::FastMathFlags::contract);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

static APFloat getFloat(Type type, double value) {
  return FloatAttr::get(type, value).getValue();
}

static std::complex<APFloat> getComplex(ComplexType type, double value) {
  return {getFloat(type.getElementType(), value),
          getFloat(type.getElementType(), 0)};
}

static Value createScalar(OpBuilder &builder, Location loc, double value,
                          Type type) {
  if (auto complex = dyn_cast<ComplexType>(type))
    return complex::ConstantOp::create(
        builder, loc, complex,
        builder.getArrayAttr({FloatAttr::get(complex.getElementType(), value),
                              FloatAttr::get(complex.getElementType(), 0)}));
  if (isa<FloatType>(type))
    return arith::ConstantOp::create(builder, loc, FloatAttr::get(type, value));
  return arith::ConstantOp::create(
      builder, loc, IntegerAttr::get(type, static_cast<int64_t>(value)));
}

static DenseElementsAttr getSplat(RankedTensorType type, double value) {
  Type elementType = type.getElementType();
  if (auto complex = dyn_cast<ComplexType>(elementType))
    return DenseElementsAttr::get(type, getComplex(complex, value));
  if (isa<FloatType>(elementType))
    return DenseElementsAttr::get(type, getFloat(elementType, value));
  return DenseElementsAttr::get(type, APInt(elementType.getIntOrFloatBitWidth(),
                                            static_cast<int64_t>(value),
                                            /*isSigned=*/true));
}

Value mlir::tensornet::createConstantLike(OpBuilder &builder, Location loc,
                                          double value, Value like,
                                          Type elementType) {
  auto shaped = dyn_cast<RankedTensorType>(like.getType());
  if (!shaped)
    return createScalar(builder, loc, value, elementType);
  auto type = RankedTensorType::get(shaped.getShape(), elementType);
  if (type.hasStaticShape())
    return arith::ConstantOp::create(builder, loc, getSplat(type, value));
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamicSizes;
  dispatchIndexOpFoldResults(tensor::getMixedSizes(builder, loc, like),
                             dynamicSizes, shape);
  return tensor::SplatOp::create(builder, loc,
                                 createScalar(builder, loc, value, elementType),
                                 type, dynamicSizes);
}

Value mlir::tensornet::createScalarTensor(OpBuilder &builder, Location loc,
                                          double value, Type elementType) {
  return arith::ConstantOp::create(
      builder, loc, getSplat(RankedTensorType::get({}, elementType), value));
}

Value mlir::tensornet::createZeroDerivative(OpBuilder &builder, Location loc,
                                            Value primal,
                                            const BatchShape &batch) {
  return createZeroTensor(builder, loc,
                          getDerivativeSizes(builder, loc, primal, batch),
                          getElementTypeOrSelf(primal));
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

Subscripts mlir::tensornet::getIdentitySubscripts(Value value) {
  Subscripts subscripts;
  if (auto type = dyn_cast<RankedTensorType>(value.getType()))
    for (IndexId dim = 0; dim < type.getRank(); ++dim)
      subscripts.push_back(LinearForm::bare(dim));
  return subscripts;
}

/// Adds an operand to `spec`.
static void addOperand(OpBuilder &builder, Location loc, ContractionSpec &spec,
                       const Factor &factor) {
  spec.inputs.push_back(toTensor(builder, loc, factor.value));
  spec.indexing.operands.push_back(factor.subscripts);
  spec.indexing.conjugated.push_back(factor.conjugated);
}

/// Makes the contraction `spec` with the sizes `sizes`: a dynamic size is
/// stated only where no operand gives it.
static Value createSized(OpBuilder &builder, Location loc, ContractionSpec spec,
                         ArrayRef<OpFoldResult> sizes) {
  auto isGiven = [&](const LinearForm &subscript) {
    return subscript.isBare() &&
           llvm::any_of(spec.indexing.operands, [&](const Subscripts &operand) {
             return llvm::is_contained(operand, subscript);
           });
  };
  for (auto [subscript, size] : llvm::zip_equal(spec.indexing.result, sizes)) {
    bool leaveOut = !getConstantIntValue(size) && isGiven(subscript);
    spec.resultSizes.push_back(leaveOut ? OpFoldResult() : size);
  }
  return createContraction(builder, loc, std::move(spec));
}

/// `subscripts` behind one bare index per batch dimension, numbered from
/// `firstBatchIndex`.
static Subscripts addBatchIndices(const BatchShape &batch,
                                  IndexId firstBatchIndex,
                                  const Subscripts &subscripts) {
  Subscripts all;
  for (IndexId i = 0; i < batch.getRank(); ++i)
    all.push_back(LinearForm::bare(firstBatchIndex + i));
  all.append(subscripts);
  return all;
}

Value mlir::tensornet::contractDerivative(OpBuilder &builder, Location loc,
                                          const BatchShape &batch,
                                          Factor derivative,
                                          ArrayRef<Factor> factors,
                                          const Subscripts &resultSubscripts,
                                          Value primal) {
  ContractionSpec spec;
  for (const Factor &factor : factors)
    addOperand(builder, loc, spec, factor);
  addOperand(builder, loc, spec, derivative);
  spec.indexing.result = resultSubscripts;
  IndexId firstBatchIndex = spec.indexing.getNumIndices();
  for (Subscripts *subscripts :
       {&spec.indexing.operands.back(), &spec.indexing.result})
    *subscripts = addBatchIndices(batch, firstBatchIndex, *subscripts);
  spec.elementType = getElementTypeOrSelf(primal);
  Value result = createSized(builder, loc, std::move(spec),
                             getDerivativeSizes(builder, loc, primal, batch));
  return fromTensor(builder, loc, result,
                    getDerivativeType(primal.getType(), batch));
}

Value mlir::tensornet::contractLike(OpBuilder &builder, Location loc,
                                    ArrayRef<Factor> factors,
                                    const Subscripts &resultSubscripts,
                                    Value like) {
  ContractionSpec spec;
  for (const Factor &factor : factors)
    addOperand(builder, loc, spec, factor);
  spec.indexing.result = resultSubscripts;
  spec.elementType = getElementTypeOrSelf(like);
  Value result = createSized(builder, loc, std::move(spec),
                             tensor::getMixedSizes(builder, loc, like));
  return fromTensor(builder, loc, result, like.getType());
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

SliceBounds mlir::tensornet::addBatch(OpBuilder &builder,
                                      const BatchShape &batch,
                                      const SliceBounds &bounds) {
  SliceBounds all;
  all.offsets.assign(batch.getRank(), builder.getIndexAttr(0));
  all.sizes = batch.sizes;
  all.strides.assign(batch.getRank(), builder.getIndexAttr(1));
  llvm::append_range(all.offsets, bounds.offsets);
  llvm::append_range(all.sizes, bounds.sizes);
  llvm::append_range(all.strides, bounds.strides);
  return all;
}

SliceBounds mlir::tensornet::getElementBounds(OpBuilder &builder,
                                              ArrayRef<OpFoldResult> indices) {
  SliceBounds bounds;
  bounds.offsets.assign(indices.begin(), indices.end());
  bounds.sizes.assign(indices.size(), builder.getIndexAttr(1));
  bounds.strides.assign(indices.size(), builder.getIndexAttr(1));
  return bounds;
}

Value mlir::tensornet::extractPart(OpBuilder &builder, Location loc,
                                   const BatchShape &batch, Value derivative,
                                   const SliceBounds &bounds, Value part) {
  SliceBounds all = addBatch(builder, batch, bounds);
  return tensor::ExtractSliceOp::create(
      builder, loc, getDerivativeType(part.getType(), batch), derivative,
      all.offsets, all.sizes, all.strides);
}

Value mlir::tensornet::insertPart(OpBuilder &builder, Location loc,
                                  const BatchShape &batch, Value part,
                                  Value derivative, const SliceBounds &bounds) {
  SliceBounds all = addBatch(builder, batch, bounds);
  return tensor::InsertSliceOp::create(builder, loc, part, derivative,
                                       all.offsets, all.sizes, all.strides);
}
