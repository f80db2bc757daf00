//===- LoweredContraction.cpp - Contractions on their way -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Conversion/TensorNetToLinalg/LoweredContraction.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "tensornet/Conversion/Utils/ElementArithmetic.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Virtual operands
//===----------------------------------------------------------------------===//

/// The index of the one term of `form` that is not in `solved`; std::nullopt
/// where there are several. `hasNone` tells that there is none.
static std::optional<LinearForm::Term>
getUnsolvedTerm(const LinearForm &form,
                ArrayRef<std::optional<LinearForm>> solved, bool &hasNone) {
  std::optional<LinearForm::Term> unsolved;
  hasNone = true;
  for (LinearForm::Term term : form.getTerms()) {
    if (solved[term.index])
      continue;
    if (!hasNone)
      return std::nullopt;
    hasNone = false;
    unsolved = term;
  }
  return unsolved;
}

/// An element of a virtual tensor counts the index points that hit it: one or
/// none where its subscripts can be solved for its indices one after the other.
/// Then these indices are forms in ours, which have to be in bounds.
bool LoweredContraction::addConditions(OpBuilder &builder, ContractOp ones,
                                       const Subscripts &subscripts) {
  const Indexing &indexing = ones.getIndexingValue();
  SmallVector<OpFoldResult> sizes = ones.getResultSizes(builder, ones.getLoc());
  SmallVector<std::optional<LinearForm>> solved(indexing.getNumIndices());
  auto getSolution = [&](IndexId index) {
    return solved[index].value_or(LinearForm());
  };
  SmallVector<Condition> found;
  for (auto [form, place, size] :
       llvm::zip_equal(subscripts, indexing.result, sizes)) {
    bool hasNone;
    std::optional<LinearForm::Term> term =
        getUnsolvedTerm(place, solved, hasNone);
    std::optional<LinearForm> known = place.substitute(getSolution);
    if (!known || (!hasNone && (!term || std::abs(term->coefficient) != 1)))
      return false;
    if (hasNone) {
      if (form != *known)
        found.push_back({Condition::equal, form, {}, *known});
      // A repeated index of a delta: the first place has its bounds.
      if (place.isBare() && !indexing.getExplicitExtent(place.getBareIndex()))
        continue;
    }
    addBounds(form, size, found);
    if (hasNone)
      continue;
    std::optional<LinearForm> rest = form.plus(*known, -1);
    std::optional<LinearForm> solution =
        rest ? LinearForm().plus(*rest, term->coefficient) : std::nullopt;
    if (!solution)
      return false;
    solved[term->index] = solution;
    if (!place.isBare() || indexing.getExplicitExtent(term->index))
      addBounds(*solution, ones.getExtent(builder, op.getLoc(), term->index),
                found);
  }
  conditions.append(found);
  return true;
}

void LoweredContraction::addBounds(const LinearForm &form, OpFoldResult size,
                                   SmallVectorImpl<Condition> &bounds) const {
  int64_t staticSize = getConstantIntValue(size).value_or(ShapedType::kDynamic);
  if (isInBounds(form, staticSize))
    return;
  std::optional<Interval> range = getRange(form, staticExtents);
  if (!isNeverNegative(form) && !(range && range->min >= 0))
    bounds.push_back({Condition::nonNegative, form});
  if (!range || ShapedType::isDynamic(staticSize) || range->max >= staticSize)
    bounds.push_back({Condition::below, form, size});
}

LoweredContraction::LoweredContraction(OpBuilder &builder, ContractOp op)
    : op(op), computeType(op.getComputeType()),
      result(op.getIndexingValue().result),
      resultSizes(op.getResultSizes(builder, op.getLoc())),
      staticExtents(op.getStaticExtents()), isFree(staticExtents.size()) {
  const Indexing &indexing = op.getIndexingValue();
  for (IndexId index = 0; index < indexing.getNumIndices(); ++index)
    extents.push_back(op.getExtent(builder, op.getLoc(), index));
  for (const ExplicitExtent &entry : indexing.extents)
    isFree.set(entry.index);
  for (auto [input, subscripts, conjugated] : llvm::zip_equal(
           op.getInputs(), indexing.operands, indexing.conjugated)) {
    auto ones = input.getDefiningOp<ContractOp>();
    bool isVirtual = ones && ones.isVirtual();
    if (!isVirtual || !addConditions(builder, ones, subscripts))
      factors.push_back({input, subscripts, conjugated, isVirtual});
  }
}

//===----------------------------------------------------------------------===//
// What is known
//===----------------------------------------------------------------------===//

SmallVector<IndexId> LoweredContraction::Condition::getIndices() const {
  SmallVector<IndexId> indices;
  for (const LinearForm &tested : {form, other})
    for (LinearForm::Term term : tested.getTerms())
      if (!llvm::is_contained(indices, term.index))
        indices.push_back(term.index);
  return indices;
}

bool LoweredContraction::isExact(const LinearForm &form) const {
  return form.isBare() && !isFree[form.getBareIndex()];
}

bool LoweredContraction::isResultExact(unsigned dim) const {
  const LinearForm &form = result[dim];
  return isExact(form) ||
         (form.isBare() && extents[form.getBareIndex()] == resultSizes[dim]);
}

bool LoweredContraction::isInBounds(const LinearForm &form,
                                    int64_t size) const {
  if (isExact(form))
    return true;
  std::optional<Interval> range = getRange(form, staticExtents);
  return range && !ShapedType::isDynamic(size) && range->min >= 0 &&
         range->max < size;
}

bool mlir::tensornet::hasNoPoints(ContractOp op) {
  return llvm::is_contained(op.getStaticExtents(), 0) ||
         llvm::any_of(op.getShapes(), [](ArrayRef<int64_t> shape) {
           return llvm::is_contained(shape, 0);
         });
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

Value LoweredContraction::createCountGuard(OpBuilder &builder, Location loc,
                                           ValueRange elements) const {
  Value guard;
  for (auto [factor, element] : llvm::zip_equal(factors, elements)) {
    if (!factor.counts)
      continue;
    Value isPoint = createNonZeroTest(builder, loc, element);
    guard =
        guard ? arith::AndIOp::create(builder, loc, guard, isPoint) : isPoint;
  }
  return guard;
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
