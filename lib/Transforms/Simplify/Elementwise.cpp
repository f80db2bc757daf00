//===- Elementwise.cpp - Products and permuted sums -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elementwise products and permuted sums that meet contractions.
//
//===----------------------------------------------------------------------===//

#include "ContractionTerm.h"
#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

#define DEBUG_TYPE "tensornet-simplify"

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// A rule that the options steer.
template <typename OpTy>
struct SimplifyPattern : OpRewritePattern<OpTy> {
  SimplifyPattern(MLIRContext *context, const SimplifyOptions &options)
      : OpRewritePattern<OpTy>(context), options(options) {}

  SimplifyOptions options;
};

} // namespace

/// True where the op or the options give up the rounding and the infinities of
/// a product.
static bool mayRegroup(arith::MulFOp op, const SimplifyOptions &options) {
  return options.realArithmetic ||
         bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::reassoc);
}

static bool isTensorOfF32OrF64(Value value) {
  return isa<RankedTensorType>(value.getType()) &&
         getElementTypeOrSelf(value).getIntOrFloatBitWidth() >= 32;
}

namespace {

/// mulf(contract(a, b), 2.0) -> contract(2.0[], a, b)
struct ScaleContraction : SimplifyPattern<arith::MulFOp> {
  using SimplifyPattern::SimplifyPattern;

  LogicalResult matchAndRewrite(arith::MulFOp op,
                                PatternRewriter &rewriter) const override {
    if (!mayRegroup(op, options))
      return rewriter.notifyMatchFailure(op, "product must keep its rounding");
    if (!isTensorOfF32OrF64(op))
      return rewriter.notifyMatchFailure(op,
                                         "product rounds to half precision");
    Value product = op.getLhs(), scale = op.getRhs();
    if (!getSplatConstant(scale))
      std::swap(product, scale);
    auto contraction = product.getDefiningOp<ContractOp>();
    Attribute constant = getSplatConstant(scale);
    if (!constant || !contraction)
      return rewriter.notifyMatchFailure(op, "no contraction times a constant");
    if (contraction.isVirtual() || !contraction->hasOneUse())
      return rewriter.notifyMatchFailure(op, "contraction has other uses");
    ContractionTerm term(contraction);
    ScalarFactor factor = term.getFactor();
    factor.multiply(constant);
    rewriter.replaceOp(op, term.build(rewriter, factor));
    return success();
  }
};

/// tensor.from_elements(tensor.extract t[]) -> t     for 0-d t
struct DropScalarRoundTrip : OpRewritePattern<tensor::FromElementsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::FromElementsOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getType().getRank() != 0)
      return rewriter.notifyMatchFailure(op, "tensor is not 0-d");
    auto extract = op.getElements()[0].getDefiningOp<tensor::ExtractOp>();
    if (!extract || extract.getTensor().getType() != op.getType())
      return rewriter.notifyMatchFailure(op, "element is of no 0-d tensor");
    rewriter.replaceOp(op, extract.getTensor());
    return success();
  }
};

/// mulf(x, 0.0) -> 0.0     over the real numbers
struct MultiplyByZero : SimplifyPattern<arith::MulFOp> {
  using SimplifyPattern::SimplifyPattern;

  LogicalResult matchAndRewrite(arith::MulFOp op,
                                PatternRewriter &rewriter) const override {
    if (!options.realArithmetic)
      return rewriter.notifyMatchFailure(op, "zero times infinity counts");
    if (!isa<RankedTensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "product is a scalar");
    for (Value operand : {op.getLhs(), op.getRhs()}) {
      auto constant = dyn_cast_or_null<FloatAttr>(getSplatConstant(operand));
      if (!constant || !constant.getValue().isZero())
        continue;
      rewriter.replaceOp(op, operand);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is zero");
  }
};

/// mulf(x, delta) -> contract(x[i, j], delta[i, j]) -> [i, j], which drops the
/// delta.
struct MultiplyByVirtual : SimplifyPattern<arith::MulFOp> {
  using SimplifyPattern::SimplifyPattern;

  LogicalResult matchAndRewrite(arith::MulFOp op,
                                PatternRewriter &rewriter) const override {
    auto isVirtual = [](Value value) {
      auto contraction = value.getDefiningOp<ContractOp>();
      return contraction && contraction.isVirtual();
    };
    if (!isVirtual(op.getLhs()) && !isVirtual(op.getRhs()))
      return rewriter.notifyMatchFailure(op, "no operand is virtual");
    if (!mayRegroup(op, options))
      return rewriter.notifyMatchFailure(op, "zero times infinity counts");
    auto type = cast<RankedTensorType>(op.getType());
    Subscripts subscripts;
    for (IndexId index = 0; index < type.getRank(); ++index)
      subscripts.push_back(LinearForm::bare(index));
    ContractionSpec spec;
    spec.inputs = {op.getLhs(), op.getRhs()};
    spec.indexing.operands = {subscripts, subscripts};
    spec.indexing.result = subscripts;
    spec.elementType = type.getElementType();
    rewriter.replaceOp(op, createContraction(rewriter, op.getLoc(), spec));
    return success();
  }
};

/// contract(addf(ab, c)[i, j] -> [j, i]) -> addf(ab', c'), where ab' is the
/// contraction ab with another result and c' a permutation of c. At least half
/// of the terms absorb the permutation.
struct PermuteTerms : SimplifyPattern<ContractOp> {
  using SimplifyPattern::SimplifyPattern;

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    if (!isPermutation(op))
      return rewriter.notifyMatchFailure(op, "contraction is no permutation");
    Operation *sum = op.getInputs()[0].getDefiningOp();
    if (!sum || !isa<arith::AddFOp, arith::SubFOp>(sum))
      return rewriter.notifyMatchFailure(op, "operand is no sum");
    if (!sum->hasOneUse())
      return rewriter.notifyMatchFailure(op, "sum has other uses");
    unsigned absorbing = llvm::count_if(sum->getOperands(), canAbsorb);
    if (2 * absorbing < sum->getNumOperands())
      return rewriter.notifyMatchFailure(op, "too few terms absorb it");
    SmallVector<Value> permuted;
    for (Value term : sum->getOperands())
      permuted.push_back(permute(rewriter, op, term));
    Operation *newSum = rewriter.clone(*sum);
    newSum->setOperands(permuted);
    newSum->getResult(0).setType(op.getType());
    rewriter.replaceOp(op, newSum);
    return success();
  }

private:
  static bool isPermutation(ContractOp op) {
    const Indexing &indexing = op.getIndexingValue();
    if (op.getInputs().size() != 1 || !indexing.isAllBare() ||
        !indexing.extents.empty() || indexing.conjugated[0] ||
        op.getInputType(0).getElementType() !=
            op.getResultType().getElementType())
      return false;
    unsigned rank = op.getResultType().getRank();
    return op.getInputType(0).getRank() == rank &&
           indexing.getNumIndices() == rank;
  }

  static bool canAbsorb(Value term) {
    auto contraction = term.getDefiningOp<ContractOp>();
    return contraction &&
           (contraction->hasOneUse() || isPermutation(contraction));
  }

  static Value permute(PatternRewriter &rewriter, ContractOp op, Value term) {
    ContractionSpec spec;
    spec.inputs = {term};
    spec.indexing = op.getIndexingValue();
    spec.elementType = op.getResultType().getElementType();
    Value result = createContraction(rewriter, op.getLoc(), spec);
    if (result.getType() != op.getType())
      result =
          tensor::CastOp::create(rewriter, op.getLoc(), op.getType(), result);
    return result;
  }
};

} // namespace

void mlir::tensornet::populateElementwisePatterns(
    RewritePatternSet &patterns, const SimplifyOptions &options) {
  patterns
      .add<ScaleContraction, MultiplyByZero, MultiplyByVirtual, PermuteTerms>(
          patterns.getContext(), options);
  patterns.add<DropScalarRoundTrip>(patterns.getContext());
}
