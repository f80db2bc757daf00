//===- ConditionBounds.cpp - Conditions as bounds of a kernel -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConditionBounds.h"

#include "mlir/IR/IntegerSet.h"

using namespace mlir;
using namespace mlir::tensornet;

using Condition = LoweredContraction::Condition;

static bool uses(const Subscripts &forms, IndexId index) {
  return llvm::any_of(forms,
                      [&](const LinearForm &form) { return form.uses(index); });
}

/// True for an index that all tensors have, but for scalars.
static bool isOfBatch(const Indexing &indexing, IndexId index) {
  return uses(indexing.result, index) &&
         llvm::all_of(indexing.operands, [&](const Subscripts &operand) {
           return operand.empty() || uses(operand, index);
         });
}

static int64_t getCoefficient(const LinearForm &form, IndexId index) {
  for (LinearForm::Term term : form.getTerms())
    if (term.index == index)
      return term.coefficient;
  return 0;
}

bool cpu::canLimitSum(const Condition &condition, const Indexing &indexing) {
  if (condition.kind == Condition::below &&
      !getConstantIntValue(condition.bound))
    return false;
  SmallVector<IndexId> indices = condition.getIndices();
  // Points of the sum that a register tile needs are a range where they are one
  // step of the condition apart. A tile does not know where in the batch it is.
  return llvm::none_of(
             indices,
             [&](IndexId index) { return isOfBatch(indexing, index); }) &&
         llvm::any_of(indices, [&](IndexId index) {
           int64_t step = getCoefficient(condition.form, index) -
                          getCoefficient(condition.other, index);
           return !uses(indexing.result, index) && std::abs(step) == 1;
         });
}

IntegerSetAttr cpu::getBounds(MLIRContext *context,
                              ArrayRef<Condition> conditions,
                              ArrayRef<std::optional<IndexId>> numbers,
                              unsigned numDims) {
  SmallVector<AffineExpr> dims, constraints;
  for (std::optional<IndexId> number : numbers)
    dims.push_back(number ? getAffineDimExpr(*number, context)
                          : getAffineConstantExpr(0, context));
  for (const Condition &condition : conditions) {
    AffineExpr form = getAffineExpr(condition.form, dims, context);
    AffineExpr other = getAffineExpr(condition.other, dims, context);
    std::optional<int64_t> bound = getConstantIntValue(condition.bound);
    switch (condition.kind) {
    case Condition::nonNegative:
      constraints.push_back(form);
      break;
    case Condition::below:
      if (bound)
        constraints.push_back(*bound - 1 - form);
      break;
    case Condition::equal:
      constraints.append({form - other, other - form});
      break;
    }
  }
  if (constraints.empty())
    return IntegerSetAttr();
  SmallVector<bool> isEquality(constraints.size(), false);
  return IntegerSetAttr::get(
      IntegerSet::get(numDims, 0, constraints, isEquality));
}
