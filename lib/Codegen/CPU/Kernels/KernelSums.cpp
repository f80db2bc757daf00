//===- KernelSums.cpp - Sums that wait in buffers -------------------------===//
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

//===----------------------------------------------------------------------===//
// Register tiles
//===----------------------------------------------------------------------===//

void KernelEmitter::storeSums(ArrayRef<Value> sums, Value buffer,
                              OpFoldResult from) {
  for (auto [number, sum] : llvm::enumerate(sums))
    storeNumbers(buffer,
                 math.add(from, math.constant(number * plan.vectorLength)), sum,
                 Value());
}

void KernelEmitter::updateFromBuffer(OpFoldResult rows, const Offsets &base,
                                     ArrayRef<Lanes> lanes, const KBlock &block,
                                     Value buffer, OpFoldResult from,
                                     OpFoldResult step, int64_t count) {
  startParts(base, lanes);
  math.loop(math.constant(0), rows, 1, [&](OpFoldResult i) {
    Offsets rowBase = moveToRow(base, i);
    OpFoldResult row = math.add(
        from, math.mul(i, math.constant(rowRegisters() * plan.vectorLength)));
    auto addTile = [&](OpFoldResult number, ValueRange totals) {
      OpFoldResult at = math.add(row, math.mul(number, step));
      SmallVector<Value> next;
      for (int64_t v = 0; v < rowRegisters(); ++v) {
        Value sum = loadNumbers(
            buffer, math.add(at, math.constant(v * plan.vectorLength)),
            Value());
        next.push_back(finish(sum, totals.empty() ? Value() : totals[v]));
      }
      return next;
    };
    SmallVector<Value> totals;
    if (!overwrite || !block.isFirstStatic)
      for (const Lanes &registers : lanes)
        totals.push_back(loadC(rowBase, registers));
    totals = addTile(math.constant(0), totals);
    totals = math.accumulate(1, count, totals, addTile);
    if (finishes())
      return storeRows(totals, rowBase, lanes, block, /*oneByOne=*/true);
    for (auto [total, registers] : llvm::zip_equal(totals, lanes))
      storeC(rowBase, registers, total);
  });
}

//===----------------------------------------------------------------------===//
// Sums that threads share out
//===----------------------------------------------------------------------===//

// Each block of the sum leaves its sums in a buffer of register tiles. When all
// have, threads share out the tiles of C and add the blocks to each in their
// order, as code for one thread does that computes one block after the other.

void KernelEmitter::emitSumOnThreads(const Offsets &offsets) {
  Range rows = rowTiles, columns = columnTiles;
  int64_t blocks = plan.countSumBlocks();
  auto type = MemRefType::get({blocks * *getConstantIntValue(rows.end) *
                               *getConstantIntValue(columns.end) * plan.mr *
                               plan.nr() * plan.parts},
                              computeType);
  blockSums = memref::AllocOp::create(builder, loc, type,
                                      builder.getI64IntegerAttr(64));
  OpFoldResult threads = countThreads();
  // Where there are more threads than blocks, several share the rows of one.
  OpFoldResult shares = math.min(threads, math.constant(blocks));
  OpFoldResult groups = math.ceilDiv(threads, blocks);
  math.parallelLoop(
      math.constant(0), math.mul(shares, groups), 1, [&](OpFoldResult number) {
        sumBlocks = getShare(math.constant(blocks), 1, math.div(number, groups),
                             shares);
        rowTiles = getShare(rows.end, 1, math.rem(number, groups), groups);
        withBuffers([&] { emitColumnBlocks(offsets); });
      });
  rowTiles = rows;
  bool dividesRows =
      *getConstantIntValue(rows.end) >= *getConstantIntValue(columns.end);
  emitOnThreads(dividesRows ? rowTiles : columnTiles, 1,
                [&] { addBlocks(offsets); });
  memref::DeallocOp::create(builder, loc, blockSums);
}

void KernelEmitter::loopOverShare(
    const Offsets &offsets, llvm::function_ref<void(const KBlock &)> body) {
  OpFoldResult along = math.ceilDiv(extent(plan.kBlock[0]), plan.kTile);
  math.loop(sumBlocks.first, sumBlocks.end, 1, [&](OpFoldResult number) {
    OpFoldResult start =
        math.mul(math.rem(number, along), math.constant(plan.kTile));
    KBlock block = getKBlock(
        moveToPoint(offsets, plan.kOuter, math.div(number, along)), start);
    block.number = number;
    body(block);
  });
}

OpFoldResult KernelEmitter::getPlace(OpFoldResult block, const Tile &row,
                                     const Tile &column) {
  OpFoldResult tile =
      math.add(math.mul(block, countTiles(getColumns())), column.number);
  tile = math.add(math.mul(tile, countTiles(getRows())), row.number);
  return math.mul(tile, math.constant(tileNumbers()));
}

void KernelEmitter::addBlocks(const Offsets &offsets) {
  KBlock whole;
  auto addTile = [&](const Tile &row, const Column &column) {
    OpFoldResult tiles =
        math.mul(countTiles(getRows()), countTiles(getColumns()));
    updateFromBuffer(math.min(row.remaining, math.constant(plan.mr)),
                     getTileBase(offsets, row, column.tile),
                     withLoadMasks(column.lanes, whole), whole, blockSums,
                     getPlace(math.constant(0), row, column.tile),
                     math.mul(tiles, math.constant(tileNumbers())),
                     plan.countSumBlocks());
  };
  math.loop(rowTiles.first, rowTiles.end, 1, [&](OpFoldResult i) {
    Tile row = getRowTile(i);
    math.loop(columnTiles.first, columnTiles.end, 1, [&](OpFoldResult j) {
      withColumn(getColumnTile(j), j,
                 [&](const Column &column) { addTile(row, column); });
    });
  });
}
