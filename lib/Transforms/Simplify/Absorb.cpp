//===- Absorb.cpp - Operands to read through ------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Absorb.h"

#include "ScalarFactor.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Facts about one contraction
//===----------------------------------------------------------------------===//

static bool isVirtualContraction(Value value) {
  auto op = value.getDefiningOp<ContractOp>();
  return op && op.isVirtual();
}

static bool isTensor(Value value) {
  return cast<RankedTensorType>(value.getType()).getRank() > 0;
}

/// True for operands that are data: neither virtual nor splat constants.
static bool isData(Value value) {
  return !isVirtualContraction(value) && !getSplatConstant(value);
}

/// True where at most one operand is a tensor of data. Scalars are none: the
/// planner multiplies them with the smallest tensor.
static bool hasOneTensor(ContractOp op) {
  return llvm::count_if(op.getInputs(), [](Value input) {
           return isData(input) && isTensor(input);
         }) <= 1;
}

/// True where no two index points reach one result element: every index stands
/// alone in a subscript of the result.
static bool isInjective(const Indexing &indexing) {
  llvm::SmallDenseSet<IndexId> alone;
  for (const LinearForm &form : indexing.result)
    if (form.getTerms().size() == 1)
      alone.insert(form.getTerms()[0].index);
  return alone.size() == indexing.getNumIndices();
}

/// True where every index of the result occurs in an operand.
static bool hasNoResultOnlyIndex(const Indexing &indexing) {
  llvm::SmallDenseSet<IndexId> inOperands;
  for (const Subscripts &subscripts : indexing.operands)
    for (const LinearForm &form : subscripts)
      for (LinearForm::Term term : form.getTerms())
        inOperands.insert(term.index);
  return inOperands.size() == indexing.getNumIndices();
}

/// True where a consumer that computes in `consumerType` sees the same values,
/// up to the rounding that the op allows, when it reads the operands of
/// `producer` instead of its result.
static bool keepsValues(ContractOp producer, Type consumerType) {
  if (producer.getInputs().size() <= 1 &&
      isInjective(producer.getIndexingValue())) {
    Type element = producer.getResultType().getElementType();
    return producer.isVirtual() || element == producer.getComputeType() ||
           element == producer.getInputType(0).getElementType();
  }
  // A narrower result rounds or wraps; a wider consumer would not wrap.
  Type element = producer.getResultType().getElementType();
  return element == producer.getComputeType() &&
         (!isa<IntegerType>(element) || element == consumerType);
}

//===----------------------------------------------------------------------===//
// Facts about producer and consumer
//===----------------------------------------------------------------------===//

static bool isAllBare(const Subscripts &subscripts) {
  return llvm::all_of(subscripts,
                      [](const LinearForm &form) { return form.isBare(); });
}

static bool hasUnitTerm(const LinearForm &form) {
  return llvm::any_of(form.getTerms(), [](LinearForm::Term term) {
    return term.coefficient == 1 || term.coefficient == -1;
  });
}

/// True where every equation written = wanted has an index to eliminate.
static bool canSubstitute(const Subscripts &written, const Subscripts &wanted) {
  return llvm::all_of(llvm::zip_equal(written, wanted), [](auto pair) {
    auto &[left, right] = pair;
    return hasUnitTerm(left) || right.isBare();
  });
}

/// A view that others read too is read through only where that costs nothing:
/// subscripts stay as simple as they were, and no scalar multiplies twice.
static bool isFreeView(ContractOp producer) {
  return producer.getIndexingValue().isAllBare() &&
         producer.getIndexingValue().extents.empty() &&
         llvm::none_of(producer.getInputs(), isVirtualContraction) &&
         llvm::count_if(producer.getInputs(), isData) <= 1;
}

bool mlir::tensornet::keepsOrder(ContractOp consumer) {
  const Indexing &indexing = consumer.getIndexingValue();
  return llvm::count_if(consumer.getInputs(), isData) == 1 &&
         indexing.isAllBare() && hasNoResultOnlyIndex(indexing);
}

static OperandChoice leaf(StringRef reason) {
  return {OperandKind::leaf, reason};
}

static OperandChoice chooseContraction(ContractOp producer, OpOperand &operand,
                                       ReadContext context) {
  auto consumer = cast<ContractOp>(operand.getOwner());
  if (!keepsValues(producer, consumer.getComputeType()))
    return leaf("producer rounds or wraps its result");
  if (producer.isVirtual())
    return {OperandKind::ones, {}};
  if (producer.getKernelAttr())
    return leaf("producer has a kernel");
  const Subscripts &written = producer.getIndexingValue().result;
  const Subscripts &wanted =
      consumer.getIndexingValue().operands[operand.getOperandNumber()];
  bool single = context.exclusive && producer->hasOneUse();
  if (hasOneTensor(producer) && isInjective(producer.getIndexingValue())) {
    if (!single && !isFreeView(producer))
      return leaf("view with affine subscripts has more than one use");
    if (!canSubstitute(written, wanted))
      return leaf("view has a subscript that cannot be solved");
    return {OperandKind::view, {}};
  }
  if (!single)
    return leaf("producer has more than one use");
  if (!context.joins)
    return leaf("flattening is off");
  if (producer->getBlock() != consumer->getBlock())
    return leaf("producer is in another block");
  if (!isAllBare(written) || !isAllBare(wanted))
    return leaf("producer is written or read under affine subscripts");
  return {OperandKind::producer, {}};
}

/// `arith.mulf` by a splat constant, whose rounding the op or the option gives
/// up.
static bool isScaling(arith::MulFOp op, const SimplifyOptions &options) {
  bool allowed =
      options.realArithmetic ||
      bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::reassoc);
  return allowed && (getSplatConstant(op.getLhs()) != nullptr) !=
                        (getSplatConstant(op.getRhs()) != nullptr);
}

static bool isAtLeastF32(Value value) {
  return getElementTypeOrSelf(value).getIntOrFloatBitWidth() >= 32;
}

OperandChoice mlir::tensornet::chooseOperand(OpOperand &operand,
                                             ReadContext context,
                                             const SimplifyOptions &options) {
  Value value = operand.get();
  if (getSplatConstant(value))
    return {OperandKind::constant, {}};
  Operation *op = value.getDefiningOp();
  if (!op)
    return leaf("operand is an argument");
  if (auto producer = dyn_cast<ContractOp>(op))
    return chooseContraction(producer, operand, context);
  if (isa<arith::NegFOp>(op))
    return {OperandKind::scaled, {}};
  if (auto product = dyn_cast<arith::MulFOp>(op);
      product && isScaling(product, options) && isAtLeastF32(value))
    return {OperandKind::scaled, {}};
  return leaf("operand is no contraction");
}

bool mlir::tensornet::isAbsorbedByUser(ContractOp op,
                                       const SimplifyOptions &options) {
  if (!op->hasOneUse())
    return false;
  OpOperand &use = *op->getUses().begin();
  auto user = dyn_cast<ContractOp>(use.getOwner());
  if (!user || user.getKernelAttr())
    return false;
  ReadContext context{/*exclusive=*/true, options.flatten || keepsOrder(user)};
  return chooseOperand(use, context, options).kind != OperandKind::leaf;
}
