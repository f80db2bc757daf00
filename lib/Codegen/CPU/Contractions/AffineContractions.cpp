//===- AffineContractions.cpp - Masks and affine subscripts ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConditionBounds.h"
#include "FiniteChecks.h"
#include "Kernels/KernelCandidate.h"
#include "LowerPadding.h"
#include "MaskedTensor.h"
#include "SplitResults.h"
#include "SplitWindows.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "tensornet/Conversion/TensorNetToDestination.h"
#include "tensornet/Conversion/TensorNetToLinalg/GenericContraction.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"
#include "tensornet/Conversion/Utils/RunTimeChecks.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETAFFINECONTRACTIONS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

using Condition = LoweredContraction::Condition;

namespace {

/// Lowers one contraction whose index points are not simply all that bare
/// subscripts reach.
class AffineLowering {
public:
  AffineLowering(RewriterBase &rewriter, FiniteChecks &checks, ContractOp op,
                 unsigned vectorBits)
      : rewriter(rewriter), checks(checks), op(op), loc(op.getLoc()),
        contraction(rewriter, op), vectorBits(vectorBits) {}

  /// Fails, and leaves the contraction alone, where only the run knows how its
  /// operands would have to be padded.
  LogicalResult run();

private:
  LogicalResult chooseShapes();
  bool suitsKernel();
  /// The subscripts of the shaped contraction.
  Indexing getShapedIndexing() const;
  /// Moves the index that fills vectors best to the end of the accumulator.
  void orderAccumulator();
  /// The accumulator `sum` with dimensions in the order of the result.
  Value restoreOrder(Value sum);
  /// Gives every condition to the result or to an operand that has its
  /// indices, or leaves those of the sum to the kernel; false where none of
  /// these can test it.
  bool placeConditions();
  void maskOperands();
  /// The operands that must be finite where zeros stand for absent points of
  /// others.
  SmallVector<Value> getFactorsOfZeros() const;
  /// The kernel that adds to `zeros`.
  Value createKernel(Value zeros);
  Value createSum();

  RewriterBase &rewriter;
  FiniteChecks &checks;
  ContractOp op;
  Location loc;
  LoweredContraction contraction;
  unsigned vectorBits;
  ShapedContraction shapes;
  /// The dimensions of the result in the order of the accumulator.
  SmallVector<int64_t> order;
  /// The operands, shaped and masked.
  SmallVector<Value> tensors;
  SmallVector<Condition> resultConditions;
  SmallVector<SmallVector<Condition>> operandConditions;
  /// The kernel is to leave out what other conditions exclude.
  bool limitsSum = false;
};

} // namespace

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// True where linalg could not write the result element by element.
static bool scatters(const LoweredContraction &contraction) {
  llvm::SmallBitVector seen(contraction.extents.size());
  for (auto [dim, form] : llvm::enumerate(contraction.result)) {
    bool isWindow =
        form.getTerms().size() == 1 && form.getTerms()[0].coefficient == 1;
    if (!isWindow || seen[form.getTerms()[0].index])
      return true;
    seen.set(form.getTerms()[0].index);
  }
  return false;
}

LogicalResult AffineLowering::chooseShapes() {
  std::optional<ShapedContraction> plan;
  if (scatters(contraction)) {
    LoweredContraction gathered = contraction;
    if (succeeded(gatherResult(gathered)))
      plan = ShapedContraction::get(rewriter, gathered);
    if (plan)
      contraction = gathered;
  }
  if (!plan)
    plan = ShapedContraction::get(rewriter, contraction);
  if (!plan)
    return failure();
  shapes = *plan;
  return success();
}

Indexing AffineLowering::getShapedIndexing() const {
  Indexing indexing;
  for (auto [factor, operand] :
       llvm::zip_equal(contraction.factors, shapes.operands)) {
    indexing.operands.push_back(operand.getForms());
    indexing.conjugated.push_back(factor.conjugated);
  }
  indexing.result = shapes.result.forms;
  return indexing;
}

bool AffineLowering::suitsKernel() {
  Type type = contraction.computeType;
  Indexing indexing = getShapedIndexing();
  llvm::SmallBitVector isRead(contraction.extents.size());
  indexing.walk([&](const LinearForm &form) {
    for (LinearForm::Term term : form.getTerms())
      isRead.set(term.index);
  });
  if (!isKernelType(type) || !isRead.all() ||
      llvm::any_of(contraction.factors,
                   [](const auto &factor) { return factor.counts; }))
    return false;
  SmallVector<SmallVector<int64_t>> strides;
  for (Value tensor : tensors)
    strides.push_back(getRowMajorStrides(
        cast<RankedTensorType>(tensor.getType()).getShape()));
  SmallVector<int64_t> resultShape;
  for (OpFoldResult size : shapes.result.sizes)
    resultShape.push_back(getConstantIntValue(size).value_or(kDynamicExtent));
  strides.push_back(getRowMajorStrides(resultShape));
  auto candidate =
      KernelCandidate::get(indexing, strides, contraction.staticExtents,
                           /*inBounds=*/true);
  return candidate &&
         planKernel(candidate->dims, getKernelTarget(type, vectorBits));
}

//===----------------------------------------------------------------------===//
// Order of the accumulator
//===----------------------------------------------------------------------===//

/// The share of the lanes of vectors of `length` that `extent` points fill.
static double getFilledLanes(int64_t extent, int64_t length) {
  return double(extent) / llvm::alignTo(extent, length);
}

/// Vectors of a kernel run along the last dimension of what it writes. Where
/// that is short, such as the width of a convolution's window in the gradient
/// of its weights, another order pays for a transposition.
void AffineLowering::orderAccumulator() {
  unsigned rank = shapes.result.forms.size();
  order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (rank < 2 || !isPlain(shapes.result.forms))
    return;
  int64_t length =
      getKernelTarget(contraction.computeType, vectorBits).vectorLength;
  auto getShare = [&](unsigned dim) {
    std::optional<int64_t> extent =
        getConstantIntValue(shapes.result.sizes[dim]);
    return extent && *extent > 0 ? getFilledLanes(*extent, length) : 1.0;
  };
  auto isInOneOperand = [&](unsigned dim) {
    IndexId index = shapes.result.forms[dim].getBareIndex();
    return llvm::count_if(shapes.operands, [&](const ShapedOperand &operand) {
             return llvm::any_of(operand.getForms(), [&](const auto &form) {
               return form.uses(index);
             });
           }) == 1;
  };
  unsigned best = rank - 1;
  for (unsigned dim = rank - 1; dim-- > 0;)
    if (isInOneOperand(dim) && getShare(dim) > getShare(best))
      best = dim;
  if (getShare(best) < 2 * getShare(rank - 1))
    return;
  order.erase(order.begin() + best);
  order.push_back(best);
  applyPermutationToVector(shapes.result.forms, order);
  applyPermutationToVector(shapes.result.sizes, order);
}

Value AffineLowering::restoreOrder(Value sum) {
  SmallVector<int64_t> inverse = invertPermutationVector(order);
  if (isIdentityPermutation(order))
    return sum;
  applyPermutationToVector(shapes.result.forms, inverse);
  applyPermutationToVector(shapes.result.sizes, inverse);
  Value empty =
      shapes.result.createEmpty(rewriter, loc, contraction.computeType);
  AffineMap identity = rewriter.getMultiDimIdentityMap(order.size());
  AffineMap transposed =
      AffineMap::getPermutationMap(order, rewriter.getContext());
  SmallVector<utils::IteratorType> iterators(order.size(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             rewriter, loc, empty.getType(), sum, empty, {transposed, identity},
             iterators,
             [](OpBuilder &nested, Location loc, ValueRange elements) {
               linalg::YieldOp::create(nested, loc, elements[0]);
             })
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

/// True where `forms` are bare subscripts that include `indices`.
static bool spans(const Subscripts &forms, ArrayRef<IndexId> indices) {
  return isPlain(forms) && llvm::all_of(indices, [&](IndexId index) {
           return llvm::is_contained(forms, LinearForm::bare(index));
         });
}

/// True where a matrix unit might multiply the elements of `tensor`, which adds
/// several points of the sum at a time.
static bool isHalf(Value tensor) {
  Type element = getElementTypeOrSelf(tensor);
  return element.isF16() || element.isBF16();
}

bool AffineLowering::placeConditions() {
  resultConditions.clear();
  operandConditions.assign(tensors.size(), {});
  SmallVector<Condition> ofSum;
  for (const Condition &condition : contraction.conditions) {
    SmallVector<IndexId> indices = condition.getIndices();
    if (llvm::any_of(indices,
                     [&](IndexId index) { return shapes.isReversed[index]; }))
      return false;
    if (spans(shapes.result.forms, indices))
      resultConditions.push_back(condition);
    else
      ofSum.push_back(condition);
  }
  limitsSum = !ofSum.empty() && llvm::none_of(tensors, isHalf) &&
              llvm::all_of(ofSum, [&](const Condition &condition) {
                return canLimitSum(condition, getShapedIndexing());
              });
  if (limitsSum)
    return true;
  for (const Condition &condition : ofSum) {
    SmallVector<IndexId> indices = condition.getIndices();
    auto *operand = llvm::find_if(shapes.operands, [&](const auto &shaped) {
      return spans(shaped.getForms(), indices);
    });
    if (operand == shapes.operands.end())
      return false;
    operandConditions[operand - shapes.operands.begin()].push_back(condition);
  }
  return true;
}

void AffineLowering::maskOperands() {
  for (auto [tensor, operand, conditions] :
       llvm::zip_equal(tensors, shapes.operands, operandConditions))
    tensor =
        createMasked(rewriter, loc, tensor, operand.getForms(), conditions);
}

SmallVector<Value> AffineLowering::getFactorsOfZeros() const {
  if (isa<IntegerType>(contraction.computeType))
    return {};
  SmallVector<bool> hasZeros;
  for (auto [operand, conditions] :
       llvm::zip_equal(shapes.operands, operandConditions))
    hasZeros.push_back(operand.isPadded() || !conditions.empty());
  int64_t numZeroed = llvm::count(hasZeros, true);
  SmallVector<Value> factors;
  for (auto [factor, zeroed] : llvm::zip_equal(contraction.factors, hasZeros))
    if (numZeroed > (zeroed ? 1 : 0))
      factors.push_back(factor.tensor);
  return factors;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// The kernel of `op`, whose indices change; null without one.
static KernelAttr getKernelWithoutRoles(ContractOp op) {
  if (!op.getKernelAttr())
    return nullptr;
  KernelChoice choice = op.getKernelAttr().getValue();
  choice.batch = choice.rows = choice.columns = choice.sum = std::nullopt;
  return KernelAttr::get(op.getContext(), choice);
}

Value AffineLowering::createKernel(Value zeros) {
  Indexing indexing = getShapedIndexing();
  SmallVector<SmallVector<SubscriptPlace, 2>> places = getBarePlaces(indexing);
  SmallVector<std::pair<IndexId, Value>> dynamicExtents;
  for (auto [index, bare] : llvm::enumerate(places))
    if (bare.empty())
      indexing.extents.push_back(
          {IndexId(index), contraction.staticExtents[index]});
  SmallVector<std::optional<IndexId>> numbers = indexing.renumberByAppearance();
  for (auto [index, number] : llvm::enumerate(numbers))
    if (number && indexing.getExplicitExtent(*number) == kDynamicExtent)
      dynamicExtents.push_back(
          {*number, cast<Value>(contraction.extents[index])});
  llvm::sort(dynamicExtents, llvm::less_first());
  IntegerSetAttr bounds =
      getBounds(rewriter.getContext(), contraction.conditions, numbers,
                indexing.getNumIndices());
  auto sum = ContractIntoOp::create(
      rewriter, loc, zeros.getType(), tensors,
      llvm::to_vector(llvm::make_second_range(dynamicExtents)), zeros,
      IndexingAttr::get(rewriter.getContext(), indexing),
      /*in_bounds=*/true, /*counts=*/ArrayRef<int64_t>(),
      getKernelWithoutRoles(op));
  sum.setBoundedPoints(bounds, /*origin=*/{}, limitsSum);
  return sum.getOutputs()[0];
}

Value AffineLowering::createSum() {
  SmallVector<Value> factors = getFactorsOfZeros();
  Value empty =
      shapes.result.createEmpty(rewriter, loc, contraction.computeType);
  auto createZeros = [&] {
    Value zero = createZeroElement(rewriter, loc, contraction.computeType);
    return linalg::FillOp::create(rewriter, loc, zero, empty).getResult(0);
  };
  if (factors.empty())
    return createKernel(createZeros());
  // A zero in the place of an absent point drops it unless the other factor is
  // infinite or not a number: then loops test every point. Both ways write to
  // one destination.
  Value isFinite = checks.create(rewriter, loc, factors);
  auto choice = scf::IfOp::create(
      rewriter, loc, isFinite,
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(rewriter, loc, createKernel(createZeros()));
      },
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(rewriter, loc,
                             createGenericSum(rewriter, contraction, shapes,
                                              tensors, createZeros()));
      });
  return choice.getResult(0);
}

LogicalResult AffineLowering::run() {
  if (hasNoPoints(op)) {
    Type elementType = op.getResultType().getElementType();
    createRunTimeChecks(rewriter, op);
    rewriter.replaceOp(op, createZeroResult(rewriter, op, elementType));
    return success();
  }
  if (failed(chooseShapes()))
    return failure();
  createRunTimeChecks(rewriter, op);
  tensors = shapes.createOperands(rewriter, contraction);
  ShapedResult inOrder = shapes.result;
  if (isKernelType(contraction.computeType))
    orderAccumulator();
  if (!suitsKernel() || !placeConditions()) {
    shapes.result = inOrder;
    rewriter.replaceOp(
        op, createGenericContraction(rewriter, contraction, shapes, tensors));
    return success();
  }
  maskOperands();
  Value sum = restoreOrder(createSum());
  sum = createMasked(rewriter, loc, sum, shapes.result.forms, resultConditions);
  rewriter.replaceOp(op, createResult(rewriter, contraction, shapes, sum));
  return success();
}

namespace {

/// True for contractions that bare subscripts alone do not describe.
bool hasAbsentPoints(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  return !indexing.extents.empty() || !isPlain(indexing.result) ||
         !llvm::all_of(indexing.operands, isPlain) ||
         llvm::any_of(op.getInputs(), [](Value input) {
           auto producer = input.getDefiningOp<ContractOp>();
           return producer && producer.isVirtual();
         });
}

/// True for a contraction of stored tensors of which everything is known.
bool hasStaticShapes(ContractOp op) {
  auto isStatic = [](Value value) {
    return cast<RankedTensorType>(value.getType()).hasStaticShape();
  };
  return !op.isVirtual() && isStatic(op.getResult()) &&
         llvm::all_of(op.getInputs(), isStatic) && op.getExtents().empty();
}

struct AffineContractions
    : tensornet::impl::TensorNetAffineContractionsBase<AffineContractions> {
  using TensorNetAffineContractionsBase::TensorNetAffineContractionsBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    IRRewriter rewriter(&getContext());
    FiniteChecks checks;
    SmallVector<ContractOp> contractions;
    getOperation()->walk([&](ContractOp op) { contractions.push_back(op); });
    for (ContractOp op : contractions)
      if (hasStaticShapes(op))
        splitResult(rewriter, splitWindows(rewriter, op));
    lowerContractions(rewriter, getOperation(), hasAbsentPoints,
                      [&](ContractOp op) {
                        rewriter.setInsertionPoint(op);
                        (void)AffineLowering(rewriter, checks, op, bits).run();
                      });
    RewritePatternSet patterns(&getContext());
    populateLowerPaddingPatterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
