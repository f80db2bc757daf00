//===- LoopNest.cpp - Guarded loop nest -----------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopNest.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::tensornet;

static bool isAffineOperand(OpFoldResult value) {
  return isa<Attribute>(value) || affine::isValidSymbol(cast<Value>(value));
}

LoopNest::LoopNest(OpBuilder &builder, Location loc,
                   ArrayRef<OpFoldResult> extents,
                   ArrayRef<Condition> conditions, Bounds bounds)
    : builder(builder), loc(loc) {
  isAffine = llvm::all_of(extents, isAffineOperand) &&
             llvm::all_of(conditions,
                          [](const Condition &condition) {
                            return !condition.bound ||
                                   isAffineOperand(*condition.bound);
                          }) &&
             llvm::all_of(bounds.symbols, [](Value value) {
               return affine::isValidSymbol(value);
             });
  for (OpFoldResult extent : extents)
    isAffine ? createAffineLoop(extent) : createLoop(extent);
  if (!conditions.empty())
    isAffine ? createAffineGuard(conditions) : createGuard(conditions);
  if (bounds.set)
    createBoundsGuard(bounds);
}

//===----------------------------------------------------------------------===//
// Loops and guards
//===----------------------------------------------------------------------===//

void LoopNest::createAffineLoop(OpFoldResult extent) {
  SmallVector<Value> operands;
  AffineMap upper;
  if (std::optional<int64_t> constant = getConstantIntValue(extent)) {
    upper = builder.getConstantAffineMap(*constant);
  } else {
    upper = builder.getSymbolIdentityMap();
    operands.push_back(cast<Value>(extent));
  }
  auto loop = affine::AffineForOp::create(
      builder, loc, /*lbOperands=*/ValueRange(),
      builder.getConstantAffineMap(0), operands, upper);
  inductionVars.push_back(loop.getInductionVar());
  builder.setInsertionPointToStart(loop.getBody());
}

void LoopNest::createLoop(OpFoldResult extent) {
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value upper = getValueOrCreateConstantIndexOp(builder, loc, extent);
  auto loop = scf::ForOp::create(builder, loc, zero, upper, one);
  inductionVars.push_back(loop.getInductionVar());
  builder.setInsertionPointToStart(loop.getBody());
}

void LoopNest::createAffineGuard(ArrayRef<Condition> conditions) {
  SmallVector<Value> operands = inductionVars;
  SmallVector<AffineExpr> constraints;
  unsigned numSymbols = 0;
  for (const Condition &condition : conditions) {
    AffineExpr expr = getExpr(condition.form);
    if (condition.bound) {
      AffineExpr bound;
      if (auto constant = getConstantIntValue(*condition.bound)) {
        bound = builder.getAffineConstantExpr(*constant);
      } else {
        bound = builder.getAffineSymbolExpr(numSymbols++);
        operands.push_back(cast<Value>(*condition.bound));
      }
      expr = bound - 1 - expr;
    }
    constraints.push_back(expr);
  }
  SmallVector<bool> isEquality(constraints.size(), false);
  auto set = IntegerSet::get(inductionVars.size(), numSymbols, constraints,
                             isEquality);
  auto guard = affine::AffineIfOp::create(builder, loc, set, operands,
                                          /*withElseRegion=*/false);
  builder.setInsertionPointToStart(guard.getThenBlock());
}

void LoopNest::createGuard(ArrayRef<Condition> conditions) {
  Value all;
  for (const Condition &condition : conditions) {
    Value form = createSubscripts(condition.form).front();
    auto predicate =
        condition.bound ? arith::CmpIPredicate::slt : arith::CmpIPredicate::sge;
    Value bound = getValueOrCreateConstantIndexOp(
        builder, loc, condition.bound.value_or(builder.getIndexAttr(0)));
    Value holds = arith::CmpIOp::create(builder, loc, predicate, form, bound);
    all = all ? arith::AndIOp::create(builder, loc, all, holds) : holds;
  }
  auto guard = scf::IfOp::create(builder, loc, all, /*withElseRegion=*/false);
  builder.setInsertionPointToStart(guard.thenBlock());
}

void LoopNest::createBoundsGuard(const Bounds &bounds) {
  if (isAffine) {
    SmallVector<Value> operands(inductionVars);
    llvm::append_range(operands, bounds.symbols);
    auto guard = affine::AffineIfOp::create(builder, loc, bounds.set, operands,
                                            /*withElseRegion=*/false);
    return builder.setInsertionPointToStart(guard.getThenBlock());
  }
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0), all;
  for (AffineExpr constraint : bounds.set.getConstraints()) {
    Value form = affine::expandAffineExpr(builder, loc, constraint,
                                          inductionVars, bounds.symbols);
    Value holds = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                        form, zero);
    all = all ? arith::AndIOp::create(builder, loc, all, holds) : holds;
  }
  auto guard = scf::IfOp::create(builder, loc, all, /*withElseRegion=*/false);
  builder.setInsertionPointToStart(guard.thenBlock());
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

AffineExpr LoopNest::getExpr(const LinearForm &form) const {
  AffineExpr expr = builder.getAffineConstantExpr(form.getConstant());
  for (LinearForm::Term term : form.getTerms())
    expr = expr + builder.getAffineDimExpr(term.index) * term.coefficient;
  return expr;
}

AffineMap LoopNest::getMap(ArrayRef<LinearForm> subscripts) const {
  SmallVector<AffineExpr> exprs;
  for (const LinearForm &form : subscripts)
    exprs.push_back(getExpr(form));
  return AffineMap::get(inductionVars.size(), 0, exprs, builder.getContext());
}

SmallVector<Value> LoopNest::createSubscripts(ArrayRef<LinearForm> subscripts) {
  SmallVector<Value> values;
  for (const LinearForm &form : subscripts)
    values.push_back(affine::AffineApplyOp::create(builder, loc, getMap(form),
                                                   inductionVars));
  return values;
}

Value LoopNest::createLoad(Value buffer, ArrayRef<LinearForm> subscripts) {
  if (isAffine)
    return affine::AffineLoadOp::create(builder, loc, buffer,
                                        getMap(subscripts), inductionVars);
  return memref::LoadOp::create(builder, loc, buffer,
                                createSubscripts(subscripts));
}

void LoopNest::createStore(Value value, Value buffer,
                           ArrayRef<LinearForm> subscripts) {
  if (isAffine)
    affine::AffineStoreOp::create(builder, loc, value, buffer,
                                  getMap(subscripts), inductionVars);
  else
    memref::StoreOp::create(builder, loc, value, buffer,
                            createSubscripts(subscripts));
}
