//===- ShapedTensors.cpp - Tensors sliced and padded for linalg -----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/TensorNetToLinalg/ShapedTensors.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// What can be shaped
//===----------------------------------------------------------------------===//

/// True for i + c: a window of the tensor as wide as the extent of i.
static bool isWindow(const LinearForm &form) {
  return form.getTerms().size() == 1 && form.getTerms()[0].coefficient == 1;
}

/// True where the padding that `form` may need in a dimension of `size`
/// elements is in proportion: at most a few times what is there and what is
/// read.
static bool isPaddingSmall(const LoweredContraction &contraction,
                           const LinearForm &form, int64_t size) {
  std::optional<Interval> range = getRange(form, contraction.staticExtents);
  if (range && !ShapedType::isDynamic(size)) {
    uint64_t points = 1;
    for (LinearForm::Term term : form.getTerms())
      points = llvm::SaturatingMultiply<uint64_t>(
          points, contraction.staticExtents[term.index]);
    constexpr uint64_t unlimited = INT64_MAX / 8;
    int64_t limit = 4 * (std::min(points, unlimited) +
                         std::min<uint64_t>(size, unlimited)) +
                    64;
    return range->min >= -limit && range->max <= limit;
  }
  // The values of a form span at most the number of its points times the
  // largest coefficient.
  return std::abs(form.getConstant()) <= 64 &&
         llvm::all_of(form.getTerms(), [](LinearForm::Term term) {
           return std::abs(term.coefficient) <= 4;
         });
}

/// The indices of dynamic extent with which a subscript of an operand falls.
static llvm::SmallBitVector
getFallingIndices(const LoweredContraction &contraction) {
  llvm::SmallBitVector falling(contraction.extents.size());
  for (const LoweredContraction::Factor &factor : contraction.factors)
    for (const LinearForm &form : factor.subscripts)
      for (auto [index, coefficient] : form.getTerms())
        if (coefficient < 0 &&
            contraction.staticExtents[index] == kDynamicExtent)
          falling.set(index);
  return falling;
}

/// True where nothing but whole dimensions of operands, which can be reversed,
/// rises with the indices in `reversed`.
static bool isReversible(const LoweredContraction &contraction,
                         const llvm::SmallBitVector &reversed) {
  auto rises = [&](const LinearForm &form) {
    return llvm::any_of(form.getTerms(), [&](LinearForm::Term term) {
      return reversed[term.index] && term.coefficient > 0;
    });
  };
  auto uses = [&](const LinearForm &form) {
    return llvm::any_of(form.getTerms(), [&](LinearForm::Term term) {
      return reversed[term.index];
    });
  };
  for (const LoweredContraction::Factor &factor : contraction.factors)
    for (const LinearForm &form : factor.subscripts)
      if (rises(form) && !contraction.isExact(form))
        return false;
  return llvm::none_of(contraction.result, uses);
}

/// `form` with the indices in `reversed` counted from the far end, less what
/// only the run knows of its constant.
static LinearForm reverse(const LinearForm &form,
                          const llvm::SmallBitVector &reversed) {
  SmallVector<LinearForm::Term> terms(form.getTerms());
  for (LinearForm::Term &term : terms)
    if (reversed[term.index])
      term.coefficient = -term.coefficient;
  return *LinearForm::get(terms, form.getConstant());
}

/// The least value of `form`, in which no index of dynamic extent falls.
static std::optional<int64_t>
getLeastValue(const LoweredContraction &contraction, const LinearForm &form) {
  int64_t least = form.getConstant();
  for (auto [index, coefficient] : form.getTerms()) {
    int64_t extent = contraction.staticExtents[index], reach;
    if (coefficient > 0)
      continue;
    if (extent == kDynamicExtent ||
        llvm::MulOverflow(coefficient, extent - 1, reach) ||
        llvm::AddOverflow(least, reach, least))
      return std::nullopt;
  }
  return least;
}

/// True where dimension plans can be made for `form`, after reversal, and
/// `size`.
static bool isShapable(const LoweredContraction &contraction,
                       const LinearForm &form, int64_t size) {
  if (contraction.isExact(form))
    return true;
  bool isStatic = !ShapedType::isDynamic(size);
  if (form.isConstant() && isStatic)
    return contraction.isInBounds(form, size);
  std::optional<int64_t> least = getLeastValue(contraction, form);
  if (!isPaddingSmall(contraction, form, size) || !least)
    return false;
  // A window that no element is in.
  std::optional<Interval> range = getRange(form, contraction.staticExtents);
  return !(range && range->max < 0) && !(isStatic && *least >= size);
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

namespace {

/// Makes the plans of dimensions and the amounts in them.
class DimPlanner {
public:
  DimPlanner(OpBuilder &builder, const LoweredContraction &contraction,
             const llvm::SmallBitVector &isReversed)
      : builder(builder), loc(contraction.op.getLoc()),
        contraction(contraction), isReversed(isReversed) {}

  ShapedDim planOperand(unsigned dim, const LinearForm &form,
                        OpFoldResult size);
  /// `form` becomes the subscript of the accumulator, of `accumulated`
  /// elements.
  ShapedDim planResult(unsigned dim, OpFoldResult size, LinearForm &form,
                       OpFoldResult &accumulated);

private:
  using Exprs = ArrayRef<AffineExpr>;
  OpFoldResult constant(int64_t value) { return builder.getIndexAttr(value); }
  /// The function `make` of `values` as affine expressions.
  OpFoldResult apply(ArrayRef<OpFoldResult> values,
                     function_ref<AffineExpr(Exprs)> make);
  OpFoldResult getMax(OpFoldResult a, int64_t b);
  OpFoldResult getMin(OpFoldResult a, OpFoldResult b);
  OpFoldResult add(OpFoldResult a, OpFoldResult b, int64_t factor = 1) {
    return apply({a, b}, [&](Exprs e) { return e[0] + e[1] * factor; });
  }
  /// `constant` plus, for every term that `isWanted` accepts, its coefficient
  /// times the last value of its index.
  OpFoldResult getReach(const LinearForm &form, int64_t constant,
                        function_ref<bool(LinearForm::Term)> isWanted);
  /// How far `form` reaches above a dimension of `size` elements.
  OpFoldResult getOverhang(const LinearForm &form, OpFoldResult size);
  /// Takes elements `begin` .. `begin + count - 1` of a dimension of `size`
  /// elements, with zeros for those that do not exist.
  ShapedDim planWindow(unsigned dim, OpFoldResult size, OpFoldResult begin,
                       OpFoldResult count);
  /// The plan for a subscript with reversed indices: a window that starts where
  /// only the run knows.
  ShapedDim planFalling(unsigned dim, OpFoldResult size,
                        const LinearForm &form);

  OpBuilder &builder;
  Location loc;
  const LoweredContraction &contraction;
  const llvm::SmallBitVector &isReversed;
};

} // namespace

static SmallVector<AffineExpr> getDims(OpBuilder &builder, unsigned count) {
  SmallVector<AffineExpr> dims;
  for (unsigned i = 0; i < count; ++i)
    dims.push_back(builder.getAffineDimExpr(i));
  return dims;
}

OpFoldResult DimPlanner::apply(ArrayRef<OpFoldResult> values,
                               function_ref<AffineExpr(Exprs)> make) {
  return affine::makeComposedFoldedAffineApply(
      builder, loc, make(getDims(builder, values.size())), values);
}

OpFoldResult DimPlanner::getMax(OpFoldResult a, int64_t b) {
  SmallVector<AffineExpr> exprs = getDims(builder, 1);
  exprs.push_back(builder.getAffineConstantExpr(b));
  return affine::makeComposedFoldedAffineMax(
      builder, loc, AffineMap::get(1, 0, exprs, builder.getContext()), a);
}

OpFoldResult DimPlanner::getMin(OpFoldResult a, OpFoldResult b) {
  if (a == b)
    return a;
  return affine::makeComposedFoldedAffineMin(
      builder, loc, builder.getMultiDimIdentityMap(2), {a, b});
}

OpFoldResult
DimPlanner::getReach(const LinearForm &form, int64_t constant,
                     function_ref<bool(LinearForm::Term)> isWanted) {
  SmallVector<OpFoldResult> extents;
  for (LinearForm::Term term : form.getTerms())
    extents.push_back(contraction.extents[term.index]);
  return apply(extents, [&](Exprs e) {
    AffineExpr reach = builder.getAffineConstantExpr(constant);
    for (auto [term, extent] : llvm::zip_equal(form.getTerms(), e))
      if (isWanted(term))
        reach = reach + (extent - 1) * term.coefficient;
    return reach;
  });
}

static bool rises(LinearForm::Term term) { return term.coefficient > 0; }

OpFoldResult DimPlanner::getOverhang(const LinearForm &form,
                                     OpFoldResult size) {
  return getMax(add(getReach(form, form.getConstant() + 1, rises), size, -1),
                0);
}

ShapedDim DimPlanner::planWindow(unsigned dim, OpFoldResult size,
                                 OpFoldResult begin, OpFoldResult count) {
  ShapedDim plan;
  plan.dim = dim;
  if (getConstantIntValue(begin) == 0 && size == count)
    return plan;
  OpFoldResult none = constant(0);
  OpFoldResult low = getMin(getMax(add(none, begin, -1), 0), count);
  OpFoldResult first = getMin(getMax(begin, 0), size);
  // What is left above `first`, and what the window asks of it.
  OpFoldResult left = add(size, first, -1);
  OpFoldResult kept = getMin(left, add(count, low, -1));
  OpFoldResult high = add(add(count, low, -1), kept, -1);
  if (getConstantIntValue(first) != 0 || kept != size) {
    plan.offset = first;
    plan.size = kept;
  }
  plan.low = low;
  plan.high = high;
  return plan;
}

ShapedDim DimPlanner::planFalling(unsigned dim, OpFoldResult size,
                                  const LinearForm &form) {
  LinearForm risen = reverse(form, isReversed);
  int64_t least = *getLeastValue(contraction, risen);
  OpFoldResult begin = getReach(form, least, [&](LinearForm::Term term) {
    return isReversed[term.index];
  });
  OpFoldResult count = getReach(risen, risen.getConstant() + 1 - least, rises);
  ShapedDim plan = planWindow(dim, size, begin, count);
  plan.form = *risen.plus(LinearForm::constant(least), -1);
  return plan;
}

ShapedDim DimPlanner::planOperand(unsigned dim, const LinearForm &form,
                                  OpFoldResult size) {
  ShapedDim plan;
  plan.dim = dim;
  plan.form = form;
  auto isFromFar = [&](LinearForm::Term term) {
    return isReversed[term.index];
  };
  bool countsFromFar = llvm::any_of(form.getTerms(), isFromFar);
  if (contraction.isExact(form)) {
    plan.isReversed = countsFromFar;
    return plan;
  }
  if (countsFromFar)
    return planFalling(dim, size, form);
  if (form.isConstant() && getConstantIntValue(size)) {
    plan.isDropped = true;
    plan.offset = constant(form.getConstant());
    plan.size = constant(1);
    return plan;
  }
  if (form.isConstant() || isWindow(form)) {
    OpFoldResult count = form.isConstant()
                             ? constant(1)
                             : contraction.extents[form.getTerms()[0].index];
    plan = planWindow(dim, size, constant(form.getConstant()), count);
    plan.form = *form.plus(LinearForm::constant(form.getConstant()), -1);
    return plan;
  }
  int64_t low = std::max<int64_t>(-*getLeastValue(contraction, form), 0);
  plan.low = constant(low);
  plan.high = getOverhang(form, size);
  plan.form = *form.plus(LinearForm::constant(low));
  return plan;
}

ShapedDim DimPlanner::planResult(unsigned dim, OpFoldResult size,
                                 LinearForm &form, OpFoldResult &accumulated) {
  accumulated = size;
  if (contraction.isResultExact(dim)) {
    ShapedDim plan;
    plan.dim = dim;
    return plan;
  }
  if (isWindow(form)) {
    accumulated = contraction.extents[form.getTerms()[0].index];
    int64_t begin = -form.getConstant();
    form = *form.plus(LinearForm::constant(form.getConstant()), -1);
    return planWindow(dim, accumulated, constant(begin), size);
  }
  int64_t low = std::max<int64_t>(-*getLeastValue(contraction, form), 0);
  OpFoldResult high = getOverhang(form, size);
  form = *form.plus(LinearForm::constant(low));
  accumulated = apply({size, high}, [&](Exprs e) { return e[0] + e[1] + low; });
  return planWindow(dim, accumulated, constant(low), size);
}

static ShapedContraction planShapes(OpBuilder &builder,
                                    const LoweredContraction &contraction,
                                    const llvm::SmallBitVector &isReversed) {
  DimPlanner planner(builder, contraction, isReversed);
  Location loc = contraction.op.getLoc();
  ShapedContraction plan;
  plan.isReversed = isReversed;
  for (const LoweredContraction::Factor &factor : contraction.factors) {
    ShapedOperand &operand = plan.operands.emplace_back();
    for (auto [dim, form] : llvm::enumerate(factor.subscripts))
      operand.dims.push_back(planner.planOperand(
          dim, form, tensor::getMixedSize(builder, loc, factor.tensor, dim)));
  }
  for (auto [dim, size] : llvm::enumerate(contraction.resultSizes)) {
    LinearForm form = contraction.result[dim];
    plan.result.dims.push_back(
        planner.planResult(dim, size, form, plan.result.sizes.emplace_back()));
    plan.result.forms.push_back(form);
  }
  return plan;
}

std::optional<ShapedContraction>
ShapedContraction::get(OpBuilder &builder,
                       const LoweredContraction &contraction) {
  llvm::SmallBitVector falling = getFallingIndices(contraction);
  if (!isReversible(contraction, falling))
    return std::nullopt;
  for (const LoweredContraction::Factor &factor : contraction.factors) {
    auto type = cast<RankedTensorType>(factor.tensor.getType());
    for (auto [form, size] :
         llvm::zip_equal(factor.subscripts, type.getShape()))
      if (!contraction.isExact(form) &&
          !isShapable(contraction, reverse(form, falling), size))
        return std::nullopt;
  }
  for (auto [dim, form] : llvm::enumerate(contraction.result)) {
    int64_t size = getConstantIntValue(contraction.resultSizes[dim])
                       .value_or(ShapedType::kDynamic);
    if (!contraction.isResultExact(dim) && !isShapable(contraction, form, size))
      return std::nullopt;
  }
  return planShapes(builder, contraction, falling);
}
