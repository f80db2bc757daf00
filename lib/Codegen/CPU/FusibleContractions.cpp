//===- FusibleContractions.cpp - Contractions to linalg that fuses --------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCandidate.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "tensornet/Codegen/CPU/HostVectors.h"
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

/// contract -> linalg.generic, where no kernel is better and every subscript is
/// bare.
struct ContractToGeneric : OpRewritePattern<ContractOp> {
  ContractToGeneric(MLIRContext *context, unsigned vectorBits)
      : OpRewritePattern(context), vectorBits(vectorBits) {}

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    const Indexing &indexing = op.getIndexingValue();
    if (!indexing.extents.empty() || !isPlain(indexing.result) ||
        !llvm::all_of(indexing.operands, isPlain))
      return rewriter.notifyMatchFailure(op, "has subscripts of other kinds");
    if (planContraction(op, vectorBits))
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
    RewritePatternSet patterns(&getContext());
    patterns.add<ContractToGeneric>(
        &getContext(), vectorWidth ? vectorWidth : getHostVectorBits());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
