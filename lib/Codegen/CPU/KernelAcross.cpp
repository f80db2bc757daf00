//===- KernelAcross.cpp - Tiles packed across their runs ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "VectorTranspose.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

void KernelEmitter::packRunAcross(const Side &side, OpFoldResult first,
                                  OpFoldResult count, OpFoldResult to,
                                  const Offsets &offsets, const KBlock &block) {
  int64_t length = plan.vectorLength;
  int64_t tileSize = plan.kBlockSize() * side.size;
  OpFoldResult lastSquares = math.sub(count, math.constant(length));
  Tile tile = getColumnTile(first);
  Place from = addPlaces(getPlace(kB, offsets), getPlace(kB, tile.offsets));
  OpFoldResult lastRow = math.sub(tile.remaining, math.constant(1));
  OpFoldResult none = math.constant(0);
  SmallVector<unsigned> order = getMemoryOrder(kB);
  const KernelDim &across = side.outer.back();
  auto packSquare = [&](const Place &source, OpFoldResult target,
                        ArrayRef<Place> places) {
    SmallVector<Value> rows;
    for (const Place &place : places) {
      Place at = addPlaces(place, source);
      rows.push_back(loadSource(kB, at, Value(), across)[0]);
      // A run is short: the next one is on its way meanwhile.
      prefetchSource(kB,
                     move(kB, at, plan.kBlock[order.back()], math.constant(1)));
    }
    for (auto [j, column] :
         llvm::enumerate(transposeVectors(builder, loc, rows)))
      storeNumbers(side.buffer, math.add(target, math.constant(j * tileSize)),
                   column, Value());
  };
  math.loop(
      math.constant(0), math.constant(side.size), length, [&](OpFoldResult r) {
        SmallVector<Place> places;
        for (int64_t i = 0; i < length; ++i) {
          // Rows past the end repeat the last one; nobody reads their
          // sums.
          OpFoldResult row = math.add(r, math.constant(i));
          if (!isEven(side.dim, side.size))
            row = math.min(row, lastRow);
          places.push_back(move(kB, from, side.dim, row));
        }
        loopOverK(block, kB, Place(from.size(), none), order,
                  [&](const Place &source, OpFoldResult point) {
                    OpFoldResult at = math.mul(point, math.constant(side.size));
                    at = math.add(math.add(to, r), at);
                    // Memory is read from one end of a run to the other.
                    math.loop(none, count, length, [&](OpFoldResult number) {
                      number = math.min(number, lastSquares);
                      packSquare(move(kB, source, across, number),
                                 math.add(at, math.mul(number, math.constant(
                                                                   tileSize))),
                                 places);
                    });
                  });
      });
}

/// Tiles come in runs along the contiguous dimension of B. A run that is no
/// multiple of the vector length ends with squares that overlap those before;
/// one that is shorter is packed element by element.
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
                   getTarget(number), tile.remaining, block);
    });
  };
  OpFoldResult lastRun = math.div(math.add(end, math.sub(run, one)), run);
  math.loop(math.div(firstTile, run), lastRun, 1, [&](OpFoldResult r) {
    OpFoldResult first = math.max(firstTile, math.mul(r, run));
    OpFoldResult last = math.min(end, math.mul(math.add(r, one), run));
    OpFoldResult count = math.sub(last, first);
    math.branch(
        count, plan.vectorLength,
        [&] {
          packRunAcross(side, first, count, getTarget(first), offsets, block);
        },
        [&] { packShort(first, last); });
  });
}
