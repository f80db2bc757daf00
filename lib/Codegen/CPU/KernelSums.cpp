//===- KernelSums.cpp - Sums that threads share out -----------------------===//
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
  return math.mul(tile, math.constant(plan.mr * plan.nr() * plan.parts));
}

void KernelEmitter::addBlocks(const Offsets &offsets) {
  KBlock whole;
  auto addTile = [&](const Tile &row, const Column &column) {
    SmallVector<OpFoldResult> places;
    for (int64_t block = 0; block < plan.countSumBlocks(); ++block)
      places.push_back(getPlace(math.constant(block), row, column.tile));
    updateFromBuffer(math.min(row.remaining, math.constant(plan.mr)),
                     getTileBase(offsets, row, column.tile),
                     withLoadMasks(column.lanes, whole), whole, blockSums,
                     places);
  };
  math.loop(rowTiles.first, rowTiles.end, 1, [&](OpFoldResult i) {
    Tile row = getRowTile(i);
    math.loop(columnTiles.first, columnTiles.end, 1, [&](OpFoldResult j) {
      withColumn(getColumnTile(j), j,
                 [&](const Column &column) { addTile(row, column); });
    });
  });
}
