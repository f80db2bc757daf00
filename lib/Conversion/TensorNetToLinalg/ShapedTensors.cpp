//===- ShapedTensors.cpp - Tensors sliced and padded for linalg -----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapedTensors.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "tensornet/Conversion/TensorNetToDestination.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;

/// `form` plus `offset`; std::nullopt on overflow.
static std::optional<LinearForm> shift(const LinearForm &form, int64_t offset) {
  int64_t constant;
  if (llvm::AddOverflow(form.getConstant(), offset, constant))
    return std::nullopt;
  return LinearForm::get(form.getTerms(), constant);
}

/// The number of elements that a padded dimension of `size` elements may have:
/// a few times what is there and what is read.
static int64_t getSizeLimit(const LoweredContraction &contraction,
                            const LinearForm &form, int64_t size) {
  int64_t points = 1;
  for (LinearForm::Term term : form.getTerms())
    points = llvm::SaturatingMultiply<uint64_t>(
                 points, contraction.staticExtents[term.index]) &
             INT64_MAX;
  constexpr int64_t unlimited = INT64_MAX / 8;
  return 4 * (std::min(points, unlimited) + std::min(size, unlimited)) + 64;
}

/// How far the values of a subscript reach below 0 and above `size` - 1.
struct Overhang {
  int64_t low;
  int64_t high;
};

/// std::nullopt where a size or an extent is dynamic or the reach is out of
/// proportion.
static std::optional<Overhang>
getOverhang(const LoweredContraction &contraction, const LinearForm &form,
            int64_t size) {
  std::optional<Interval> range = getRange(form, contraction.staticExtents);
  if (!range || ShapedType::isDynamic(size))
    return std::nullopt;
  int64_t limit = getSizeLimit(contraction, form, size);
  if (range->min < -limit || range->max > limit)
    return std::nullopt;
  return Overhang{std::max<int64_t>(0, -range->min),
                  std::max<int64_t>(0, range->max + 1 - size)};
}

/// True for i + c: a window of the tensor as wide as the extent of i.
static bool isWindow(const LinearForm &form) {
  return form.getTerms().size() == 1 && form.getTerms()[0].coefficient == 1;
}

/// Plans to take elements `begin` .. `begin + count - 1` of a dimension of
/// `size` elements, with zeros for those that do not exist; std::nullopt where
/// none does.
static std::optional<ShapedDim> planWindow(unsigned dim, int64_t size,
                                           int64_t begin, int64_t count) {
  int64_t first = std::max<int64_t>(begin, 0);
  int64_t last = std::min(begin + count, size);
  if (first >= last)
    return std::nullopt;
  ShapedDim plan;
  plan.dim = dim;
  if (first != 0 || last != size)
    plan.offset = first;
  plan.size = last - first;
  plan.low = first - begin;
  plan.high = begin + count - last;
  return plan;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

static std::optional<ShapedDim> planDim(const LoweredContraction &contraction,
                                        const LinearForm &form, unsigned dim,
                                        int64_t size) {
  ShapedDim plan;
  plan.dim = dim;
  plan.form = form;
  if (contraction.isExact(form))
    return plan;
  if (form.isConstant()) {
    if (!contraction.isInBounds(form, size))
      return std::nullopt;
    plan.isDropped = true;
    plan.offset = form.getConstant();
    plan.size = 1;
    return plan;
  }
  std::optional<Overhang> overhang = getOverhang(contraction, form, size);
  if (!overhang)
    return std::nullopt;
  if (isWindow(form)) {
    IndexId index = form.getTerms()[0].index;
    std::optional<ShapedDim> window = planWindow(
        dim, size, form.getConstant(), contraction.staticExtents[index]);
    if (window)
      window->form = LinearForm::bare(index);
    return window;
  }
  plan.low = overhang->low;
  plan.high = overhang->high;
  std::optional<LinearForm> shifted = shift(form, plan.low);
  if (!shifted)
    return std::nullopt;
  plan.form = *shifted;
  return plan;
}

std::optional<ShapedOperand>
ShapedOperand::get(const LoweredContraction &contraction,
                   const LoweredContraction::Factor &factor) {
  ShapedOperand plan;
  auto type = cast<RankedTensorType>(factor.tensor.getType());
  for (auto [dim, form] : llvm::enumerate(factor.subscripts)) {
    std::optional<ShapedDim> dimPlan =
        planDim(contraction, form, dim, type.getDimSize(dim));
    if (!dimPlan)
      return std::nullopt;
    plan.dims.push_back(*dimPlan);
  }
  return plan;
}

SmallVector<LinearForm> ShapedOperand::getForms() const {
  SmallVector<LinearForm> forms;
  for (const ShapedDim &dim : dims)
    if (!dim.isDropped)
      forms.push_back(dim.form);
  return forms;
}

static Value createSlice(OpBuilder &builder, Location loc, Value tensor,
                         ArrayRef<ShapedDim> dims) {
  SmallVector<OpFoldResult> offsets, sizes,
      strides(dims.size(), builder.getIndexAttr(1));
  SmallVector<int64_t> shape;
  for (const ShapedDim &dim : dims) {
    offsets.push_back(builder.getIndexAttr(dim.offset.value_or(0)));
    sizes.push_back(dim.offset
                        ? OpFoldResult(builder.getIndexAttr(dim.size))
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

static Value createPadding(OpBuilder &builder, Location loc, Value tensor,
                           ArrayRef<int64_t> low, ArrayRef<int64_t> high) {
  auto isZero = [](int64_t size) { return size == 0; };
  if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero))
    return tensor;
  Value zero = createZeroElement(
      builder, loc, cast<RankedTensorType>(tensor.getType()).getElementType());
  return tensor::PadOp::create(
      builder, loc, /*resultType=*/Type(), tensor,
      getAsIndexOpFoldResult(builder.getContext(), low),
      getAsIndexOpFoldResult(builder.getContext(), high), zero);
}

/// `tensor`, sliced and padded as `dims` say.
static Value createShaped(OpBuilder &builder, Location loc, Value tensor,
                          ArrayRef<ShapedDim> dims) {
  if (llvm::any_of(dims, [](const ShapedDim &dim) { return dim.offset; }))
    tensor = createSlice(builder, loc, tensor, dims);
  SmallVector<int64_t> low, high;
  for (const ShapedDim &dim : dims)
    if (!dim.isDropped) {
      low.push_back(dim.low);
      high.push_back(dim.high);
    }
  return createPadding(builder, loc, tensor, low, high);
}

Value ShapedOperand::create(OpBuilder &builder, Location loc,
                            Value tensor) const {
  return createShaped(builder, loc, tensor, dims);
}

//===----------------------------------------------------------------------===//
// Result
//===----------------------------------------------------------------------===//

/// The plan for one dimension of the result: `form` becomes the subscript of
/// the accumulator, whose size is returned in `accumulated`.
static std::optional<ShapedDim>
planResultDim(const LoweredContraction &contraction, unsigned dim, int64_t size,
              LinearForm &form, std::optional<int64_t> &accumulated) {
  ShapedDim plan;
  plan.dim = dim;
  if (contraction.isExact(form))
    return plan;
  std::optional<Overhang> overhang = getOverhang(contraction, form, size);
  if (!overhang)
    return std::nullopt;
  if (isWindow(form)) {
    IndexId index = form.getTerms()[0].index;
    accumulated = contraction.staticExtents[index];
    int64_t begin = -form.getConstant();
    form = LinearForm::bare(index);
    return planWindow(dim, *accumulated, begin, size);
  }
  std::optional<LinearForm> shifted = shift(form, overhang->low);
  if (!shifted)
    return std::nullopt;
  form = *shifted;
  accumulated = overhang->low + size + overhang->high;
  return planWindow(dim, *accumulated, overhang->low, size);
}

std::optional<ShapedResult>
ShapedResult::get(const LoweredContraction &contraction) {
  ShapedResult plan;
  ArrayRef<int64_t> shape = contraction.op.getResultType().getShape();
  for (auto [dim, size] : llvm::enumerate(shape)) {
    LinearForm form = contraction.getResult()[dim];
    std::optional<int64_t> accumulated;
    std::optional<ShapedDim> dimPlan =
        planResultDim(contraction, dim, size, form, accumulated);
    if (!dimPlan)
      return std::nullopt;
    plan.forms.push_back(form);
    plan.sizes.push_back(accumulated);
    plan.dims.push_back(*dimPlan);
  }
  return plan;
}

Value ShapedResult::createDestination(OpBuilder &builder, ContractOp op,
                                      Type elementType, bool zero) const {
  Location loc = op.getLoc();
  SmallVector<int64_t> shape(op.getResultType().getShape());
  SmallVector<Value> dynamicSizes;
  for (auto [dim, size] : llvm::enumerate(op.getResultSizes(builder, loc))) {
    if (sizes[dim])
      shape[dim] = *sizes[dim];
    else if (ShapedType::isDynamic(shape[dim]))
      dynamicSizes.push_back(
          getValueOrCreateConstantIndexOp(builder, loc, size));
  }
  Value empty =
      tensor::EmptyOp::create(builder, loc, shape, elementType, dynamicSizes);
  if (!zero)
    return empty;
  Value element = createZeroElement(builder, loc, elementType);
  return linalg::FillOp::create(builder, loc, element, empty).getResult(0);
}

Value ShapedResult::createFinalShape(OpBuilder &builder, ContractOp op,
                                     Value sum) const {
  return createShaped(builder, op.getLoc(), sum, dims);
}
