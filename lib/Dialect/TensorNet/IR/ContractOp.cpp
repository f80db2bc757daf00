//===- ContractOp.cpp - The contraction op --------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/TypeUtilities.h"
#include "tensornet/Dialect/TensorNet/IR/ContractVerifier.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static unsigned getFloatWidth(Type type) {
  if (auto complex = dyn_cast<ComplexType>(type))
    type = complex.getElementType();
  return cast<FloatType>(type).getWidth();
}

Type mlir::tensornet::getContractionComputeType(ArrayRef<Type> elementTypes) {
  assert(!elementTypes.empty() && "a contraction has at least a result");
  Type widest = elementTypes.front();
  MLIRContext *context = widest.getContext();
  if (isa<IntegerType>(widest)) {
    for (Type type : elementTypes)
      if (type.getIntOrFloatBitWidth() > widest.getIntOrFloatBitWidth())
        widest = type;
    return widest;
  }
  unsigned width = 32;
  for (Type type : elementTypes)
    width = std::max(width, getFloatWidth(type));
  Type real = width == 32 ? Type(Float32Type::get(context))
                          : Type(Float64Type::get(context));
  return isa<ComplexType>(widest) ? Type(ComplexType::get(real)) : real;
}

Type ContractOp::getComputeType() {
  SmallVector<Type> types{getResultType().getElementType()};
  for (Value input : getInputs())
    types.push_back(getElementTypeOrSelf(input));
  return getContractionComputeType(types);
}

//===----------------------------------------------------------------------===//
// Extents and sizes
//===----------------------------------------------------------------------===//

ContractionShapes ContractOp::getShapes() {
  ContractionShapes shapes;
  for (unsigned operand = 0; operand < getInputs().size(); ++operand)
    shapes.emplace_back(getInputType(operand).getShape());
  shapes.emplace_back(getResultType().getShape());
  return shapes;
}

SmallVector<int64_t> ContractOp::getStaticExtents() {
  return tensornet::getStaticExtents(getIndexingValue(), getShapes());
}

SmallVector<IndexExtent> ContractOp::getMixedExplicitExtents() {
  SmallVector<IndexExtent> mixed;
  Builder builder(getContext());
  auto next = getExtents().begin();
  for (const ExplicitExtent &entry : getIndexingValue().extents) {
    if (entry.extent == kDynamicExtent)
      mixed.push_back({entry.index, OpFoldResult(*next++)});
    else
      mixed.push_back({entry.index, builder.getIndexAttr(entry.extent)});
  }
  return mixed;
}

/// The `sizes` operand of result dimension `dim`, which must have one.
static Value getSizeOperand(ContractOp op, unsigned dim) {
  SmallVector<bool> undetermined =
      getUndeterminedResultDims(op.getIndexingValue(), op.getShapes());
  assert(undetermined[dim] && "this size is determined by other tensors");
  return op
      .getSizes()[llvm::count(ArrayRef(undetermined).take_front(dim), true)];
}

OpFoldResult ContractOp::getExtent(OpBuilder &builder, Location loc,
                                   IndexId index) {
  int64_t extent = getStaticExtents()[index];
  if (extent != kDynamicExtent)
    return builder.getIndexAttr(extent);
  for (auto &[explicitIndex, value] : getMixedExplicitExtents())
    if (explicitIndex == index)
      return value;
  SubscriptPlace place = getBarePlaces(getIndexingValue())[index].front();
  if (place.tensor == getInputs().size())
    return getSizeOperand(*this, place.dim);
  return tensor::getMixedSize(builder, loc, getInputs()[place.tensor],
                              place.dim);
}

SmallVector<OpFoldResult> ContractOp::getResultSizes(OpBuilder &builder,
                                                     Location loc) {
  SmallVector<bool> undetermined =
      getUndeterminedResultDims(getIndexingValue(), getShapes());
  SmallVector<OpFoldResult> sizes;
  auto nextSize = getSizes().begin();
  for (auto [dim, form] : llvm::enumerate(getIndexingValue().result)) {
    if (!getResultType().isDynamicDim(dim))
      sizes.push_back(builder.getIndexAttr(getResultType().getDimSize(dim)));
    else if (undetermined[dim])
      sizes.push_back(OpFoldResult(*nextSize++));
    else
      sizes.push_back(getExtent(builder, loc, form.getBareIndex()));
  }
  return sizes;
}

LogicalResult
ContractOp::reifyResultShapes(OpBuilder &builder,
                              ReifiedRankedShapedTypeDims &reified) {
  reified.push_back(getResultSizes(builder, getLoc()));
  return success();
}

//===----------------------------------------------------------------------===//
// Verification, effects
//===----------------------------------------------------------------------===//

LogicalResult ContractOp::verify() {
  if (failed(verifyContraction(*this, getIndexingValue(), getInputs(),
                               getExtents(), getResultType())))
    return failure();
  // contract C7
  SmallVector<bool> undetermined =
      getUndeterminedResultDims(getIndexingValue(), getShapes());
  size_t expected = llvm::count(undetermined, true);
  if (getSizes().size() != expected)
    return emitOpError("has ")
           << getSizes().size() << " sizes operands but " << expected
           << " dynamic result dimensions whose size nothing else determines";
  return success();
}

/// Speculatable where no run-time check is left: every index without explicit
/// extent is bare in dimensions that agree statically, and no extent or size
/// can be negative.
Speculation::Speculatability ContractOp::getSpeculatability() {
  if (!getExtents().empty() || !getSizes().empty())
    return Speculation::NotSpeculatable;
  ContractionShapes shapes = getShapes();
  unsigned result = getInputs().size();
  for (auto [index, places] :
       llvm::enumerate(getBarePlaces(getIndexingValue()))) {
    if (getIndexingValue().getExplicitExtent(index))
      continue;
    unsigned dynamic = 0, fixed = 0;
    for (SubscriptPlace place : places) {
      bool isDynamic = shapes[place.tensor][place.dim] == kDynamicExtent;
      // A dynamic size of the result follows the operands.
      dynamic += isDynamic && place.tensor != result;
      fixed += !isDynamic;
    }
    if (dynamic > 1 || (dynamic == 1 && fixed > 0))
      return Speculation::NotSpeculatable;
  }
  return Speculation::Speculatable;
}
