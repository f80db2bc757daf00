//===- OrderOperands.cpp - Small operands in the order of a large ---------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderOperands.h"

#include "Kernels/KernelCandidate.h"
#include "Kernels/KernelModel.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Rows or columns that few vectors multiply at least, for a copy of these to
/// pay.
static constexpr double kLeastProducts = 16;

namespace {

/// a[i, k] b[k, j] -> [i, j]     becomes
/// a[i, k] t[j, k] -> [i, j]   with   t = b[k, j] -> [j, k]
struct OrderOperand : OpRewritePattern<ContractOp> {
  OrderOperand(MLIRContext *context, unsigned vectorBits)
      : OpRewritePattern(context), vectorBits(vectorBits) {}

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getKernelAttr() || op.getInputs().size() != 2 ||
        !planContraction(op, vectorBits))
      return rewriter.notifyMatchFailure(op, "has no kernel of the model");
    ContractionShapes shapes = op.getShapes();
    for (unsigned number : {0, 1}) {
      if (countElements(shapes[number]) > countElements(shapes[1 - number]) / 2)
        continue;
      Indexing turned = op.getIndexingValue();
      turned.operands[number] = orderLike(turned, number);
      if (!suitsLoops(op, turned, number))
        continue;
      replaceOperand(rewriter, op, std::move(turned), number);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "multiplies no few vectors");
  }

private:
  /// The number of elements, or a typical one.
  static double countElements(ArrayRef<int64_t> shape) {
    double elements = 1;
    for (int64_t size : shape)
      elements *= double(estimate(size));
    return elements;
  }

  /// The subscripts of operand `number`: those that the result has, then the
  /// others as they lie in the other operand.
  static Subscripts orderLike(const Indexing &indexing, unsigned number) {
    const Subscripts &operand = indexing.operands[number];
    const Subscripts &other = indexing.operands[1 - number];
    auto isKept = [&](const LinearForm &form) {
      return llvm::is_contained(indexing.result, form);
    };
    Subscripts ordered;
    llvm::copy_if(operand, std::back_inserter(ordered), isKept);
    llvm::copy_if(other, std::back_inserter(ordered),
                  [&](const LinearForm &form) {
                    return !isKept(form) && llvm::is_contained(operand, form);
                  });
    return ordered;
  }

  /// True where vector loops suit `op` with `turned` subscripts of operand
  /// `number`.
  bool suitsLoops(ContractOp op, const Indexing &turned,
                  unsigned number) const {
    const Subscripts &subscripts = op.getIndexingValue().operands[number];
    if (turned.operands[number].size() != subscripts.size())
      return false;
    ContractionShapes shapes = op.getShapes(), before = shapes;
    for (auto [size, form] :
         llvm::zip_equal(shapes[number], turned.operands[number]))
      size = before[number][llvm::find(subscripts, form) - subscripts.begin()];
    std::optional<KernelPlan> plan = planProducts(
        op.getComputeType(), turned, shapes, op.getStaticExtents(), vectorBits);
    return plan && paysToTurn(*plan) && suitsVectorLoops(op, *plan, vectorBits);
  }

  /// True where enough rows or columns are multiplied.
  static bool paysToTurn(const KernelPlan &plan) {
    KernelExtents extents = estimateExtents(plan);
    return std::max(extents.rows, extents.columns) >= kLeastProducts;
  }

  static void replaceOperand(PatternRewriter &rewriter, ContractOp op,
                             Indexing turned, unsigned number) {
    ContractionSpec copy, product;
    copy.inputs = {op.getInputs()[number]};
    copy.indexing.operands = {op.getIndexingValue().operands[number]};
    copy.indexing.result = turned.operands[number];
    copy.elementType = op.getInputType(number).getElementType();
    product.inputs.assign(op.getInputs().begin(), op.getInputs().end());
    product.inputs[number] = createContraction(rewriter, op.getLoc(), copy);
    product.indexing = std::move(turned);
    product.elementType = op.getResultType().getElementType();
    product.resultSizes = op.getResultSizes(rewriter, op.getLoc());
    rewriter.replaceOp(op, createContraction(rewriter, op.getLoc(), product));
  }

  unsigned vectorBits;
};

} // namespace

void cpu::populateOrderOperandsPatterns(RewritePatternSet &patterns,
                                        unsigned vectorBits) {
  patterns.add<OrderOperand>(patterns.getContext(), vectorBits);
}
