//===- OrderResults.cpp - Results in the order of an operand --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderResults.h"

#include "Kernels/KernelCandidate.h"
#include "Kernels/KernelModel.h"
#include "Threads/Threads.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// The operand is no smaller than this.
static constexpr double kLeastBytes = 1 << 20;
/// Points of the sum for each row: how many times larger than the result the
/// operand is. Where joined columns are collected, each block of a long sum
/// updates strips of the result.
static constexpr double kSumPerRow = 4, kJoinedSumPerRow = 3;
static constexpr double kLongSumPerRow = 1, kLongSum = 1024;

/// Rows of a matrix that lie side by side take the place of columns which fill
/// at most this part of their vectors. Multiply-adds of vectors which that
/// saves for each number of the result, and products, that pay for it.
static constexpr double kMostFilled = 0.75, kLeastSaved = 0.45;
static constexpr double kLeastWork = 1 << 13;
/// Cycles of multiplications from which threads share them though one of them
/// transposes a small result, which the others wrote.
static constexpr double kLeastSharedCycles = 60000;

/// True where few columns fill few lanes, while rows lie side by side.
static bool wastesLanes(const KernelPlan &plan, const KernelTarget &target) {
  auto [rows, columns, sum] = estimateExtents(plan);
  double lanes =
      double(plan.isTiny() ? plan.vectorLength : target.vectorLength);
  auto getFilled = [&](double extent) {
    return extent / (std::ceil(extent / lanes) * lanes);
  };
  double along = double(estimate(plan.m.extent)), filled = getFilled(columns);
  double saved = sum / lanes * (1 / filled - 1 / getFilled(along));
  return plan.m.isUnit(kA) && plan.nOuter.empty() && plan.parts == 1 &&
         plan.n.extent != kDynamicExtent && filled <= kMostFilled &&
         along >= lanes && saved >= kLeastSaved &&
         rows * columns * sum >= kLeastWork;
}

/// True where one thread had better compute the numbers that it transposes
/// then.
static bool isForOneThread(const KernelPlan &plan, const KernelTarget &target) {
  auto [rows, columns, sum] = estimateExtents(plan);
  double numbers = rows * columns * double(estimateProduct(plan.batch));
  return numbers * double(target.elementBytes) < kMinThreadedCost &&
         numbers * sum / (2 * double(target.vectorLength)) < kLeastSharedCycles;
}

/// True where no operand is converted, which a matrix unit may multiply that
/// takes no kernel from others.
static bool multipliesOnVectors(ContractOp op) {
  return llvm::all_of(op.getInputs(), [&](Value input) {
    return cast<RankedTensorType>(input.getType()).getElementType() ==
           op.getComputeType();
  });
}

/// True for products of bytes, of which a matrix unit turns either operand
/// round quickly.
static bool multipliesBytes(ContractOp op) {
  return llvm::all_of(op.getInputs(), [](Value input) {
    return cast<RankedTensorType>(input.getType())
        .getElementType()
        .isInteger(8);
  });
}

/// True where a kernel had better write the result as the operand lies that it
/// reads vectors of across columns.
static bool paysToOrder(const KernelPlan &plan, int64_t elementBytes) {
  if (!plan.packsAcross() && !plan.collectsColumns())
    return false;
  auto [rows, columns, sum] = estimateExtents(plan);
  int64_t run = plan.nOuter.back().extent;
  if (columns * sum * double(elementBytes) < kLeastBytes ||
      run < plan.vectorLength)
    return false;
  if (plan.collectsColumns())
    return sum >= (sum >= kLongSum ? kLongSumPerRow : kJoinedSumPerRow) * rows;
  // Squares that runs fill are quick: what takes their place has to be longer.
  bool fillsSquares = run % plan.vectorLength == 0;
  return sum >= kSumPerRow * rows && (!fillsSquares || run > plan.n.extent);
}

namespace {

/// a[k, j, i] b[m, k] -> [i, m, j]     becomes
/// s[m, j, i] -> [i, m, j]   with   s = a[k, j, i] b[m, k] -> [m, j, i]
struct OrderResult : OpRewritePattern<ContractOp> {
  OrderResult(MLIRContext *context, unsigned vectorBits)
      : OpRewritePattern(context), vectorBits(vectorBits) {}

  LogicalResult matchAndRewrite(ContractOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getKernelAttr())
      return rewriter.notifyMatchFailure(op, "has a kernel");
    auto inputs = op.getInputs();
    if (inputs.size() != 2 || !op.getResultType().hasStaticShape() ||
        op.getComputeType() != op.getResultType().getElementType())
      return rewriter.notifyMatchFailure(op, "is of another kind");
    if (llvm::any_of(op->getUsers(), [](Operation *user) {
          return isa<ContractOp>(user) ||
                 OpTrait::hasElementwiseMappableTraits(user);
        }))
      return rewriter.notifyMatchFailure(op, "other ops may fuse with it");
    std::optional<KernelPlan> plan = planContraction(op, vectorBits);
    KernelTarget target = getKernelTarget(op.getComputeType(), vectorBits);
    if (!plan)
      return rewriter.notifyMatchFailure(op, "has no kernel");
    bool alongRows = wastesLanes(*plan, target) && !multipliesBytes(op);
    if (!alongRows && !paysToOrder(*plan, target.elementBytes))
      return rewriter.notifyMatchFailure(op, "a transposition does not pay");
    unsigned number = plan->swapped != alongRows ? 0 : 1;

    ContractionSpec sum;
    sum.inputs.assign(inputs.begin(), inputs.end());
    sum.indexing = op.getIndexingValue();
    sum.indexing.result = orderLike(sum.indexing, number);
    sum.elementType = op.getComputeType();
    // An operand may know less of its shape than the result.
    for (const LinearForm &form : sum.indexing.result) {
      const Subscripts &result = op.getIndexingValue().result;
      int64_t size = op.getResultType().getDimSize(llvm::find(result, form) -
                                                   result.begin());
      sum.resultSizes.push_back(rewriter.getIndexAttr(size));
    }
    ContractionSpec transposed;
    transposed.inputs = {createContraction(rewriter, op.getLoc(), sum)};
    if (alongRows && isForOneThread(*plan, target) && multipliesOnVectors(op)) {
      KernelChoice onOneThread;
      onOneThread.distribute = Distribution::none;
      transposed.inputs[0].getDefiningOp<ContractOp>().setKernelAttr(
          KernelAttr::get(getContext(), onOneThread));
    }
    transposed.indexing.operands = {sum.indexing.result};
    transposed.indexing.result = op.getIndexingValue().result;
    transposed.elementType = sum.elementType;
    rewriter.replaceOp(op,
                       createContraction(rewriter, op.getLoc(), transposed));
    return success();
  }

private:
  /// The indices of the result: those that operand `number` does not have
  /// alone, then the others as they lie there.
  static Subscripts orderLike(const Indexing &indexing, unsigned number) {
    const Subscripts &operand = indexing.operands[number];
    const Subscripts &other = indexing.operands[1 - number];
    auto isColumn = [&](const LinearForm &form) {
      return llvm::is_contained(operand, form) &&
             !llvm::is_contained(other, form);
    };
    Subscripts ordered;
    llvm::copy_if(indexing.result, std::back_inserter(ordered),
                  [&](const LinearForm &form) { return !isColumn(form); });
    llvm::copy_if(
        operand, std::back_inserter(ordered), [&](const LinearForm &form) {
          return isColumn(form) && llvm::is_contained(indexing.result, form);
        });
    return ordered;
  }

  unsigned vectorBits;
};

} // namespace

void cpu::populateOrderResultsPatterns(RewritePatternSet &patterns,
                                       unsigned vectorBits) {
  patterns.add<OrderResult>(patterns.getContext(), vectorBits);
}
