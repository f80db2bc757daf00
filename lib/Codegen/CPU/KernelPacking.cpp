//===- KernelPacking.cpp - Copies of operands into tiles ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "VectorTranspose.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

void KernelEmitter::pack(const Side &side, OpFoldResult firstTile,
                         OpFoldResult tiles, const Offsets &offsets,
                         const KBlock &block) {
  if (side.operand == kB && plan.packsAcross())
    return packAcross(side, firstTile, tiles, offsets, block);
  const KernelDim &lastK = plan.kBlock.back();
  // Columns of vector registers run along the operand's contiguous dimension.
  bool alongRows = side.dim.isUnit(side.operand);
  bool transposed =
      !alongRows && lastK.isUnit(side.operand) &&
      llvm::isPowerOf2_64(plan.vectorLength) &&
      (lastK.extent == kDynamicExtent || 2 * lastK.extent >= plan.vectorLength);
  auto packTile = [&](OpFoldResult t) {
    Tile tile =
        getTile(math.add(firstTile, t), side.dim, side.outer, side.size);
    OpFoldResult from =
        math.add(offsets[side.operand], tile.offsets[side.operand]);
    OpFoldResult to =
        math.mul(t, math.constant(plan.parts * plan.kBlockSize() * side.size));
    if (plan.matrixUnit)
      packMatrix(side, from, to, tile.remaining, block);
    else if (alongRows)
      packAlongRows(side, from, to, tile.remaining, block);
    else if (transposed)
      packTransposed(side, from, to, tile.remaining, block);
    else
      packElements(side, from, to, tile.remaining, block);
  };
  // Threads that share rows out have the block of B in common. Where a tile
  // may be written past its end, the next one has to follow it.
  bool staysInTile = plan.matrixUnit || !transposed ||
                     (plan.kBlock.size() == 1 ? plan.kTile : lastK.extent) %
                             plan.vectorLength ==
                         0;
  if (side.operand == kB && plan.distribution == Distribution::rows &&
      staysInTile)
    return math.parallelLoop(math.constant(0), tiles, 1, packTile);
  // Memory is fastest where it is read from one end to the other.
  if (alongRows && !plan.matrixUnit && side.size % plan.vectorLength == 0)
    return packSweeping(side, firstTile, tiles, offsets, block);
  math.loop(math.constant(0), tiles, 1, packTile);
}

void KernelEmitter::loopOverK(
    const KBlock &block, KernelOperand operand, unsigned count,
    llvm::function_ref<void(OpFoldResult, OpFoldResult)> body) {
  std::function<void(unsigned, OpFoldResult, OpFoldResult)> nest =
      [&](unsigned depth, OpFoldResult offset, OpFoldResult point) {
        if (depth == count)
          return body(offset, point);
        int64_t inner = 1;
        for (const KernelDim &dim : ArrayRef(plan.kBlock).drop_front(depth + 1))
          inner *= dim.extent;
        math.loop(math.constant(0), block.extents[depth], 1,
                  [&](OpFoldResult i) {
                    OpFoldResult step = stride(plan.kBlock[depth], operand);
                    nest(depth + 1, math.add(offset, math.mul(i, step)),
                         math.add(point, math.mul(i, math.constant(inner))));
                  });
      };
  nest(0, math.constant(0), math.constant(0));
}

void KernelEmitter::packRow(const Side &side, OpFoldResult source,
                            OpFoldResult target, OpFoldResult remaining) {
  bool whole =
      isEven(side.dim, side.size) && side.size % plan.vectorLength == 0;
  SmallVector<Parts> vectors;
  for (int64_t r = 0; r < side.size; r += plan.vectorLength) {
    OpFoldResult row = math.constant(r);
    SmallVector<Value> masks(plan.parts);
    if (!whole)
      masks = makeMasks(math.sub(remaining, row), plan.parts);
    vectors.push_back(loadVector(side.operand, math.add(source, row), masks));
  }
  // A full last vector may hold rows of the next tile: they are overwritten by
  // the store that follows.
  for (unsigned part = 0; part < plan.parts; ++part)
    for (auto [number, vector] : llvm::enumerate(vectors)) {
      OpFoldResult r = math.constant(number * plan.vectorLength);
      storePacked(side.buffer, math.add(target, r), side.size, vector[part],
                  part, Value());
    }
}

void KernelEmitter::packAlongRows(const Side &side, OpFoldResult from,
                                  OpFoldResult to, OpFoldResult remaining,
                                  const KBlock &block) {
  loopOverK(block, side.operand, plan.kBlock.size(),
            [&](OpFoldResult offset, OpFoldResult point) {
              packRow(side, math.add(from, offset),
                      math.add(to, math.mul(point,
                                            numbers(math.constant(side.size)))),
                      remaining);
            });
}

void KernelEmitter::packSweeping(const Side &side, OpFoldResult firstTile,
                                 OpFoldResult tiles, const Offsets &offsets,
                                 const KBlock &block) {
  int64_t tileSize = plan.parts * plan.kBlockSize() * side.size;
  loopOverK(block, side.operand, plan.kBlock.size(),
            [&](OpFoldResult offset, OpFoldResult point) {
              OpFoldResult from = math.add(offsets[side.operand], offset);
              OpFoldResult to =
                  math.mul(point, numbers(math.constant(side.size)));
              math.loop(math.constant(0), tiles, 1, [&](OpFoldResult t) {
                Tile tile = getTile(math.add(firstTile, t), side.dim,
                                    side.outer, side.size);
                packRow(side, math.add(from, tile.offsets[side.operand]),
                        math.add(to, math.mul(t, math.constant(tileSize))),
                        tile.remaining);
              });
            });
}

void KernelEmitter::packTransposed(const Side &side, OpFoldResult from,
                                   OpFoldResult to, OpFoldResult remaining,
                                   const KBlock &block) {
  int64_t length = plan.vectorLength;
  bool evenRows = isEven(side.dim, side.size);
  unsigned outerCount = plan.kBlock.size() - 1;
  OpFoldResult count = block.extents.back();
  std::optional<int64_t> staticCount = getConstantIntValue(count);
  bool evenK = staticCount && *staticCount % length == 0;
  // One square of `rows` rows from row `r` on.
  auto packSquare = [&](OpFoldResult offset, OpFoldResult point, OpFoldResult r,
                        int64_t rows, ArrayRef<Value> masks) {
    OpFoldResult lastRow = math.sub(remaining, math.constant(1));
    // Transposition leaves several points of the sum in a vector where rows are
    // few.
    int64_t height = llvm::PowerOf2Ceil(rows);
    SmallVector<SmallVector<Value>, 2> vectors(
        plan.parts, SmallVector<Value>(height, zero));
    for (int64_t i = 0; i < rows; ++i) {
      // Rows past the end repeat the last one; nobody reads their sums.
      OpFoldResult row = math.add(r, math.constant(i));
      if (!evenRows)
        row = math.min(row, lastRow);
      OpFoldResult place = math.mul(row, stride(side.dim, side.operand));
      Parts loaded = loadVector(side.operand,
                                math.add(math.add(from, offset), place), masks);
      for (auto [part, value] : llvm::zip_equal(vectors, loaded))
        part[i] = value;
    }
    int64_t step = plan.parts * side.size;
    OpFoldResult target =
        math.add(math.add(to, math.mul(point, math.constant(step))), r);
    for (SmallVector<Value> &part : vectors)
      part = transposeVectors(builder, loc, part);
    // Lanes past the last row are overwritten by what follows, unless that has
    // rows in front of these that are there already.
    Value storeMask;
    if (height != rows && rows != side.size)
      storeMask = vector::ConstantMaskOp::create(
          builder, loc, VectorType::get({height}, builder.getI1Type()),
          ArrayRef<int64_t>{rows});
    for (int64_t j = 0; j < length; ++j)
      for (auto [number, part] : llvm::enumerate(vectors)) {
        Value column = part[j * height / length];
        if (height < length)
          column = vector::ExtractStridedSliceOp::create(
              builder, loc, column, j * height % length, height, 1);
        storePacked(side.buffer, math.add(target, math.constant(j * step)),
                    side.size, column, number, storeMask);
      }
  };
  // Points past the end are overwritten by what follows in the buffer.
  int64_t whole = side.size / length * length;
  loopOverK(block, side.operand, outerCount,
            [&](OpFoldResult offset, OpFoldResult point) {
              math.loop(math.constant(0), count, length, [&](OpFoldResult k) {
                SmallVector<Value> masks(plan.parts);
                if (!evenK)
                  masks = makeMasks(math.sub(count, k), plan.parts);
                OpFoldResult start = math.add(offset, k);
                OpFoldResult at = math.add(point, k);
                if (whole > 0)
                  math.loop(math.constant(0), math.constant(whole), length,
                            [&](OpFoldResult r) {
                              packSquare(start, at, r, length, masks);
                            });
                if (whole < side.size)
                  packSquare(start, at, math.constant(whole), side.size - whole,
                             masks);
              });
            });
}

void KernelEmitter::packSquaresAcross(const Side &side, OpFoldResult number,
                                      OpFoldResult to, const Offsets &offsets,
                                      const KBlock &block) {
  int64_t length = plan.vectorLength;
  int64_t tileSize = plan.kBlockSize() * side.size;
  Tile tile = getColumnTile(number);
  OpFoldResult from = math.add(offsets[kB], tile.offsets[kB]);
  OpFoldResult lastRow = math.sub(tile.remaining, math.constant(1));
  auto packSquare = [&](OpFoldResult source, OpFoldResult target,
                        ArrayRef<OpFoldResult> places) {
    SmallVector<Value> rows;
    for (OpFoldResult place : places)
      rows.push_back(loadVector(kB, math.add(place, source), Value())[0]);
    for (auto [j, column] :
         llvm::enumerate(transposeVectors(builder, loc, rows)))
      storeNumbers(side.buffer, math.add(target, math.constant(j * tileSize)),
                   column, Value());
  };
  math.loop(
      math.constant(0), math.constant(side.size), length, [&](OpFoldResult r) {
        SmallVector<OpFoldResult> places;
        for (int64_t i = 0; i < length; ++i) {
          // Rows past the end repeat the last one; nobody reads their
          // sums.
          OpFoldResult row = math.add(r, math.constant(i));
          if (!isEven(side.dim, side.size))
            row = math.min(row, lastRow);
          places.push_back(math.add(from, math.mul(row, stride(side.dim, kB))));
        }
        loopOverK(block, kB, plan.kBlock.size(),
                  [&](OpFoldResult offset, OpFoldResult point) {
                    OpFoldResult at = math.mul(point, math.constant(side.size));
                    packSquare(offset, math.add(math.add(to, r), at), places);
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
  OpFoldResult length = math.constant(plan.vectorLength);
  OpFoldResult end = math.add(firstTile, tiles);
  auto getTarget = [&](OpFoldResult number) {
    return math.mul(math.sub(number, firstTile),
                    math.constant(plan.kBlockSize() * side.size));
  };
  auto packLong = [&](OpFoldResult first, OpFoldResult last) {
    OpFoldResult lastSquares = math.sub(last, length);
    math.loop(first, last, plan.vectorLength, [&](OpFoldResult number) {
      number = math.min(number, lastSquares);
      packSquaresAcross(side, number, getTarget(number), offsets, block);
    });
  };
  auto packShort = [&](OpFoldResult first, OpFoldResult last) {
    math.loop(first, last, 1, [&](OpFoldResult number) {
      Tile tile = getColumnTile(number);
      packElements(side, math.add(offsets[kB], tile.offsets[kB]),
                   getTarget(number), tile.remaining, block);
    });
  };
  OpFoldResult lastRun = math.div(math.add(end, math.sub(run, one)), run);
  math.loop(math.div(firstTile, run), lastRun, 1, [&](OpFoldResult r) {
    OpFoldResult first = math.max(firstTile, math.mul(r, run));
    OpFoldResult last = math.min(end, math.mul(math.add(r, one), run));
    Value isLong = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::sge,
        math.toValue(math.sub(last, first)), math.toValue(length));
    auto ifOp = scf::IfOp::create(builder, loc, isLong, /*withElse=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(ifOp.thenBlock());
    packLong(first, last);
    builder.setInsertionPointToStart(ifOp.elseBlock());
    packShort(first, last);
  });
}

void KernelEmitter::packElements(const Side &side, OpFoldResult from,
                                 OpFoldResult to, OpFoldResult remaining,
                                 const KBlock &block) {
  OpFoldResult rows = isEven(side.dim, side.size)
                          ? math.constant(side.size)
                          : math.min(remaining, math.constant(side.size));
  loopOverK(
      block, side.operand, plan.kBlock.size(),
      [&](OpFoldResult offset, OpFoldResult point) {
        OpFoldResult source = math.add(from, offset);
        OpFoldResult target =
            math.add(to, math.mul(point, numbers(math.constant(side.size))));
        math.loop(math.constant(0), rows, 1, [&](OpFoldResult r) {
          Parts element = loadElement(
              side.operand,
              math.add(source, math.mul(r, stride(side.dim, side.operand))));
          for (auto [part, number] : llvm::enumerate(element)) {
            OpFoldResult at = math.add(r, math.constant(part * side.size));
            memref::StoreOp::create(builder, loc, number, side.buffer,
                                    math.toValue(math.add(target, at)));
          }
        });
      });
}
