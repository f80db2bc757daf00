//===- KernelStrips.cpp - Rows of tiles, joined or not --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

SmallVector<KernelEmitter::Strip, 1> KernelEmitter::getStrips(const Axis &axis,
                                                              const Tile &tile,
                                                              OpFoldResult from,
                                                              int64_t count) {
  OpFoldResult one = math.constant(1), start = math.add(tile.start, from);
  if (!isEven(axis))
    start = math.min(start, math.sub(countRows(axis), one));
  OpFoldResult point = math.div(start, extent(axis.dim));
  OpFoldResult along = math.rem(start, extent(axis.dim));
  OpFoldResult lastPoint = math.sub(countPoints(axis.outer), one);
  Offsets origin(tile.offsets.size(), math.constant(0));
  int64_t length = axis.dim.extent;
  int64_t strips = 1 + llvm::divideCeil(count - 1, length);
  SmallVector<Strip, 1> result;
  for (int64_t number = 0; number < strips; ++number) {
    OpFoldResult first = math.sub(math.constant(number * length), along);
    OpFoldResult outer = math.add(point, math.constant(number));
    if (number > 0)
      outer = math.min(outer, lastPoint);
    Offsets offsets = moveToPoint(origin, axis.outer, outer);
    OpFoldResult back = math.sub(along, math.constant(number * length));
    result.push_back({advance(offsets, axis.dim, back), {}});
    result.back().first = number > 0 ? first : math.constant(0);
  }
  return result;
}

Value KernelEmitter::makeRangeMask(OpFoldResult first, OpFoldResult end) {
  Value upTo = makeMask(end);
  if (getConstantIntValue(first) == 0)
    return upTo;
  auto all = vector::ConstantMaskOp::create(
      builder, loc, maskType, ArrayRef<int64_t>{plan.vectorLength});
  Value before = makeMask(first);
  if (!before)
    before = all;
  Value after = arith::XOrIOp::create(builder, loc, before, all);
  return upTo ? arith::AndIOp::create(builder, loc, after, upTo).getResult()
              : after;
}

KernelEmitter::Lanes KernelEmitter::getLanes(const Axis &axis, const Tile &tile,
                                             OpFoldResult from, int64_t count,
                                             int64_t registers) {
  OpFoldResult rest =
      math.sub(isEven(axis) ? math.constant(axis.size) : tile.remaining, from);
  Offsets origin(tile.offsets.size(), math.constant(0));
  if (!axis.joined) {
    SmallVector<Value> masks = makeMasks(rest, registers);
    return {{advance(origin, axis.dim, from), {masks.begin(), masks.end()}}};
  }
  SmallVector<Strip, 1> strips = getStrips(axis, tile, from, count);
  for (auto [number, strip] : llvm::enumerate(strips)) {
    OpFoldResult end = rest;
    if (number + 1 < strips.size())
      end = math.min(end, strips[number + 1].first);
    for (int64_t r = 0; r < registers; ++r) {
      OpFoldResult before = math.constant(r * plan.vectorLength);
      strip.masks.push_back(
          makeRangeMask(math.sub(numbers(strip.first), before),
                        math.sub(numbers(end), before)));
    }
  }
  return strips;
}

SmallVector<KernelEmitter::Lanes>
KernelEmitter::getColumnLanes(const Tile &column) {
  int64_t elements = plan.vectorLength / plan.parts;
  SmallVector<Lanes> lanes;
  for (int64_t v = 0; v < rowRegisters(); ++v)
    lanes.push_back(getLanes(getColumns(), column, math.constant(v * elements),
                             elements, /*registers=*/1));
  return lanes;
}

Parts KernelEmitter::loadLanes(const Axis &axis, const Place &from,
                               const Lanes &lanes) {
  Parts result;
  for (const Strip &strip : lanes) {
    Parts loaded = loadSource(
        axis.operand, addPlaces(from, getPlace(axis.operand, strip.offsets)),
        strip.masks, axis.dim);
    if (result.empty()) {
      result = loaded;
      continue;
    }
    Value isOther =
        makeRangeMask(strip.first, math.constant(plan.vectorLength));
    for (auto [value, other] : llvm::zip_equal(result, loaded))
      value = arith::SelectOp::create(builder, loc, isOther, other, value);
  }
  return result;
}

SmallVector<KernelEmitter::Place>
KernelEmitter::findRows(const Axis &axis, const Tile &tile, const Place &from,
                        OpFoldResult row, int64_t count) {
  OpFoldResult last = math.sub(tile.remaining, math.constant(1));
  SmallVector<Place> rows;
  if (!axis.joined) {
    for (int64_t i = 0; i < count; ++i) {
      OpFoldResult number = math.add(row, math.constant(i));
      if (!isEven(axis))
        number = math.min(number, last);
      rows.push_back(move(axis.operand, from, axis.dim, number));
    }
    return rows;
  }
  SmallVector<Strip, 1> strips = getStrips(axis, tile, row, count);
  // Strips start with the last row where the first one is past it.
  last = math.max(math.sub(last, row), math.constant(0));
  for (int64_t i = 0; i < count; ++i) {
    OpFoldResult number = math.constant(i);
    if (!isEven(axis))
      number = math.min(number, last);
    Place place;
    for (const Strip &strip : strips) {
      Place other = move(axis.operand,
                         addPlaces(from, getPlace(axis.operand, strip.offsets)),
                         axis.dim, number);
      place = place.empty() ? other
                            : selectPlace(number, strip.first, place, other);
    }
    rows.push_back(place);
  }
  return rows;
}

KernelEmitter::Place KernelEmitter::selectPlace(OpFoldResult number,
                                                OpFoldResult limit,
                                                const Place &below,
                                                const Place &other) {
  Place place;
  for (auto [x, y] : llvm::zip_equal(below, other))
    place.push_back(math.selectLess(number, limit, x, y));
  return place;
}

KernelEmitter::Place KernelEmitter::findRow(const Axis &axis, const Tile &tile,
                                            const Place &from,
                                            OpFoldResult row) {
  if (!axis.joined)
    return move(axis.operand, from, axis.dim, row);
  Strip strip = getStrips(axis, tile, row, /*count=*/1)[0];
  return addPlaces(from, getPlace(axis.operand, strip.offsets));
}
