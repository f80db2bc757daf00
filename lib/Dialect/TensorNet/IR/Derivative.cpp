//===- Derivative.cpp - Derivatives of values -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Dialect/TensorNet/IR/Derivative.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::tensornet;

SmallVector<int64_t> BatchShape::getStaticShape() const {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : sizes)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  return shape;
}

bool mlir::tensornet::isDifferentiableType(Type type) {
  if (auto shaped = dyn_cast<ShapedType>(type)) {
    if (!isa<RankedTensorType>(type))
      return false;
    type = shaped.getElementType();
  }
  return isa<FloatType, ComplexType>(type);
}

RankedTensorType mlir::tensornet::getDerivativeType(Type primal,
                                                    const BatchShape &batch) {
  SmallVector<int64_t> shape = batch.getStaticShape();
  if (auto type = dyn_cast<RankedTensorType>(primal))
    llvm::append_range(shape, type.getShape());
  return RankedTensorType::get(shape, getElementTypeOrSelf(primal));
}

SmallVector<OpFoldResult>
mlir::tensornet::getDerivativeSizes(OpBuilder &builder, Location loc,
                                    Value primal, const BatchShape &batch) {
  SmallVector<OpFoldResult> sizes(batch.sizes);
  if (isa<RankedTensorType>(primal.getType()))
    llvm::append_range(sizes, tensor::getMixedSizes(builder, loc, primal));
  return sizes;
}

Value mlir::tensornet::toTensor(OpBuilder &builder, Location loc, Value value) {
  if (isa<RankedTensorType>(value.getType()))
    return value;
  return tensor::FromElementsOp::create(
      builder, loc, RankedTensorType::get({}, value.getType()), value);
}

Value mlir::tensornet::fromTensor(OpBuilder &builder, Location loc,
                                  Value tensor, Type type) {
  if (tensor.getType() == type)
    return tensor;
  if (isa<RankedTensorType>(type))
    return tensor::CastOp::create(builder, loc, type, tensor);
  return tensor::ExtractOp::create(builder, loc, tensor, ValueRange());
}

Value mlir::tensornet::createZeroTensor(OpBuilder &builder, Location loc,
                                        ArrayRef<OpFoldResult> sizes,
                                        Type elementType) {
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamicSizes;
  dispatchIndexOpFoldResults(sizes, dynamicSizes, shape);
  auto type = RankedTensorType::get(shape, elementType);
  if (type.hasStaticShape()) {
    if (auto complex = dyn_cast<ComplexType>(elementType)) {
      APFloat zero = APFloat::getZero(
          cast<FloatType>(complex.getElementType()).getFloatSemantics());
      return arith::ConstantOp::create(
          builder, loc,
          DenseElementsAttr::get(type, std::complex<APFloat>(zero, zero)));
    }
    return arith::ConstantOp::create(
        builder, loc, cast<TypedAttr>(builder.getZeroAttr(type)));
  }
  Value zero;
  if (auto complex = dyn_cast<ComplexType>(elementType)) {
    Attribute part = builder.getZeroAttr(complex.getElementType());
    zero = complex::ConstantOp::create(builder, loc, complex,
                                       builder.getArrayAttr({part, part}));
  } else {
    zero = arith::ConstantOp::create(
        builder, loc, cast<TypedAttr>(builder.getZeroAttr(elementType)));
  }
  return tensor::SplatOp::create(builder, loc, zero, type, dynamicSizes);
}

/// The sum of two complex tensors: arith.addf takes none and complex.add takes
/// scalars only.
static Value createTensorSum(OpBuilder &builder, Location loc, Value a,
                             Value b) {
  Value init = tensor::EmptyOp::create(builder, loc,
                                       tensor::getMixedSizes(builder, loc, a),
                                       getElementTypeOrSelf(a));
  return linalg::AddOp::create(builder, loc, ValueRange{a, b}, ValueRange{init})
      .getResult(0);
}

Value mlir::tensornet::addDerivatives(OpBuilder &builder, Location loc, Value a,
                                      Value b) {
  if (!a || !b)
    return a ? a : b;
  if (isa<ComplexType>(getElementTypeOrSelf(a)))
    return createTensorSum(builder, loc, a, b);
  auto flags = arith::FastMathFlagsAttr::get(
      builder.getContext(),
      arith::FastMathFlags::reassoc | arith::FastMathFlags::contract);
  return arith::AddFOp::create(builder, loc, a, b, flags);
}
