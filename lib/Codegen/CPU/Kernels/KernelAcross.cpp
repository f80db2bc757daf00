//===- KernelAcross.cpp - Tiles packed across their runs ------------------===//
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

int64_t KernelEmitter::squareWidth() const {
  return std::min(plan.vectorLength, plan.nOuter.back().extent);
}

/// The place among `order`, dimensions of the sum as they lie in memory, where
/// the rows of squares come: those that are farther apart than points come
/// first, and also where only the run knows how far that is.
static unsigned findRowsPlace(const KernelPlan &plan,
                              ArrayRef<unsigned> order) {
  auto getStride = [&](unsigned number) {
    return plan.kBlock[number].strides[kB];
  };
  int64_t stride = plan.n.strides[kB];
  if (stride == kDynamicExtent || llvm::any_of(order, [&](unsigned number) {
        return getStride(number) == kDynamicExtent;
      }))
    return 0;
  return llvm::find_if(order,
                       [&](unsigned number) {
                         return std::abs(getStride(number)) < std::abs(stride);
                       }) -
         order.begin();
}

void KernelEmitter::packRunAcross(const Side &side, OpFoldResult first,
                                  OpFoldResult count, OpFoldResult to,
                                  const Offsets &offsets, const KBlock &block) {
  int64_t length = plan.vectorLength, width = squareWidth();
  int64_t tileSize = plan.kBlockSize() * side.size;
  OpFoldResult lastSquares = math.sub(count, math.constant(width));
  Tile tile = getColumnTile(first);
  Place from = addPlaces(getPlace(kB, offsets), getPlace(kB, tile.offsets));
  OpFoldResult none = math.constant(0), size = math.constant(side.size);
  SmallVector<unsigned> order = getMemoryOrder(kB);
  const KernelDim &across = side.outer.back();
  Value mask = makeMask(math.constant(width));
  auto packSquare = [&](const Place &source, OpFoldResult target,
                        ArrayRef<Place> places) {
    SmallVector<Value> rows;
    for (const Place &place : places) {
      Place at = addPlaces(place, source);
      rows.push_back(loadSource(kB, at, mask, across)[0]);
      // A run is short: the next one is on its way meanwhile.
      prefetchSource(kB,
                     move(kB, at, plan.kBlock[order.back()], math.constant(1)));
    }
    SmallVector<Value> columns = transposeVectors(builder, loc, rows);
    for (auto [j, column] :
         llvm::enumerate(ArrayRef(columns).take_front(width)))
      storeNumbers(side.buffer, math.add(target, math.constant(j * tileSize)),
                   column, Value());
  };
  // Memory is read from one end of a run to the other.
  auto packRun = [&](const Place &source, OpFoldResult target,
                     ArrayRef<Place> places) {
    math.loop(none, count, width, [&](OpFoldResult number) {
      number = math.min(number, lastSquares);
      packSquare(move(kB, source, across, number),
                 math.add(target, math.mul(number, math.constant(tileSize))),
                 places);
    });
  };
  unsigned before = findRowsPlace(plan, order);
  // Vectors that no tile computes need not be there.
  OpFoldResult end =
      endsWithOwnVectors() ? math.min(tile.remaining, size) : size;
  loopOverK(
      block, kB, Place(from.size(), none), ArrayRef(order).take_front(before),
      [&](const Place &slab, OpFoldResult farPoint) {
        math.loop(none, end, length, [&](OpFoldResult r) {
          SmallVector<Place> places = findRows(side, tile, from, r, length);
          loopOverK(block, kB, slab, ArrayRef(order).drop_front(before),
                    [&](const Place &source, OpFoldResult nearPoint) {
                      OpFoldResult point = math.add(farPoint, nearPoint);
                      OpFoldResult at = math.add(math.mul(point, size), r);
                      packRun(source, math.add(to, at), places);
                    });
        });
      });
}

/// Tiles come in runs along the contiguous dimension of B. A run that is no
/// multiple of the vector length ends with squares that overlap those before.
/// One that is shorter is packed element by element, unless all are.
void KernelEmitter::packAcross(const Side &side, OpFoldResult firstTile,
                               OpFoldResult tiles, const Offsets &offsets,
                               const KBlock &block) {
  OpFoldResult run = extent(side.outer.back()), one = math.constant(1);
  OpFoldResult end = math.add(firstTile, tiles);
  auto getTarget = [&](OpFoldResult number) {
    return math.mul(math.sub(number, firstTile),
                    math.constant(plan.kBlockSize() * side.size));
  };
  auto packShort = [&](OpFoldResult first, OpFoldResult last) {
    math.loop(first, last, 1, [&](OpFoldResult number) {
      Tile tile = getColumnTile(number);
      packElements(side,
                   addPlaces(getPlace(kB, offsets), getPlace(kB, tile.offsets)),
                   getTarget(number), tile, block);
    });
  };
  OpFoldResult lastRun = math.div(math.add(end, math.sub(run, one)), run);
  math.loop(math.div(firstTile, run), lastRun, 1, [&](OpFoldResult r) {
    OpFoldResult first = math.max(firstTile, math.mul(r, run));
    OpFoldResult last = math.min(end, math.mul(math.add(r, one), run));
    OpFoldResult count = math.sub(last, first);
    math.branch(
        count, squareWidth(),
        [&] {
          packRunAcross(side, first, count, getTarget(first), offsets, block);
        },
        [&] { packShort(first, last); });
  });
}

//===----------------------------------------------------------------------===//
// Joined columns
//===----------------------------------------------------------------------===//

/// Runs, along plan.n, of a block of joined columns at most.
static int64_t getMostRuns(const KernelPlan &plan) {
  int64_t length = plan.n.extent;
  int64_t runs = llvm::divideCeil(plan.nTiles * plan.nr(), length) + 1;
  return std::min(runs, plan.columnExtent() / length);
}

int64_t KernelEmitter::countCollected() const {
  // Squares may write a vector of runs past the last one.
  int64_t runs = getMostRuns(plan) + plan.vectorLength;
  return runs * plan.n.extent + plan.nr() + plan.vectorLength;
}

void KernelEmitter::collectColumns(const Side &side, const Place &from,
                                   OpFoldResult firstRun, OpFoldResult endRun) {
  const KernelDim &across = side.outer.back();
  OpFoldResult length = extent(across), one = math.constant(1);
  OpFoldResult runLength = extent(side.dim);
  OpFoldResult none = math.constant(0);
  Tile tile{Offsets(kC + 1 + fused.size(), none), none, runLength};
  Side row{{kB, side.dim, {}, side.dim.extent}, collected};
  OpFoldResult end = math.div(math.add(endRun, math.sub(length, one)), length);
  math.loop(math.div(firstRun, length), end, 1, [&](OpFoldResult point) {
    OpFoldResult start = math.mul(point, length);
    OpFoldResult first = math.max(firstRun, start);
    OpFoldResult last = math.min(endRun, math.add(start, length));
    Offsets offsets = moveToPoint(tile.offsets, side.outer, first);
    OpFoldResult to = math.mul(math.sub(first, firstRun), runLength);
    packPoints(row, across, addPlaces(from, getPlace(kB, offsets)), to, tile,
               math.sub(last, first), side.dim.extent, /*exactly=*/false);
  });
}

void KernelEmitter::packCollecting(const Side &side, OpFoldResult firstTile,
                                   OpFoldResult tiles, const Offsets &offsets,
                                   const KBlock &block) {
  OpFoldResult none = math.constant(0), size = math.constant(side.size);
  OpFoldResult first = math.mul(firstTile, size);
  OpFoldResult last =
      math.min(math.mul(math.add(firstTile, tiles), size), countRows(side));
  OpFoldResult runLength = extent(side.dim);
  OpFoldResult firstRun = math.div(first, runLength);
  OpFoldResult endRun = math.ceilDiv(last, side.dim.extent);
  OpFoldResult skipped = math.sub(first, math.mul(firstRun, runLength));
  // As in packPoints: zeros are fast.
  OpFoldResult end = math.mul(math.sub(endRun, firstRun), runLength);
  math.loop(none, size, plan.vectorLength, [&](OpFoldResult r) {
    storeNumbers(collected, math.add(end, r), zero, Value());
  });
  int64_t tileSize = plan.kBlockSize() * side.size;
  loopOverK(block, kB, getPlace(kB, offsets), getMemoryOrder(kB),
            [&](const Place &from, OpFoldResult point) {
              collectColumns(side, from, firstRun, endRun);
              OpFoldResult to = math.mul(point, size);
              math.loop(none, tiles, 1, [&](OpFoldResult t) {
                OpFoldResult source = math.add(skipped, math.mul(t, size));
                OpFoldResult target =
                    math.add(to, math.mul(t, math.constant(tileSize)));
                for (int64_t r = 0; r < side.size; r += plan.vectorLength) {
                  OpFoldResult row = math.constant(r);
                  Value vector =
                      loadNumbers(collected, math.add(source, row), Value());
                  storeNumbers(side.buffer, math.add(target, row), vector,
                               Value());
                }
              });
            });
}
