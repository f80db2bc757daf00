//===- SliceLoop.cpp - Loops over slices of a contraction -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/Plan/SliceLoop.h"
#include "tensornet/Transforms/Plan/Slicing.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Dialect/TensorNet/IR/ContractionSpec.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

SliceLoop::SliceLoop(ContractOp op, const IndexSet &sliced)
    : op(op), loc(op.getLoc()), sliced(sliced) {}

SliceDims SliceLoop::getDims(const Subscripts &subscripts,
                             unsigned batchRank) const {
  SliceDims dims(batchRank);
  for (const LinearForm &form : subscripts) {
    const auto *index =
        form.isBare() ? llvm::find(sliced, form.getBareIndex()) : sliced.end();
    dims.push_back(index == sliced.end()
                       ? std::nullopt
                       : std::optional<unsigned>(index - sliced.begin()));
  }
  return dims;
}

namespace {

/// Where a slice lies in a tensor: offsets, sizes and strides.
struct SlicePlace {
  SmallVector<OpFoldResult> offsets, sizes, strides;
  /// The sizes of the dimensions that no loop fixes.
  SmallVector<int64_t> shape;

  SlicePlace(OpBuilder &builder, Location loc, Value tensor,
             const SliceDims &dims, ValueRange counters) {
    auto type = cast<RankedTensorType>(tensor.getType());
    sizes = tensor::getMixedSizes(builder, loc, tensor);
    strides.assign(dims.size(), builder.getIndexAttr(1));
    for (auto [dim, loop] : llvm::enumerate(dims)) {
      offsets.push_back(loop ? OpFoldResult(counters[*loop])
                             : builder.getIndexAttr(0));
      if (loop)
        sizes[dim] = builder.getIndexAttr(1);
      else
        shape.push_back(type.getDimSize(dim));
    }
  }
};

} // namespace

static bool isWhole(const SliceDims &dims) {
  return llvm::none_of(dims,
                       [](std::optional<unsigned> loop) { return !!loop; });
}

Value SliceLoop::read(OpBuilder &builder, Location loc, Value tensor,
                      const SliceDims &dims, ValueRange counters) {
  if (isWhole(dims))
    return tensor;
  SlicePlace place(builder, loc, tensor, dims, counters);
  auto type = RankedTensorType::get(
      place.shape, cast<RankedTensorType>(tensor.getType()).getElementType());
  return tensor::ExtractSliceOp::create(
      builder, loc, type, tensor, place.offsets, place.sizes, place.strides);
}

Subscripts SliceLoop::dropSliced(const Subscripts &subscripts) const {
  Subscripts kept;
  for (auto [form, loop] : llvm::zip_equal(subscripts, getDims(subscripts)))
    if (!loop)
      kept.push_back(form);
  return kept;
}

ContractOp SliceLoop::createSlice(OpBuilder &builder, ValueRange counters) {
  ContractionSpec spec = getContractionSpec(op);
  Type computeType = op.getComputeType();
  SmallVector<OpFoldResult> sizes;
  for (auto [size, loop] :
       llvm::zip_equal(spec.resultSizes, getDims(spec.indexing.result)))
    if (!loop)
      sizes.push_back(size);
  spec.resultSizes = std::move(sizes);
  spec.indexing.result = dropSliced(spec.indexing.result);
  for (unsigned number = 0; number < spec.inputs.size(); ++number) {
    // No index of a virtual operand is sliced.
    if (getOperandKind(op, number) == OperandKind::Virtual)
      continue;
    Subscripts &subscripts = spec.indexing.operands[number];
    Value slice =
        read(builder, loc, spec.inputs[number], getDims(subscripts), counters);
    spec.inputs[number] = createConversion(builder, loc, slice, computeType);
    subscripts = dropSliced(subscripts);
  }
  spec.elementType = computeType;
  return createContraction(builder, loc, std::move(spec))
      .getDefiningOp<ContractOp>();
}

Value SliceLoop::orderSlice(OpBuilder &builder, ContractOp slice,
                            const ContractionTree &tree,
                            const BitVector &active) {
  OrderingProblem whole(op, active), part(slice, active);
  Value ordered =
      createTree(builder, slice, part,
                 transferTree(tree, part, getLeafOperands(whole, tree)));
  slice.erase();
  return ordered;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

bool SliceLoop::isPartition(const SliceSum &sum) const {
  SmallVector<unsigned> occurrences(sliced.size());
  for (std::optional<unsigned> loop : sum.dims)
    if (loop)
      ++occurrences[*loop];
  return llvm::all_of(occurrences, [](unsigned count) { return count == 1; });
}

/// The start of a sum, which the loop writes: memory of its own, not a constant
/// that would be copied.
Value SliceLoop::createInit(OpBuilder &builder, const SliceSum &sum) const {
  Value empty =
      tensor::EmptyOp::create(builder, loc, sum.sizes, sum.elementType);
  if (isPartition(sum))
    return empty;
  Value zero;
  if (auto complex = dyn_cast<ComplexType>(sum.elementType)) {
    Attribute part = builder.getZeroAttr(complex.getElementType());
    zero = complex::ConstantOp::create(builder, loc, complex,
                                       builder.getArrayAttr({part, part}));
  } else {
    zero = arith::ConstantOp::create(
        builder, loc, cast<TypedAttr>(builder.getZeroAttr(sum.elementType)));
  }
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

static Value createSum(OpBuilder &builder, Location loc, Value a, Value b) {
  if (isa<IntegerType>(getElementTypeOrSelf(a)))
    return arith::AddIOp::create(builder, loc, a, b);
  return addDerivatives(builder, loc, a, b);
}

Value SliceLoop::add(OpBuilder &builder, const SliceSum &sum, Value before,
                     Value part, ValueRange counters) const {
  if (isWhole(sum.dims))
    return createSum(builder, loc, before, part);
  if (!isPartition(sum))
    part = createSum(builder, loc,
                     read(builder, loc, before, sum.dims, counters), part);
  SlicePlace place(builder, loc, before, sum.dims, counters);
  return tensor::InsertSliceOp::create(
      builder, loc, part, before, place.offsets, place.sizes, place.strides);
}

SmallVector<Value> SliceLoop::create(OpBuilder &builder,
                                     ArrayRef<SliceSum> sums, Body body) {
  SmallVector<int64_t> extents = op.getStaticExtents();
  SmallVector<Value> lower, upper, steps, inits;
  for (const SliceSum &sum : sums)
    inits.push_back(createInit(builder, sum));
  for (IndexId index : sliced) {
    lower.push_back(arith::ConstantIndexOp::create(builder, loc, 0));
    upper.push_back(
        arith::ConstantIndexOp::create(builder, loc, extents[index]));
    steps.push_back(arith::ConstantIndexOp::create(builder, loc, 1));
  }
  auto addParts = [&](OpBuilder &nested, Location, ValueRange counters,
                      ValueRange before) {
    scf::ValueVector after;
    for (auto [sum, value, part] :
         llvm::zip_equal(sums, before, body(nested, counters)))
      after.push_back(add(nested, sum, value, part, counters));
    return after;
  };
  return scf::buildLoopNest(builder, loc, lower, upper, steps, inits, addParts)
      .results;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value mlir::tensornet::createConversion(OpBuilder &builder, Location loc,
                                        Value value, Type elementType) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getElementType() == elementType)
    return value;
  ContractionSpec spec;
  spec.inputs.push_back(value);
  Subscripts all;
  for (unsigned dim = 0; dim < type.getRank(); ++dim)
    all.push_back(LinearForm::bare(dim));
  spec.indexing.operands.push_back(all);
  spec.indexing.result = all;
  spec.elementType = elementType;
  return createContraction(builder, loc, std::move(spec));
}

Value mlir::tensornet::createSlicedTree(OpBuilder &builder, ContractOp op,
                                        const SlicedTree &tree) {
  SliceLoop loop(op, tree.sliced);
  SliceSum value{loop.getDims(op.getIndexingValue().result),
                 op.getResultSizes(builder, op.getLoc()), op.getComputeType()};
  BitVector active(op.getInputs().size());
  Value sum =
      loop.create(builder, value, [&](OpBuilder &nested, ValueRange counters) {
        ContractOp slice = loop.createSlice(nested, counters);
        return SmallVector<Value>{
            loop.orderSlice(nested, slice, tree.tree, active)};
      })[0];
  return createConversion(builder, op.getLoc(), sum,
                          op.getResultType().getElementType());
}
