//===- ContractBuilder.cpp - Building contractions ------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "tensornet/Dialect/TensorNet/IR/ContractionSpec.h"

using namespace mlir;
using namespace mlir::tensornet;

/// True where bare subscripts of operands or static result sizes already give
/// `index` the static extent `extent`, and no bare subscript disagrees: then an
/// explicit entry says nothing new.
static bool isRedundant(const Indexing &indexing,
                        const ContractionShapes &shapes, IndexId index,
                        int64_t extent) {
  auto places = getBarePlaces(indexing)[index];
  return !places.empty() && llvm::all_of(places, [&](SubscriptPlace place) {
    return shapes[place.tensor][place.dim] == extent;
  });
}

/// Fills the null entries of `sizes` with extents of bare result indices and
/// returns the static result shape.
static SmallVector<int64_t>
completeResultSizes(Builder &builder, const ContractionSpec &spec,
                    SmallVectorImpl<OpFoldResult> &sizes) {
  SmallVector<int64_t> shape;
  auto places = getBarePlaces(spec.indexing);
  sizes.resize(spec.indexing.result.size());
  for (auto [form, size] : llvm::zip_equal(spec.indexing.result, sizes)) {
    if (!size) {
      assert(form.isBare() && "only a bare subscript implies a size");
      for (const auto &[index, extent] : spec.extents)
        if (index == form.getBareIndex())
          size = extent;
    }
    if (!size) {
      // The first static size under this index, if any operand has one.
      int64_t extent = kDynamicExtent;
      for (SubscriptPlace place : places[form.getBareIndex()]) {
        if (place.tensor == spec.inputs.size())
          continue;
        auto type = cast<RankedTensorType>(spec.inputs[place.tensor].getType());
        if (extent == kDynamicExtent)
          extent = type.getDimSize(place.dim);
      }
      shape.push_back(extent);
      continue;
    }
    shape.push_back(getConstantIntValue(size).value_or(kDynamicExtent));
  }
  return shape;
}

ContractionSpec mlir::tensornet::getContractionSpec(ContractOp op) {
  ContractionSpec spec;
  spec.inputs = SmallVector<Value>(op.getInputs());
  spec.indexing = op.getIndexingValue();
  spec.extents = op.getMixedExplicitExtents();
  spec.elementType = op.getResultType().getElementType();
  Builder builder(op.getContext());
  auto nextSize = op.getSizes().begin();
  for (auto [size, undetermined] : llvm::zip_equal(
           op.getResultType().getShape(),
           getUndeterminedResultDims(op.getIndexingValue(), op.getShapes()))) {
    if (!ShapedType::isDynamic(size))
      spec.resultSizes.push_back(builder.getIndexAttr(size));
    else
      spec.resultSizes.push_back(undetermined ? OpFoldResult(*nextSize++)
                                              : OpFoldResult());
  }
  return spec;
}

Value mlir::tensornet::createContraction(OpBuilder &builder, Location loc,
                                         ContractionSpec spec) {
  Indexing &indexing = spec.indexing;
  indexing.conjugated.resize(spec.inputs.size());
  indexing.extents.clear();
  SmallVector<OpFoldResult> sizes = spec.resultSizes;
  SmallVector<int64_t> resultShape = completeResultSizes(builder, spec, sizes);

  ContractionShapes shapes;
  for (Value input : spec.inputs)
    shapes.emplace_back(cast<RankedTensorType>(input.getType()).getShape());
  shapes.emplace_back(ArrayRef<int64_t>(resultShape));
  SmallVector<Value> extentOperands;
  llvm::sort(spec.extents, [](const IndexExtent &a, const IndexExtent &b) {
    return a.first < b.first;
  });
  SmallVector<IndexExtent> kept;
  unsigned numIndices = indexing.getNumIndices();
  for (const IndexExtent &entry : spec.extents) {
    if (entry.first >= numIndices)
      continue;
    std::optional<int64_t> extent = getConstantIntValue(entry.second);
    if (!extent || !isRedundant(indexing, shapes, entry.first, *extent))
      kept.push_back(entry);
  }
  for (const auto &[index, extent] : kept)
    indexing.extents.push_back(
        {index, getConstantIntValue(extent).value_or(kDynamicExtent)});

  // Renumbering keeps the operands of the dynamic extents beside their index.
  SmallVector<std::optional<IndexId>> newNumber =
      indexing.renumberByAppearance();
  llvm::erase_if(kept, [&](const IndexExtent &entry) {
    return entry.first >= newNumber.size() || !newNumber[entry.first];
  });
  llvm::sort(kept, [&](const IndexExtent &a, const IndexExtent &b) {
    return *newNumber[a.first] < *newNumber[b.first];
  });
  for (const auto &[index, extent] : kept)
    if (!getConstantIntValue(extent))
      extentOperands.push_back(cast<Value>(extent));

  SmallVector<Value> sizeOperands;
  for (auto [size, undetermined] :
       llvm::zip_equal(sizes, getUndeterminedResultDims(indexing, shapes)))
    if (undetermined)
      sizeOperands.push_back(cast<Value>(size));

  return ContractOp::create(
      builder, loc, RankedTensorType::get(resultShape, spec.elementType),
      spec.inputs, extentOperands, sizeOperands,
      IndexingAttr::get(builder.getContext(), indexing), /*kernel=*/nullptr);
}
