//===- FusibleContractions.cpp - Contractions to linalg that fuses --------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels/KernelCandidate.h"
#include "OrderOperands.h"
#include "OrderResults.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "tensornet/Conversion/TensorNetToDestination.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"
#include "tensornet/Conversion/Utils/RunTimeChecks.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETFUSIBLECONTRACTIONS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

/// True for a contraction with bare subscripts, each index once per tensor.
bool isPlainContraction(const Indexing &indexing) {
  return indexing.extents.empty() && isPlain(indexing.result) &&
         llvm::all_of(indexing.operands, isPlain);
}

/// The loops of a contraction as linalg counts them: one per index, in an
/// order that walks the largest tensor along its memory.
struct LoopOrder {
  /// For every index its loop.
  SmallVector<unsigned> loops;
  /// True for indices that the result has.
  SmallVector<bool> parallel;

  explicit LoopOrder(const Indexing &indexing)
      : parallel(indexing.getNumIndices(), false) {
    const Subscripts *largest = &indexing.result;
    for (const Subscripts &operand : indexing.operands)
      if (operand.size() > largest->size())
        largest = &operand;
    SmallVector<IndexId> order;
    // What the largest tensor lacks goes around its loops.
    for (IndexId index = 0; index < parallel.size(); ++index)
      if (llvm::none_of(*largest, [&](const LinearForm &form) {
            return form.getBareIndex() == index;
          }))
        order.push_back(index);
    for (const LinearForm &form : *largest)
      order.push_back(form.getBareIndex());
    loops.resize(order.size());
    for (auto [loop, index] : llvm::enumerate(order))
      loops[index] = loop;
    for (const LinearForm &form : indexing.result)
      parallel[form.getBareIndex()] = true;
  }

  AffineMap getMap(const Subscripts &subscripts, MLIRContext *context) const {
    SmallVector<AffineExpr> results;
    for (const LinearForm &form : subscripts)
      results.push_back(getAffineDimExpr(loops[form.getBareIndex()], context));
    return AffineMap::get(loops.size(), 0, results, context);
  }

  SmallVector<utils::IteratorType> getIterators() const {
    SmallVector<utils::IteratorType> iterators(loops.size());
    for (auto [index, loop] : llvm::enumerate(loops))
      iterators[loop] = parallel[index] ? utils::IteratorType::parallel
                                        : utils::IteratorType::reduction;
    return iterators;
  }
};

/// sum(a)[i, j] -> broadcast(sum(a)[i])[j]     (no operand has index j)
struct SplitBroadcast : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    const Indexing &indexing = op.getIndexingValue();
    if (!isPlainContraction(indexing))
      return rewriter.notifyMatchFailure(op, "has subscripts of other kinds");
    SmallVector<bool> inOperand(indexing.getNumIndices(), false);
    for (const Subscripts &operand : indexing.operands)
      for (const LinearForm &form : operand)
        inOperand[form.getBareIndex()] = true;
    Subscripts kept;
    for (const LinearForm &form : indexing.result)
      if (inOperand[form.getBareIndex()])
        kept.push_back(form);
    bool sums = llvm::count(inOperand, true) > int64_t(kept.size());
    if (!sums || kept.size() == indexing.result.size())
      return rewriter.notifyMatchFailure(op, "no sum that is broadcast");

    ContractionSpec sum;
    sum.inputs.assign(op.getInputs().begin(), op.getInputs().end());
    sum.indexing = indexing;
    sum.indexing.result = kept;
    sum.elementType = op.getComputeType();
    ContractionSpec broadcast;
    broadcast.inputs = {createContraction(rewriter, op.getLoc(), sum)};
    broadcast.indexing.operands = {kept};
    broadcast.indexing.result = indexing.result;
    broadcast.elementType = op.getResultType().getElementType();
    broadcast.resultSizes = op.getResultSizes(rewriter, op.getLoc());
    rewriter.replaceOp(op, createContraction(rewriter, op.getLoc(), broadcast));
    return success();
  }
};

/// sum(a[] * b[i, j] * c[i, j]) -> a[] * sum(b[i, j] * c[i, j])
///
/// Factors that no summed index has are multiplied once, not at each point.
struct FactorOutOfSum : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    const Indexing &indexing = op.getIndexingValue();
    if (!isPlainContraction(indexing) || indexing.operands.size() < 3)
      return rewriter.notifyMatchFailure(op, "has one product or none");
    SmallVector<bool> isKept(indexing.getNumIndices(), false);
    for (const LinearForm &form : indexing.result)
      isKept[form.getBareIndex()] = true;
    ContractionSpec sum, product;
    SmallVector<bool> inSum(indexing.getNumIndices(), false);
    for (auto [number, operand] : llvm::enumerate(indexing.operands)) {
      bool isFactor = llvm::all_of(operand, [&](const LinearForm &form) {
        return isKept[form.getBareIndex()];
      });
      ContractionSpec &target = isFactor ? product : sum;
      target.inputs.push_back(op.getInputs()[number]);
      target.indexing.operands.push_back(operand);
      target.indexing.conjugated.push_back(indexing.conjugated[number]);
      for (const LinearForm &form : operand)
        inSum[form.getBareIndex()] |= !isFactor;
    }
    if (product.inputs.empty() || sum.inputs.size() < 2)
      return rewriter.notifyMatchFailure(op, "no factor outside of the sum");
    for (const LinearForm &form : indexing.result)
      if (inSum[form.getBareIndex()])
        sum.indexing.result.push_back(form);
    sum.elementType = op.getComputeType();
    product.inputs.push_back(createContraction(rewriter, op.getLoc(), sum));
    product.indexing.operands.push_back(sum.indexing.result);
    product.indexing.conjugated.push_back(false);
    product.indexing.result = indexing.result;
    product.elementType = op.getResultType().getElementType();
    product.resultSizes = op.getResultSizes(rewriter, op.getLoc());
    rewriter.replaceOp(op, createContraction(rewriter, op.getLoc(), product));
    return success();
  }
};

/// True where the memory of `value` is ours to update: an intermediate, or what
/// a loop carries.
bool isWritable(Value value) {
  if (Operation *producer = value.getDefiningOp())
    return !producer->hasTrait<OpTrait::ConstantLike>();
  auto argument = cast<BlockArgument>(value);
  auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
  return loop && argument != loop.getInductionVar();
}

/// True where `value` needs no memory of its own: what is elementwise, or only
/// repeats numbers, becomes part of what reads it.
bool isComputedInPlace(Value value, unsigned vectorBits) {
  Operation *producer = value.getDefiningOp();
  if (!producer || OpTrait::hasElementwiseMappableTraits(producer))
    return producer;
  auto contract = dyn_cast<ContractOp>(producer);
  if (!contract || contract.getKernelAttr() ||
      !isPlainContraction(contract.getIndexingValue()) ||
      planContraction(contract, vectorBits))
    return false;
  return !llvm::is_contained(LoopOrder(contract.getIndexingValue()).parallel,
                             false);
}

/// True where at most one elementwise op reads `value`: a second one would
/// compute it again.
bool hasOneElementwiseUser(Value value) {
  return llvm::count_if(value.getUses(), [](OpOperand &use) {
           return OpTrait::hasElementwiseMappableTraits(use.getOwner());
         }) <= 1;
}

/// x + contract(a, b) -> contract_into(a, b) outs(x), where x is an
/// intermediate in memory, or a sum that a loop carries, that nothing else
/// needs.
struct AccumulateSum : OpRewritePattern<arith::AddFOp> {
  AccumulateSum(MLIRContext *context, unsigned vectorBits)
      : OpRewritePattern(context), vectorBits(vectorBits) {}

  LogicalResult matchAndRewrite(arith::AddFOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [sum, other] : {std::pair(op.getLhs(), op.getRhs()),
                              std::pair(op.getRhs(), op.getLhs())}) {
      auto contract = sum.getDefiningOp<ContractOp>();
      if (!contract || !contract->hasOneUse() || sum == other ||
          !other.hasOneUse() || !isWritable(other) ||
          (isComputedInPlace(other, vectorBits) &&
           hasOneElementwiseUser(op.getResult())) ||
          contract.getComputeType() !=
              contract.getResultType().getElementType() ||
          (!contract.getKernelAttr() && !planContraction(contract, vectorBits)))
        continue;
      createRunTimeChecks(rewriter, contract);
      auto into = ContractIntoOp::create(
          rewriter, op.getLoc(), other.getType(), contract.getInputs(),
          contract.getExtents(), other, contract.getIndexing(),
          /*in_bounds=*/false, /*counts=*/ArrayRef<int64_t>(),
          contract.getKernelAttr());
      rewriter.replaceOp(op, into);
      rewriter.eraseOp(contract);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "adds no kernel's result");
  }

private:
  unsigned vectorBits;
};

/// contract -> linalg.generic, where no kernel is better and every subscript is
/// bare.
struct ContractToGeneric : OpRewritePattern<ContractOp> {
  ContractToGeneric(MLIRContext *context, unsigned vectorBits)
      : OpRewritePattern(context), vectorBits(vectorBits) {}

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    const Indexing &indexing = op.getIndexingValue();
    if (!isPlainContraction(indexing))
      return rewriter.notifyMatchFailure(op, "has subscripts of other kinds");
    if (op.getKernelAttr() || planContraction(op, vectorBits))
      return rewriter.notifyMatchFailure(op, "a kernel is better");
    createRunTimeChecks(rewriter, op);

    LoopOrder order(indexing);
    bool sums = llvm::is_contained(order.parallel, false);
    Type elementType =
        sums ? op.getComputeType() : op.getResultType().getElementType();
    Value init = sums ? createZeroResult(rewriter, op, elementType)
                      : createEmptyResult(rewriter, op, elementType);
    SmallVector<AffineMap> maps;
    for (const Subscripts &operand : indexing.operands)
      maps.push_back(order.getMap(operand, op.getContext()));
    maps.push_back(order.getMap(indexing.result, op.getContext()));
    auto body = [&](OpBuilder &builder, Location loc, ValueRange args) {
      Value value = multiply(builder, loc, op, args.drop_back());
      if (sums)
        value = createElementSum(builder, loc, args.back(), value);
      linalg::YieldOp::create(
          builder, loc, createElementCast(builder, loc, value, elementType));
    };
    auto generic = linalg::GenericOp::create(
        rewriter, op.getLoc(), init.getType(), op.getInputs(), init, maps,
        order.getIterators(), body);
    rewriter.replaceOp(op, createRounding(rewriter, op, generic.getResult(0)));
    return success();
  }

private:
  /// The product of one element of every operand, in the compute type.
  static Value multiply(OpBuilder &builder, Location loc, ContractOp op,
                        ValueRange elements) {
    Type type = op.getComputeType();
    Value product;
    for (auto [number, element] : llvm::enumerate(elements)) {
      Value factor = createElementCast(builder, loc, element, type);
      if (op.getIndexingValue().conjugated[number])
        factor = createElementConjugate(builder, loc, factor);
      product = product ? createElementProduct(builder, loc, product, factor)
                        : factor;
    }
    return product ? product : createOneElement(builder, loc, type);
  }

  unsigned vectorBits;
};

struct FusibleContractions
    : tensornet::impl::TensorNetFusibleContractionsBase<FusibleContractions> {
  using TensorNetFusibleContractionsBase::TensorNetFusibleContractionsBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    RewritePatternSet prepare(&getContext()), lower(&getContext());
    prepare.add<SplitBroadcast, FactorOutOfSum>(&getContext());
    prepare.add<AccumulateSum>(&getContext(), bits);
    populateOrderOperandsPatterns(prepare, bits);
    populateOrderResultsPatterns(prepare, bits);
    walkAndApplyPatterns(getOperation(), std::move(prepare));
    lower.add<ContractToGeneric>(&getContext(), bits);
    walkAndApplyPatterns(getOperation(), std::move(lower));
  }
};

} // namespace
