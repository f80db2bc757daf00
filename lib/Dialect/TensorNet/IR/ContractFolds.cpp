//===- ContractFolds.cpp - Folds of contract ------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Folds and canonicalizations of contract that always shrink the program.
// Rules with a trade-off belong in tensornet-simplify.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Folds
//===----------------------------------------------------------------------===//

/// True for a constant of zeros; -0.0 counts, since a contraction means its sum
/// over the reals.
static bool isZeroConstant(Value value) {
  DenseElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) || !constant.isSplat())
    return false;
  Type element = constant.getElementType();
  if (isa<FloatType>(element))
    return constant.getSplatValue<APFloat>().isZero();
  if (isa<IntegerType>(element))
    return constant.getSplatValue<APInt>().isZero();
  auto complex = constant.getSplatValue<std::complex<APFloat>>();
  return complex.real().isZero() && complex.imag().isZero();
}

/// True where no index point contributes: an operand is zero, an extent is 0,
/// or a subscript is never in range.
static bool isProvablyZero(ContractOp op) {
  if (llvm::any_of(op.getInputs(), isZeroConstant))
    return true;
  const Indexing &indexing = op.getIndexingValue();
  SmallVector<int64_t> extents = op.getStaticExtents();
  if (llvm::is_contained(extents, 0))
    return true;
  ContractionShapes shapes = op.getShapes();
  auto neverInRange = [&](const Subscripts &subscripts,
                          ArrayRef<int64_t> shape) {
    return llvm::any_of(llvm::zip_equal(subscripts, shape), [&](auto pair) {
      return isProvablyOutOfBounds(std::get<0>(pair), std::get<1>(pair),
                                   extents);
    });
  };
  for (auto [subscripts, shape] :
       llvm::zip(indexing.operands, ArrayRef(shapes).drop_back()))
    if (neverInRange(subscripts, shape))
      return true;
  return neverInRange(indexing.result, shapes.back());
}

static Attribute getZeroSplat(RankedTensorType type) {
  if (auto complex = dyn_cast<ComplexType>(type.getElementType())) {
    APFloat zero = APFloat::getZero(
        cast<FloatType>(complex.getElementType()).getFloatSemantics());
    return DenseElementsAttr::get(type, std::complex<APFloat>(zero, zero));
  }
  return Builder(type.getContext()).getZeroAttr(type);
}

/// contract(a[i, j]) -> [i, j] is a.
static bool isIdentity(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  if (op.getInputs().size() != 1 || indexing.conjugated[0] ||
      !indexing.extents.empty() || !indexing.isAllBare() ||
      op.getInputs()[0].getType() != op.getType() ||
      indexing.operands[0] != indexing.result)
    return false;
  llvm::SmallDenseSet<IndexId> seen;
  return llvm::all_of(indexing.result, [&](const LinearForm &form) {
    return seen.insert(form.getBareIndex()).second;
  });
}

OpFoldResult ContractOp::fold(FoldAdaptor) {
  if (isIdentity(*this))
    return getInputs()[0];
  if (getResultType().hasStaticShape() && isProvablyZero(*this))
    return getZeroSplat(getResultType());
  return {};
}

//===----------------------------------------------------------------------===//
// Canonicalizations
//===----------------------------------------------------------------------===//

/// The parts of `op` as something to build again.
static ContractionSpec getSpec(OpBuilder &builder, ContractOp op) {
  ContractionSpec spec;
  spec.inputs = SmallVector<Value>(op.getInputs());
  spec.indexing = op.getIndexingValue();
  spec.extents = op.getMixedExplicitExtents();
  spec.resultSizes = op.getResultSizes(builder, op.getLoc());
  spec.elementType = op.getResultType().getElementType();
  return spec;
}

/// Replaces `op`, casting to its type where the new one knows more sizes.
static void replaceContraction(PatternRewriter &rewriter, ContractOp op,
                               ContractionSpec spec) {
  Value result = createContraction(rewriter, op.getLoc(), std::move(spec));
  if (result.getType() != op.getType())
    result =
        tensor::CastOp::create(rewriter, op.getLoc(), op.getType(), result);
  rewriter.replaceOp(op, result);
}

namespace {

/// `extents(i = 6)` where every bare subscript of i has size 6 -> nothing;
/// `extents(i = %c6)`, `sizes(%c6)` with a constant -> static.
struct DropRedundantExtents : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    auto isConstant = [](Value value) {
      return getConstantIntValue(value).value_or(-1) >= 0;
    };
    bool constantOperand = llvm::any_of(op.getExtents(), isConstant) ||
                           llvm::any_of(op.getSizes(), isConstant);
    if (!constantOperand && !hasRedundantEntry(op))
      return rewriter.notifyMatchFailure(op, "extents are neither redundant "
                                             "nor constant");
    ContractionSpec spec = getSpec(rewriter, op);
    for (IndexExtent &entry : spec.extents)
      entry.second = getAsIndexOpFoldResultIfConstant(rewriter, entry.second);
    for (OpFoldResult &size : spec.resultSizes)
      size = getAsIndexOpFoldResultIfConstant(rewriter, size);
    replaceContraction(rewriter, op, std::move(spec));
    return success();
  }

private:
  static bool hasRedundantEntry(ContractOp op) {
    ContractionShapes shapes = op.getShapes();
    auto places = getBarePlaces(op.getIndexingValue());
    return llvm::any_of(
        op.getIndexingValue().extents, [&](const ExplicitExtent &entry) {
          return entry.extent != kDynamicExtent &&
                 !places[entry.index].empty() &&
                 llvm::all_of(places[entry.index], [&](SubscriptPlace place) {
                   return shapes[place.tensor][place.dim] == entry.extent;
                 });
        });
  }

  /// A non-negative constant as an attribute, anything else as it is.
  static OpFoldResult getAsIndexOpFoldResultIfConstant(OpBuilder &builder,
                                                       OpFoldResult value) {
    std::optional<int64_t> constant = getConstantIntValue(value);
    return constant && *constant >= 0 ? builder.getIndexAttr(*constant) : value;
  }
};

/// contract(tensor.cast(a)[i]) -> contract(a[i])   where the cast forgets sizes
struct FoldCastIntoContract : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> inputs(op.getInputs());
    bool changed = false;
    for (Value &input : inputs) {
      auto cast = input.getDefiningOp<tensor::CastOp>();
      if (!tensor::canFoldIntoConsumerOp(cast))
        continue;
      input = cast.getSource();
      changed = true;
    }
    if (!changed)
      return rewriter.notifyMatchFailure(op, "no operand is a cast that "
                                             "forgets sizes");
    if (!agreesWith(op, inputs))
      return rewriter.notifyMatchFailure(op, "sizes before the cast disagree");
    // The result keeps its type: the sizes that are known now may determine
    // dimensions that needed a `sizes` operand before.
    ContractionSpec spec = getSpec(rewriter, op);
    spec.inputs = inputs;
    replaceContraction(rewriter, op, std::move(spec));
    return success();
  }

private:
  /// Static sizes that disagree stay behind their cast, where the run reports
  /// them.
  static bool agreesWith(ContractOp op, ValueRange inputs) {
    ContractionShapes shapes;
    for (Value input : inputs)
      shapes.emplace_back(cast<RankedTensorType>(input.getType()).getShape());
    shapes.emplace_back(op.getResultType().getShape());
    const Indexing &indexing = op.getIndexingValue();
    for (auto [index, places] : llvm::enumerate(getBarePlaces(indexing))) {
      if (indexing.getExplicitExtent(index))
        continue;
      int64_t known = kDynamicExtent;
      for (SubscriptPlace place : places) {
        int64_t size = shapes[place.tensor][place.dim];
        if (size != kDynamicExtent && known != kDynamicExtent && size != known)
          return false;
        known = size != kDynamicExtent ? size : known;
      }
    }
    return true;
  }
};

} // namespace

void ContractOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                             MLIRContext *context) {
  patterns.add<DropRedundantExtents, FoldCastIntoContract>(context);
}
