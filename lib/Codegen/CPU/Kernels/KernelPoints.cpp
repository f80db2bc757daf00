//===- KernelPoints.cpp - Points of the sum of register tiles -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "KernelModel.h"

#include <climits>

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

KernelEmitter::RowsOfA KernelEmitter::findRowsOfA(const Tile &row,
                                                  OpFoldResult aBase) {
  SmallVector<OpFoldResult> places;
  OpFoldResult lastRow = math.sub(row.remaining, math.constant(1));
  for (int64_t i = 0; i < rows; ++i) {
    OpFoldResult number = math.constant(i);
    if (!plan.packA && i > 0) {
      if (!areAllRows)
        number = math.min(number, lastRow);
      number = math.mul(number, stride(plan.m, kA));
    }
    places.push_back(math.add(aBase, number));
  }
  OpFoldResult next;
  if (plan.prefetchA) {
    Tile following = getRowTile(math.add(row.number, math.constant(1)));
    next = math.add(aBase, math.sub(following.offsets[kA], row.offsets[kA]));
  }
  return {std::move(places), next};
}

//===----------------------------------------------------------------------===//
// The last vector of a tile
//===----------------------------------------------------------------------===//

void KernelEmitter::chooseLastVector(int64_t columns) {
  lastVector = {plan.vectorLength, plan.vectorLength};
  bool isWide = plan.vectorLength * computeType.getIntOrFloatBitWidth() ==
                kWideBytes * CHAR_BIT;
  if (!isWide || plan.matrixUnit || !plan.bounds.empty() ||
      columns == kDynamicExtent)
    return;
  int64_t half = plan.vectorLength / 2;
  int64_t present = columns - (vectors - 1) * plan.vectorLength;
  if (present > 0 && present <= half)
    lastVector = {half, present};
}

Value KernelEmitter::makeZero(int64_t length) {
  return arith::ConstantOp::create(
      builder, loc,
      builder.getZeroAttr(VectorType::get({length}, computeType)));
}

Value KernelEmitter::lengthen(Value vector, Value zeros) {
  if (vector.getType() == vectorType)
    return vector;
  auto lanes = llvm::to_vector(llvm::seq<int64_t>(plan.vectorLength));
  return vector::ShuffleOp::create(builder, loc, vector, zeros, lanes);
}

//===----------------------------------------------------------------------===//
// Points of the sum
//===----------------------------------------------------------------------===//

SmallVector<Parts> KernelEmitter::sumTile(const Tile &row, OpFoldResult aBase,
                                          OpFoldResult bBase, const Part &part,
                                          ArrayRef<Lanes> lanes) {
  int64_t parts = plan.parts;
  RowsOfA rowsOfA = findRowsOfA(row, aBase);
  Value lastZero = makeZero(lastVector.length);
  SmallVector<Value> numbers;
  for (int64_t number = 0; number < rows * vectors; ++number)
    numbers.append(parts, (number + 1) % vectors == 0 ? lastZero : zero);
  auto add = [&](OpFoldResult from, OpFoldResult to,
                 ArrayRef<TileBound> bounds = {}) {
    numbers = addPoints(rowsOfA, bBase, lanes, from, to, bounds, numbers);
  };
  if (part.strict.empty()) {
    add(part.kFrom, part.kTo);
  } else {
    if (!part.startsWhole)
      add(part.kFrom, part.wholeFrom, part.strict);
    add(part.wholeFrom, part.wholeTo);
    if (!part.endsWhole)
      add(part.wholeTo, part.kTo, part.strict);
  }
  SmallVector<Parts> sums;
  for (int64_t number = 0; number < rows * vectors; ++number)
    sums.emplace_back(
        llvm::map_range(ArrayRef(numbers).slice(number * parts, parts),
                        [&](Value sum) { return lengthen(sum, lastZero); }));
  return sums;
}

Parts KernelEmitter::loadColumns(OpFoldResult at, int64_t number,
                                 ArrayRef<Lanes> lanes) {
  int64_t length = lengthOf(number);
  if (plan.packB)
    return loadPackedVector(bufferB, at, plan.nr(), length);
  if (length == plan.vectorLength) {
    SmallVector<Value> masks;
    for (const Lanes &registers : lanes)
      masks.push_back(registers[0].masks[0]);
    return loadVector(kB, at, masks);
  }
  // All parts of half a vector are one register.
  int64_t count = plan.parts * length;
  Value mask;
  if (lastVector.columns < length)
    mask = vector::ConstantMaskOp::create(
        builder, loc, VectorType::get({count}, builder.getI1Type()),
        ArrayRef<int64_t>{plan.parts * lastVector.columns});
  return splitParts(
      {loadNumbers(operands[kB].buffer, numbers(at), mask, count)}, length);
}

SmallVector<Value> KernelEmitter::addPoints(const RowsOfA &rowsOfA,
                                            OpFoldResult bBase,
                                            ArrayRef<Lanes> lanes,
                                            OpFoldResult from, OpFoldResult to,
                                            ArrayRef<TileBound> bounds,
                                            ValueRange start) {
  const KernelDim &k = plan.kBlock[0];
  int64_t parts = plan.parts;
  OpFoldResult aStep =
      plan.packA ? math.constant(parts * plan.mr) : stride(k, kA);
  OpFoldResult bStep =
      plan.packB ? math.constant(parts * plan.nr()) : stride(k, kB);
  auto body = [&](OpBuilder &, Location, Value point, ValueRange sums) {
    OpFoldResult aOffset = math.mul(point, aStep);
    OpFoldResult bOffset = math.add(bBase, math.mul(point, bStep));
    SmallVector<Parts> columns;
    SmallVector<Value> next;
    if (plan.prefetchB && plan.packB)
      prefetchColumns(bOffset);
    else if (plan.prefetchB)
      prefetch(kB, math.add(bOffset, math.constant(plan.nr())),
               vectors * plan.vectorLength);
    if (plan.prefetchA)
      prefetch(kA, math.add(rowsOfA.next, aOffset), plan.mr);
    for (int64_t v = 0; v < vectors; ++v) {
      OpFoldResult at = math.add(bOffset, math.constant(v * plan.vectorLength));
      columns.push_back(loadColumns(at, v, lanes.slice(v * parts, parts)));
    }
    for (int64_t i = 0; i < rows; ++i) {
      OpFoldResult at = math.add(rowsOfA.places[i], aOffset);
      Parts element = plan.packA ? loadPackedElement(bufferA, at, plan.mr)
                                 : loadElement(kA, at);
      Parts splat;
      for (int64_t v = 0; v < vectors; ++v) {
        if (v == 0 || lengthOf(v) != lengthOf(v - 1))
          splat = broadcast(element, lengthOf(v));
        Parts sum(sums.slice((i * vectors + v) * parts, parts));
        Parts added = multiplyAdd(splat, columns[v], sum);
        Value present = getPresentLanes(bounds, i, v, point);
        for (auto [total, before] : llvm::zip_equal(added, sum))
          next.push_back(present ? arith::SelectOp::create(
                                       builder, loc, present, total, before)
                                       .getResult()
                                 : total);
      }
    }
    scf::YieldOp::create(builder, loc, next);
  };
  OpBuilder::InsertionGuard guard(builder);
  return scf::ForOp::create(builder, loc, math.toValue(from), math.toValue(to),
                            math.toValue(math.constant(1)), start, body)
      .getResults();
}
