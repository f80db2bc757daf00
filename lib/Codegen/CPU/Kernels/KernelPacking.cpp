//===- KernelPacking.cpp - Copies of operands into tiles ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "Vectors/VectorTranspose.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

void KernelEmitter::pack(const Side &side, OpFoldResult firstTile,
                         OpFoldResult tiles, const Offsets &offsets,
                         const KBlock &block) {
  if (side.operand == kB && plan.packsAcross())
    return packAcross(side, firstTile, tiles, offsets, block);
  if (side.operand == kB && plan.collectsColumns())
    return packCollecting(side, firstTile, tiles, offsets, block);
  // Columns of vector registers run along the operand's contiguous dimension.
  bool alongRows = side.dim.isUnit(side.operand);
  std::optional<unsigned> turned;
  if (!alongRows && !plan.matrixUnit)
    turned = findTurnedDim(side.operand);
  bool isLast = turned == plan.kBlock.size() - 1;
  if (turned &&
      (side.exactly || !isLast || areTilesCloserThanPoints(side, *turned)))
    return packTurned(side, *turned, firstTile, tiles, offsets, block);
  auto packTile = [&](OpFoldResult t) {
    Tile tile = getTile(math.add(firstTile, t), side);
    Place from = addPlaces(getPlace(side.operand, offsets),
                           getPlace(side.operand, tile.offsets));
    OpFoldResult to =
        math.mul(t, math.constant(plan.parts * plan.kBlockSize() * side.size));
    if (plan.matrixUnit) {
      packMatrix(side, from, to, tile.remaining, block);
      if (tracksExponents())
        noteExponent(side, t, to, block);
      if (addsBias() && side.operand == kB)
        noteBias(side, t, to, block);
      return;
    }
    if (alongRows)
      packAlongRows(side, from, to, tile, block);
    else if (turned)
      packTransposed(side, from, to, tile, block);
    else
      packElements(side, from, to, tile, block);
  };
  // Memory is fastest where it is read from one end to the other.
  if (alongRows && !plan.matrixUnit && side.size % plan.vectorLength == 0 &&
      !side.joined)
    return packSweeping(side, firstTile, tiles, offsets, block);
  math.loop(math.constant(0), tiles, 1, packTile);
}

std::optional<unsigned>
KernelEmitter::findTurnedDim(KernelOperand operand) const {
  if (!llvm::isPowerOf2_64(plan.vectorLength))
    return std::nullopt;
  for (auto [number, dim] : llvm::enumerate(plan.kBlock)) {
    int64_t points = number == 0 ? plan.kTile : dim.extent;
    if (dim.isUnit(operand) &&
        (dim.extent == kDynamicExtent || 2 * points >= plan.vectorLength))
      return number;
  }
  return std::nullopt;
}

bool KernelEmitter::areTilesCloserThanPoints(const Side &side,
                                             unsigned turned) const {
  auto getStride = [&](const KernelDim &dim) {
    return dim.strides[side.operand];
  };
  bool alongDim =
      side.dim.extent == kDynamicExtent || side.dim.extent > side.size;
  if (plan.kBlock.size() < 2 || (!alongDim && side.outer.empty()))
    return false;
  int64_t step = getStride(alongDim ? side.dim : side.outer.back());
  if (step == kDynamicExtent)
    return false;
  if (alongDim)
    step *= side.size;
  for (auto [number, dim] : llvm::enumerate(plan.kBlock))
    if (number != turned && (getStride(dim) == kDynamicExtent ||
                             std::abs(step) >= std::abs(getStride(dim))))
      return false;
  return true;
}

SmallVector<unsigned>
KernelEmitter::getMemoryOrder(KernelOperand operand,
                              std::optional<unsigned> left) const {
  SmallVector<unsigned> order;
  for (unsigned number = 0; number < plan.kBlock.size(); ++number)
    if (number != left)
      order.push_back(number);
  auto getStride = [&](unsigned number) {
    return plan.kBlock[number].strides[operand];
  };
  if (llvm::none_of(order, [&](unsigned number) {
        return getStride(number) == kDynamicExtent;
      }))
    llvm::stable_sort(order, [&](unsigned a, unsigned b) {
      return std::abs(getStride(a)) > std::abs(getStride(b));
    });
  return order;
}

void KernelEmitter::loopOverK(
    const KBlock &block, KernelOperand operand, const Place &from,
    ArrayRef<unsigned> order,
    llvm::function_ref<void(const Place &, OpFoldResult)> body) {
  std::function<void(unsigned, const Place &, OpFoldResult)> nest =
      [&](unsigned depth, const Place &place, OpFoldResult point) {
        if (depth == order.size())
          return body(place, point);
        unsigned number = order[depth];
        int64_t inner = 1;
        for (const KernelDim &dim :
             ArrayRef(plan.kBlock).drop_front(number + 1))
          inner *= dim.extent;
        math.loop(
            math.constant(0), block.extents[number], 1, [&](OpFoldResult i) {
              nest(depth + 1, move(operand, place, plan.kBlock[number], i),
                   math.add(point, math.mul(i, math.constant(inner))));
            });
      };
  nest(0, from, math.constant(0));
}

SmallVector<KernelEmitter::Lanes>
KernelEmitter::getPackedLanes(const Side &side, const Tile &tile) {
  SmallVector<Lanes> lanes;
  for (int64_t r = 0; r < side.size; r += plan.vectorLength)
    lanes.push_back(
        getLanes(side, tile, math.constant(r), plan.vectorLength, plan.parts));
  return lanes;
}

void KernelEmitter::packRow(const Side &side, const Place &source,
                            OpFoldResult target, ArrayRef<Lanes> lanes) {
  SmallVector<Parts> vectors;
  for (const Lanes &vector : lanes)
    vectors.push_back(loadLanes(side, source, vector));
  // A full last vector may hold rows of the next tile: they are overwritten by
  // the store that follows.
  for (unsigned part = 0; part < plan.parts; ++part)
    for (auto [number, vector] : llvm::enumerate(vectors)) {
      int64_t r = number * plan.vectorLength;
      Value mask;
      if (side.exactly)
        mask = makeMask(math.constant(side.size - r));
      storePacked(side.buffer, math.add(target, math.constant(r)), side.size,
                  vector[part], part, mask);
    }
}

void KernelEmitter::packAlongRows(const Side &side, const Place &from,
                                  OpFoldResult to, const Tile &tile,
                                  const KBlock &block) {
  SmallVector<Lanes> lanes = getPackedLanes(side, tile);
  // A vector may reach into the next point of the tile, which has to follow.
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, plan.kBlock.size()));
  loopOverK(block, side.operand, from, order,
            [&](const Place &place, OpFoldResult point) {
              packRow(side, place,
                      math.add(to, math.mul(point,
                                            numbers(math.constant(side.size)))),
                      lanes);
            });
}

void KernelEmitter::packSweeping(const Side &side, OpFoldResult firstTile,
                                 OpFoldResult tiles, const Offsets &offsets,
                                 const KBlock &block) {
  int64_t tileSize = plan.parts * plan.kBlockSize() * side.size;
  loopOverK(
      block, side.operand, getPlace(side.operand, offsets),
      getMemoryOrder(side.operand), [&](const Place &from, OpFoldResult point) {
        OpFoldResult to = math.mul(point, numbers(math.constant(side.size)));
        math.loop(math.constant(0), tiles, 1, [&](OpFoldResult t) {
          Tile tile = getTile(math.add(firstTile, t), side);
          packRow(side, addPlaces(from, getPlace(side.operand, tile.offsets)),
                  math.add(to, math.mul(t, math.constant(tileSize))),
                  getPackedLanes(side, tile));
        });
      });
}

void KernelEmitter::packSquare(const Side &side, const KernelDim &turned,
                               const Place &from, OpFoldResult to,
                               OpFoldResult r, int64_t rows, int64_t present,
                               const Tile &tile, OpFoldResult points,
                               int64_t pointStep, bool exactly) {
  int64_t length = plan.vectorLength;
  std::optional<int64_t> count = getConstantIntValue(points);
  SmallVector<Value> masks(plan.parts);
  if (!count || *count < length)
    masks = makeMasks(points, plan.parts);
  // Transposition leaves several points of the sum in a vector where rows are
  // few.
  int64_t height = llvm::PowerOf2Ceil(rows);
  SmallVector<SmallVector<Value>, 2> vectors(plan.parts,
                                             SmallVector<Value>(height, zero));
  for (auto [i, row] : llvm::enumerate(findRows(side, tile, from, r, present)))
    for (auto [part, value] :
         llvm::zip_equal(vectors, loadSource(side.operand, row, masks, turned)))
      part[i] = value;
  if (present > 0)
    for (SmallVector<Value> &part : vectors)
      part = transposeVectors(builder, loc, part);
  // Lanes past the last row are overwritten by what follows, unless that has
  // rows in front of these that are there already.
  Value storeMask;
  if (height != rows && (exactly || rows != side.size))
    storeMask = vector::ConstantMaskOp::create(
        builder, loc, VectorType::get({height}, builder.getI1Type()),
        ArrayRef<int64_t>{rows});
  int64_t stored = exactly && count ? std::min(*count, length) : length;
  for (int64_t j = 0; j < stored; ++j)
    for (auto [number, part] : llvm::enumerate(vectors)) {
      Value column = part[j * height / length];
      if (height < length)
        column = vector::ExtractStridedSliceOp::create(
            builder, loc, column, j * height % length, height, 1);
      storePacked(side.buffer,
                  math.add(math.add(to, r), math.constant(j * pointStep)),
                  side.size, column, number, storeMask);
    }
}

void KernelEmitter::packPoints(const Side &side, const KernelDim &turned,
                               const Place &from, OpFoldResult to,
                               const Tile &tile, OpFoldResult points,
                               int64_t pointStep, bool exactly) {
  int64_t length = plan.vectorLength;
  OpFoldResult none = math.constant(0);
  // Nobody reads the sums of rows that no tile has, but they are computed: what
  // memory happens to hold may be numbers below the normal range, which take a
  // hundred times as long to multiply.
  int64_t present = side.size;
  if (std::optional<int64_t> all = getConstantIntValue(countRows(side)))
    present = std::min(present, *all);
  int64_t whole = present / length * length;
  auto packSquares = [&](OpFoldResult k, OpFoldResult count) {
    Place source = move(side.operand, from, turned, k);
    OpFoldResult target = math.add(to, math.mul(k, math.constant(pointStep)));
    auto packRows = [&](OpFoldResult r, int64_t rows, int64_t present) {
      packSquare(side, turned, source, target, r, rows, present, tile, count,
                 pointStep, exactly);
    };
    if (whole > 0)
      math.loop(none, math.constant(whole), length,
                [&](OpFoldResult r) { packRows(r, length, length); });
    for (int64_t r = whole; r < side.size; r += length)
      packRows(math.constant(r), std::min(length, side.size - r),
               std::clamp<int64_t>(present - r, 0, length));
  };
  auto packWhole = [&](OpFoldResult end) {
    math.loop(none, end, length,
              [&](OpFoldResult k) { packSquares(k, math.constant(length)); });
  };
  std::optional<int64_t> count = getConstantIntValue(points);
  if (count && *count % length == 0)
    return packWhole(points);
  if (!exactly)
    return math.loop(none, points, length, [&](OpFoldResult k) {
      packSquares(k, math.sub(points, k));
    });
  if (count) {
    int64_t even = *count / length * length;
    if (even > 0)
      packWhole(math.constant(even));
    return packSquares(math.constant(even), math.constant(*count - even));
  }
  // The last square overlaps the one before.
  math.branch(
      points, length,
      [&] {
        OpFoldResult last = math.sub(points, math.constant(length));
        math.loop(none, points, length, [&](OpFoldResult k) {
          packSquares(math.min(k, last), math.constant(length));
        });
      },
      [&] {
        math.loop(none, points, 1, [&](OpFoldResult k) {
          OpFoldResult at = math.mul(k, math.constant(pointStep));
          packRowElements(side, move(side.operand, from, turned, k),
                          math.add(to, at), tile);
        });
      });
}

void KernelEmitter::packTransposed(const Side &side, const Place &from,
                                   OpFoldResult to, const Tile &tile,
                                   const KBlock &block) {
  // Points past the end are overwritten by what follows in the buffer.
  int64_t pointStep = plan.parts * side.size;
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, plan.kBlock.size() - 1));
  loopOverK(block, side.operand, from, order,
            [&](const Place &place, OpFoldResult point) {
              OpFoldResult at = math.mul(point, math.constant(pointStep));
              packPoints(side, plan.kBlock.back(), place, math.add(to, at),
                         tile, block.extents.back(), pointStep,
                         /*exactly=*/false);
            });
}

void KernelEmitter::packTurned(const Side &side, unsigned turned,
                               OpFoldResult firstTile, OpFoldResult tiles,
                               const Offsets &offsets, const KBlock &block) {
  int64_t pointStep = plan.parts * side.size;
  int64_t tileSize = plan.kBlockSize() * pointStep;
  int64_t turnedStep = pointStep;
  for (const KernelDim &dim : ArrayRef(plan.kBlock).drop_front(turned + 1))
    turnedStep *= dim.extent;
  SmallVector<unsigned> order = getMemoryOrder(side.operand, turned);
  auto overTiles =
      [&](llvm::function_ref<void(const Tile &, OpFoldResult)> body) {
        math.loop(math.constant(0), tiles, 1, [&](OpFoldResult t) {
          body(getTile(math.add(firstTile, t), side),
               math.mul(t, math.constant(tileSize)));
        });
      };
  auto overPoints =
      [&](llvm::function_ref<void(const Place &, OpFoldResult)> body) {
        loopOverK(block, side.operand, getPlace(side.operand, offsets), order,
                  [&](const Place &place, OpFoldResult point) {
                    body(place, math.mul(point, math.constant(pointStep)));
                  });
      };
  auto packAt = [&](const Tile &tile, OpFoldResult base, const Place &from,
                    OpFoldResult to) {
    packPoints(side, plan.kBlock[turned],
               addPlaces(from, getPlace(side.operand, tile.offsets)),
               math.add(base, to), tile, block.extents[turned], turnedStep,
               /*exactly=*/true);
  };
  if (areTilesCloserThanPoints(side, turned))
    return overPoints([&](const Place &from, OpFoldResult to) {
      overTiles([&](const Tile &tile, OpFoldResult base) {
        packAt(tile, base, from, to);
      });
    });
  overTiles([&](const Tile &tile, OpFoldResult base) {
    overPoints([&](const Place &from, OpFoldResult to) {
      packAt(tile, base, from, to);
    });
  });
}

void KernelEmitter::packRowElements(const Side &side, const Place &from,
                                    OpFoldResult to, const Tile &tile) {
  OpFoldResult rows = isEven(side)
                          ? math.constant(side.size)
                          : math.min(tile.remaining, math.constant(side.size));
  math.loop(math.constant(0), rows, 1, [&](OpFoldResult r) {
    Parts element =
        loadSourceElement(side.operand, findRow(side, tile, from, r), side.dim);
    for (auto [part, number] : llvm::enumerate(element)) {
      OpFoldResult at = math.add(r, math.constant(part * side.size));
      memref::StoreOp::create(builder, loc, number, side.buffer,
                              math.toValue(math.add(to, at)));
    }
  });
  if (isEven(side))
    return;
  // As in packPoints: zeros are fast.
  Type number = cast<MemRefType>(side.buffer.getType()).getElementType();
  Value nothing =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(number));
  math.loop(rows, math.constant(side.size), 1, [&](OpFoldResult r) {
    for (unsigned part = 0; part < plan.parts; ++part) {
      OpFoldResult at = math.add(r, math.constant(part * side.size));
      memref::StoreOp::create(builder, loc, nothing, side.buffer,
                              math.toValue(math.add(to, at)));
    }
  });
}

void KernelEmitter::packElements(const Side &side, const Place &from,
                                 OpFoldResult to, const Tile &tile,
                                 const KBlock &block) {
  loopOverK(block, side.operand, from, getMemoryOrder(side.operand),
            [&](const Place &place, OpFoldResult point) {
              OpFoldResult at =
                  math.mul(point, numbers(math.constant(side.size)));
              packRowElements(side, place, math.add(to, at), tile);
            });
}
