//===- KernelBounds.cpp - Points that a kernel leaves out -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

static Value isNotNegative(OpBuilder &builder, Location loc,
                           OpFoldResult value) {
  IndexMath math(builder, loc);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                               math.toValue(value),
                               math.toValue(math.constant(0)));
}

KernelEmitter::TileBound KernelEmitter::getTileBound(const KernelBound &bound,
                                                     OpFoldResult constant,
                                                     const Tile &row,
                                                     const Tile &column,
                                                     const KBlock &block) {
  TileBound result{constant};
  auto start = [&](OpFoldResult at, int64_t coefficient) {
    result.first =
        math.add(result.first, math.mul(at, math.constant(coefficient)));
  };
  auto runsAlong = [](const KernelDim &dim, IndexId index) {
    return dim.extent != 1 && dim.source == index;
  };
  for (auto [index, coefficient] : bound.terms) {
    if (runsAlong(plan.m, index)) {
      start(row.start, coefficient);
      result.row += coefficient;
    } else if (runsAlong(plan.n, index)) {
      start(column.start, coefficient);
      result.column += coefficient;
    } else if (runsAlong(plan.kBlock[0], index)) {
      start(block.start, coefficient);
      result.k += coefficient;
    }
    // Elsewhere the index has one value; without loops, that is zero.
    for (const Points *points : {&row.outer, &column.outer, &block.outer})
      for (auto [outer, at] : *points)
        if (outer == index)
          start(at, coefficient);
  }
  return result;
}

std::pair<OpFoldResult, OpFoldResult>
KernelEmitter::getRange(const TileBound &bound) {
  int64_t least = 0, largest = 0;
  for (auto [size, step] : {std::pair(rows, bound.row),
                            {vectors * plan.vectorLength, bound.column}})
    (step < 0 ? least : largest) += (size - 1) * step;
  return {math.add(bound.first, math.constant(least)),
          math.add(bound.first, math.constant(largest))};
}

void KernelEmitter::limitSum(Part &part, const TileBound &bound,
                             bool isStrict) {
  OpFoldResult zero = math.constant(0), one = math.constant(1);
  auto [least, largest] = getRange(bound);
  // value + k >= 0, value - k >= 0, or value >= 0; other steps along k only
  // tell the points of single elements.
  switch (bound.k) {
  case 1:
    part.kFrom = math.max(part.kFrom, math.sub(zero, largest));
    part.wholeFrom = math.max(part.wholeFrom, math.sub(zero, least));
    break;
  case -1:
    part.kTo = math.min(part.kTo, math.add(largest, one));
    part.wholeTo = math.min(part.wholeTo, math.add(least, one));
    break;
  case 0:
    part.kTo = math.selectLess(largest, zero, zero, part.kTo);
    part.wholeTo = math.selectLess(least, zero, zero, part.wholeTo);
    break;
  default:
    part.wholeTo = zero;
  }
  // Where all elements of a tile have the same points, none is left to tell.
  bool isSame = bound.row == 0 && bound.column == 0 && std::abs(bound.k) <= 1;
  if (isStrict && !isSame)
    part.strict.push_back(bound);
}

KernelEmitter::Part KernelEmitter::getPart(const Tile &row, const Tile &column,
                                           const KBlock &block) {
  Part part{Value(), math.constant(0), block.size, math.constant(0),
            block.size};
  auto require = [&](Value condition) {
    part.isNeeded =
        part.isNeeded
            ? arith::AndIOp::create(builder, loc, part.isNeeded, condition)
                  .getResult()
            : condition;
  };
  bool mayBeEmpty = false;
  for (auto [bound, constant] : llvm::zip_equal(plan.bounds, boundConstants)) {
    TileBound onTile = getTileBound(bound, constant, row, column, block);
    if (bound.limitsSum) {
      limitSum(part, onTile, bound.isStrict);
      mayBeEmpty = true;
    } else {
      require(isNotNegative(builder, loc, getRange(onTile).second));
    }
  }
  part.startsWhole = part.wholeFrom == math.constant(0);
  part.endsWhole = part.wholeTo == block.size;
  part.wholeFrom =
      part.startsWhole
          ? part.kFrom
          : math.min(math.max(part.wholeFrom, part.kFrom), part.kTo);
  part.wholeTo = part.endsWhole ? part.kTo
                                : math.max(math.min(part.wholeTo, part.kTo),
                                           part.wholeFrom);
  // The first block stores what later ones add to, the last one finishes.
  bool starts = overwrite && block.isFirstStatic;
  bool ends = finishes() && block.isLastStatic;
  if (!mayBeEmpty || starts || ends)
    return part;
  Value any =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                            math.toValue(part.kFrom), math.toValue(part.kTo));
  for (Value end : {overwrite ? block.isFirst : Value(),
                    finishes() ? block.isLast : Value()})
    if (end)
      any = arith::OrIOp::create(builder, loc, any, end);
  require(any);
  return part;
}

Value KernelEmitter::getPresentLanes(ArrayRef<TileBound> bounds, int64_t row,
                                     int64_t vector, OpFoldResult point) {
  Value all;
  for (const TileBound &bound : bounds) {
    OpFoldResult value =
        math.add(bound.first, math.mul(point, math.constant(bound.k)));
    value = math.add(value,
                     math.constant(row * bound.row +
                                   vector * plan.vectorLength * bound.column));
    Value lanes;
    if (bound.column == 0) {
      lanes = vector::BroadcastOp::create(builder, loc, maskType,
                                          isNotNegative(builder, loc, value));
    } else {
      SmallVector<int64_t> steps;
      for (int64_t lane = 0; lane < plan.vectorLength; ++lane)
        steps.push_back(-lane * bound.column);
      auto type = VectorType::get({plan.vectorLength}, builder.getIndexType());
      Value limits = arith::ConstantOp::create(
          builder, loc, DenseElementsAttr::get(type, ArrayRef<int64_t>(steps)));
      Value values =
          vector::BroadcastOp::create(builder, loc, type, math.toValue(value));
      lanes = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                    values, limits);
    }
    all = all ? arith::AndIOp::create(builder, loc, all, lanes).getResult()
              : lanes;
  }
  return all;
}
