//===- Contraction.cpp - Contractions on their way to loops ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Virtual operands
//===----------------------------------------------------------------------===//

/// The virtual contraction behind `value` if its result is 1 exactly where
/// equal indices are equal; null otherwise.
static ContractOp getPlainVirtual(Value value) {
  auto op = value.getDefiningOp<ContractOp>();
  if (!op || !op.isVirtual() || !op.getIndexingValue().extents.empty() ||
      !op.getIndexingValue().isAllBare())
    return {};
  return op;
}

void LoweredContraction::addConditions(OpBuilder &builder, ContractOp ones,
                                       const Subscripts &subscripts) {
  SmallVector<OpFoldResult> sizes = ones.getResultSizes(builder, ones.getLoc());
  llvm::SmallDenseMap<IndexId, LinearForm> firstForm;
  for (auto [dim, form] : llvm::enumerate(subscripts)) {
    IndexId index = ones.getIndexingValue().result[dim].getBareIndex();
    auto [first, isNew] = firstForm.try_emplace(index, form);
    if (!isNew) {
      // Equal indices of a delta: equal subscripts.
      if (first->second != form)
        conditions.push_back({Condition::equal, form, {}, first->second});
      continue;
    }
    addBounds(form, sizes[dim], conditions);
  }
}

void LoweredContraction::addBounds(const LinearForm &form, OpFoldResult size,
                                   SmallVectorImpl<Condition> &bounds) const {
  int64_t staticSize = getConstantIntValue(size).value_or(ShapedType::kDynamic);
  if (isInBounds(form, staticSize))
    return;
  std::optional<Interval> range = getRange(form, staticExtents);
  if (!range || range->min < 0)
    bounds.push_back({Condition::nonNegative, form});
  if (!range || ShapedType::isDynamic(staticSize) || range->max >= staticSize)
    bounds.push_back({Condition::below, form, size});
}

LoweredContraction::LoweredContraction(OpBuilder &builder, ContractOp op)
    : op(op), computeType(op.getComputeType()),
      staticExtents(op.getStaticExtents()) {
  const Indexing &indexing = op.getIndexingValue();
  for (IndexId index = 0; index < indexing.getNumIndices(); ++index)
    extents.push_back(op.getExtent(builder, op.getLoc(), index));
  for (auto [input, subscripts, conjugated] : llvm::zip_equal(
           op.getInputs(), indexing.operands, indexing.conjugated)) {
    if (ContractOp ones = getPlainVirtual(input))
      addConditions(builder, ones, subscripts);
    else
      factors.push_back({input, subscripts, conjugated});
  }
}

//===----------------------------------------------------------------------===//
// What is known
//===----------------------------------------------------------------------===//

const Subscripts &LoweredContraction::getResult() const {
  return op.getIndexingValue().result;
}

bool LoweredContraction::isExact(const LinearForm &form) const {
  return form.isBare() &&
         !op.getIndexingValue().getExplicitExtent(form.getBareIndex());
}

bool LoweredContraction::isInBounds(const LinearForm &form,
                                    int64_t size) const {
  return isProvablyInBounds(form, size, op.getIndexingValue(), staticExtents);
}

//===----------------------------------------------------------------------===//
// What loops hold
//===----------------------------------------------------------------------===//

Value LoweredContraction::createProduct(OpBuilder &builder, Location loc,
                                        ValueRange elements) const {
  Value product;
  for (auto [factor, element] : llvm::zip_equal(factors, elements)) {
    Value value = createElementCast(builder, loc, element, computeType);
    if (factor.conjugated)
      value = createElementConjugate(builder, loc, value);
    product =
        product ? createElementProduct(builder, loc, product, value) : value;
  }
  return product ? product : createOneElement(builder, loc, computeType);
}

AffineExpr mlir::tensornet::getAffineExpr(const LinearForm &form,
                                          ArrayRef<AffineExpr> dims,
                                          MLIRContext *context) {
  AffineExpr expr = getAffineConstantExpr(form.getConstant(), context);
  for (LinearForm::Term term : form.getTerms())
    expr = expr + dims[term.index] * term.coefficient;
  return expr;
}

Value LoweredContraction::createSubscript(OpBuilder &builder, Location loc,
                                          const LinearForm &form,
                                          ValueRange indices) {
  if (form.isBare())
    return indices[form.getBareIndex()];
  if (form.isConstant())
    return arith::ConstantIndexOp::create(builder, loc, form.getConstant());
  SmallVector<AffineExpr> dims;
  for (unsigned index = 0; index < indices.size(); ++index)
    dims.push_back(builder.getAffineDimExpr(index));
  AffineExpr expr = getAffineExpr(form, dims, builder.getContext());
  return affine::AffineApplyOp::create(
      builder, loc, AffineMap::get(dims.size(), 0, expr), indices);
}

/// True (i1) where `condition` holds at the index point `indices`.
static Value createTest(OpBuilder &builder, Location loc,
                        const LoweredContraction::Condition &condition,
                        ValueRange indices) {
  using Condition = LoweredContraction::Condition;
  Value form = LoweredContraction::createSubscript(builder, loc, condition.form,
                                                   indices);
  Value other;
  arith::CmpIPredicate predicate;
  switch (condition.kind) {
  case Condition::nonNegative:
    predicate = arith::CmpIPredicate::sge;
    other = arith::ConstantIndexOp::create(builder, loc, 0);
    break;
  case Condition::below:
    predicate = arith::CmpIPredicate::slt;
    other = getValueOrCreateConstantIndexOp(builder, loc, condition.bound);
    break;
  case Condition::equal:
    predicate = arith::CmpIPredicate::eq;
    other = LoweredContraction::createSubscript(builder, loc, condition.other,
                                                indices);
    break;
  }
  return arith::CmpIOp::create(builder, loc, predicate, form, other);
}

Value LoweredContraction::createGuard(OpBuilder &builder, Location loc,
                                      ArrayRef<Condition> conditions,
                                      ValueRange indices) {
  Value guard;
  for (const Condition &condition : conditions) {
    Value holds = createTest(builder, loc, condition, indices);
    guard = guard ? arith::AndIOp::create(builder, loc, guard, holds) : holds;
  }
  return guard;
}
