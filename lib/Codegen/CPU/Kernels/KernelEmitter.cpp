//===- KernelEmitter.cpp - Loop nest of a contraction kernel --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "tensornet/Codegen/CPU/Buffers/Workspace.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

KernelEmitter::KernelEmitter(OpBuilder &builder, Location loc,
                             const KernelPlan &plan, Type computeType,
                             std::array<FlatOperand, 3> operands,
                             DynamicSizes dynamicSizes, bool overwrite,
                             Parts scale, const KernelEpilogue *epilogue,
                             ArrayRef<KernelReduction> reductions,
                             std::array<const KernelPrologue *, 2> prologues,
                             ArrayRef<OpFoldResult> boundConstants)
    : builder(builder), loc(loc), math(builder, loc), plan(plan),
      computeType(computeType),
      vectorType(VectorType::get({plan.vectorLength}, computeType)),
      maskType(VectorType::get({plan.vectorLength}, builder.getI1Type())),
      operands(operands), dynamicSizes(dynamicSizes), overwrite(overwrite),
      scale(std::move(scale)), epilogue(epilogue), reductions(reductions),
      prologues(prologues), boundConstants(boundConstants) {
  SmallVector<const FusedElementwise *> ops = {epilogue, prologues[kA],
                                               prologues[kB]};
  for (const KernelReduction &reduction : reductions)
    ops.push_back(&reduction);
  for (const FusedElementwise *op : ops)
    for (unsigned number = 0; op && number < op->getNumTensors(); ++number)
      fused.emplace_back(op, number);
}

void KernelEmitter::emit() {
  zero = makeZero(plan.vectorLength);
  scale = broadcast(scale, plan.vectorLength);
  Offsets start = {operands[kA].offset, operands[kB].offset,
                   operands[kC].offset};
  for (KernelOperand operand : {kA, kB})
    if (isTiled(operand)) {
      layOutTiles(operand);
      start[operand] = math.constant(0);
    }
  for (auto [op, number] : fused)
    start.push_back(op->getOffset(number));
  rowTiles = {math.constant(0), countTiles(getRows())};
  columnTiles = {math.constant(0), countTiles(getColumns())};
  auto emitPart = [&] { withBuffers([&] { emitBatch(start); }); };
  switch (plan.distribution) {
  case Distribution::none:
    return emitPart();
  case Distribution::batch:
    return emitBatchOnThreads(start);
  case Distribution::rows:
    return emitOnThreads(rowTiles, 1, emitPart);
  case Distribution::columns:
    return emitOnThreads(columnTiles, plan.columnUnit(), emitPart);
  case Distribution::sum:
    return emitSumOnThreads(start);
  }
}

//===----------------------------------------------------------------------===//
// Dimensions and tiles
//===----------------------------------------------------------------------===//

OpFoldResult KernelEmitter::extent(const KernelDim &dim) {
  if (dim.extent != kDynamicExtent)
    return math.constant(dim.extent);
  return dynamicSizes(dim, 3);
}

OpFoldResult KernelEmitter::stride(const KernelDim &dim, unsigned operand) {
  if (operand > kC) {
    auto [op, number] = fused[operand - kC - 1];
    return op->getStride(builder, loc, number, dim);
  }
  if (!dim.present[operand])
    return math.constant(0);
  if (isTiled(operand))
    return math.constant(tileStrides[operand].lookup(dim.source));
  if (dim.strides[operand] != kDynamicExtent)
    return math.constant(dim.strides[operand]);
  return dynamicSizes(dim, operand);
}

Offsets KernelEmitter::advance(const Offsets &offsets, const KernelDim &dim,
                               OpFoldResult count) {
  Offsets result = offsets;
  for (unsigned tensor = 0; tensor < offsets.size(); ++tensor)
    if (tensor > kC || dim.present[tensor])
      result[tensor] =
          math.add(offsets[tensor], math.mul(count, stride(dim, tensor)));
  return result;
}

void KernelEmitter::loopOver(ArrayRef<KernelDim> dims, const Offsets &offsets,
                             llvm::function_ref<void(const Offsets &)> body) {
  if (dims.empty())
    return body(offsets);
  math.loop(math.constant(0), extent(dims[0]), 1, [&](OpFoldResult i) {
    loopOver(dims.drop_front(), advance(offsets, dims[0], i), body);
  });
}

OpFoldResult KernelEmitter::countPoints(ArrayRef<KernelDim> dims) {
  OpFoldResult points = math.constant(1);
  for (const KernelDim &dim : dims)
    points = math.mul(points, extent(dim));
  return points;
}

Offsets KernelEmitter::moveToPoint(Offsets offsets, ArrayRef<KernelDim> dims,
                                   OpFoldResult number, Points *points) {
  for (auto [position, dim] : llvm::enumerate(llvm::reverse(dims))) {
    bool last = position + 1 == dims.size();
    OpFoldResult point = last ? number : math.rem(number, extent(dim));
    if (points)
      points->push_back({dim.source, point});
    offsets = advance(offsets, dim, point);
    if (!last)
      number = math.div(number, extent(dim));
  }
  return offsets;
}

OpFoldResult KernelEmitter::countRows(const Axis &axis) {
  OpFoldResult rows = extent(axis.dim);
  return axis.joined ? math.mul(rows, countPoints(axis.outer)) : rows;
}

OpFoldResult KernelEmitter::countTiles(const Axis &axis) {
  OpFoldResult tiles = math.ceilDiv(countRows(axis), axis.size);
  return axis.joined ? tiles : math.mul(tiles, countPoints(axis.outer));
}

KernelEmitter::Tile KernelEmitter::getTile(OpFoldResult number,
                                           const Axis &axis, bool across) {
  OpFoldResult none = math.constant(0);
  Tile tile{Offsets(kC + 1 + fused.size(), none), none, none, number};
  if (axis.joined) {
    tile.start = math.mul(number, math.constant(axis.size));
    tile.remaining = math.sub(countRows(axis), tile.start);
    return tile;
  }
  ArrayRef<KernelDim> outer = axis.outer;
  if (across) {
    OpFoldResult run = extent(outer.back());
    OpFoldResult point = math.rem(number, run);
    tile.offsets = advance(tile.offsets, outer.back(), point);
    tile.outer.push_back({outer.back().source, point});
    number = math.div(number, run);
    outer = outer.drop_back();
  }
  OpFoldResult start = number;
  if (!outer.empty()) {
    OpFoldResult along = math.ceilDiv(extent(axis.dim), axis.size);
    start = math.rem(number, along);
    number = math.div(number, along);
  }
  tile.offsets = moveToPoint(tile.offsets, outer, number, &tile.outer);
  start = math.mul(start, math.constant(axis.size));
  tile.offsets = advance(tile.offsets, axis.dim, start);
  tile.start = start;
  tile.remaining = math.sub(extent(axis.dim), start);
  return tile;
}

//===----------------------------------------------------------------------===//
// Loop nest
//===----------------------------------------------------------------------===//

void KernelEmitter::withBuffers(llvm::function_ref<void()> body) {
  SmallVector<Value> buffers;
  Type packedType =
      plan.matrixUnit ? getUnitVector().getElementType() : computeType;
  auto allocate = [&](int64_t elements, Type elementType) -> Value {
    auto type = MemRefType::get({elements}, elementType);
    return buffers.emplace_back(memref::AllocOp::create(
        builder, loc, type, builder.getI64IntegerAttr(64)));
  };
  auto allocateTiles = [&](int64_t tiles, int64_t size) {
    // Packing may write one vector past the last row or one block of rows past
    // the last k point.
    int64_t slack = plan.vectorLength * (size + 1);
    return allocate(plan.parts * (tiles * plan.kBlockSize() * size + slack),
                    packedType);
  };
  if (packs(kA))
    bufferA = allocateTiles(plan.mTiles, plan.mr);
  else if (plan.readsUnitRows())
    bufferA = allocateTiles(1, plan.mr);
  if (packs(kB))
    bufferB = allocateTiles(plan.nTiles, plan.nr());
  if (packs(kB) && plan.collectsColumns())
    collected = allocate(countCollected(), computeType);
  if (tracksExponents()) {
    if (plan.packA)
      exponentsA = allocate(plan.mTiles, builder.getI32Type());
    exponentsB = allocate(plan.nTiles, builder.getI32Type());
  }
  if (addsBias())
    biases = allocate(plan.nTiles * plan.nr(), computeType);
  bool updatesPartly = !isEven(plan.m, plan.mr) &&
                       plan.distribution != Distribution::sum &&
                       (plan.lastRows() == 0 || finishes());
  if (plan.matrixUnit || updatesPartly) {
    int64_t size = plan.mr * plan.nr() * plan.parts;
    // OpenMP's lowering has no place for stack memory inside parallel loops.
    spill = plan.distribution == Distribution::none
                ? allocateOnStack(MemRefType::get({size}, computeType))
                : allocate(size, computeType);
  }
  body();
  for (Value buffer : buffers)
    memref::DeallocOp::create(builder, loc, buffer);
}

Value KernelEmitter::allocateOnStack(MemRefType type) {
  OpBuilder::InsertionGuard guard(builder);
  Operation *scope = builder.getInsertionBlock()->getParentOp();
  while (!scope->hasTrait<OpTrait::AutomaticAllocationScope>())
    scope = scope->getParentOp();
  builder.setInsertionPointToStart(&scope->getRegion(0).front());
  return memref::AllocaOp::create(builder, loc, type,
                                  builder.getI64IntegerAttr(64));
}

OpFoldResult KernelEmitter::countThreads() {
  return func::CallOp::create(builder, loc, kNumThreadsFunction,
                              builder.getIndexType())
      .getResult(0);
}

KernelEmitter::Range KernelEmitter::getShare(OpFoldResult end, int64_t unit,
                                             OpFoldResult number,
                                             OpFoldResult shares) {
  OpFoldResult units = math.ceilDiv(end, unit);
  auto getBegin = [&](OpFoldResult share) {
    return math.mul(math.div(math.mul(units, share), shares),
                    math.constant(unit));
  };
  OpFoldResult next = getBegin(math.add(number, math.constant(1)));
  return {getBegin(number), unit == 1 ? next : math.min(next, end)};
}

void KernelEmitter::emitOnThreads(Range &tiles, int64_t unit,
                                  llvm::function_ref<void()> emitPart) {
  OpFoldResult end = tiles.end, threads = countThreads();
  math.parallelLoop(math.constant(0), threads, 1, [&](OpFoldResult thread) {
    tiles = getShare(end, unit, thread, threads);
    emitPart();
  });
}

void KernelEmitter::emitBatchOnThreads(const Offsets &offsets) {
  ArrayRef<KernelDim> shared =
      ArrayRef(plan.batch).take_front(plan.numDistributed);
  math.parallelLoop(
      math.constant(0), countPoints(shared), 1, [&](OpFoldResult number) {
        withBuffers([&] { emitBatch(moveToPoint(offsets, shared, number)); });
      });
}

void KernelEmitter::emitBatch(const Offsets &offsets) {
  loopOver(ArrayRef(plan.batch).drop_front(plan.numDistributed), offsets,
           [&](const Offsets &point) { emitColumnBlocks(point); });
}

void KernelEmitter::emitColumnBlocks(const Offsets &offsets) {
  math.loop(columnTiles.first, columnTiles.end, plan.nTiles,
            [&](OpFoldResult first) {
              OpFoldResult count = math.min(math.sub(columnTiles.end, first),
                                            math.constant(plan.nTiles));
              emitKBlocks(first, count, offsets);
            });
}

void KernelEmitter::emitKBlocks(OpFoldResult firstTile, OpFoldResult tiles,
                                const Offsets &offsets) {
  auto emitBlock = [&](const KBlock &block) {
    if (packs(kB))
      pack({getColumns(), bufferB}, firstTile, tiles, block.offsets, block);
    emitRowBlocks(firstTile, tiles, block.offsets, block);
  };
  if (plan.distribution == Distribution::sum)
    return loopOverShare(offsets, emitBlock);
  SmallVector<OpFoldResult> points;
  // Loops over plan.kOuter that also collect their variables.
  std::function<void(unsigned, const Offsets &)> outer =
      [&](unsigned depth, const Offsets &at) {
        if (depth < plan.kOuter.size()) {
          math.loop(math.constant(0), extent(plan.kOuter[depth]), 1,
                    [&](OpFoldResult i) {
                      points.push_back(i);
                      outer(depth + 1, advance(at, plan.kOuter[depth], i));
                      points.pop_back();
                    });
          return;
        }
        math.loop(math.constant(0), extent(plan.kBlock[0]), plan.kTile,
                  [&](OpFoldResult start) {
                    KBlock block = getKBlock(at, start);
                    findEnds(block, points);
                    for (auto [dim, point] :
                         llvm::zip_equal(plan.kOuter, points))
                      block.outer.push_back({dim.source, point});
                    emitBlock(block);
                  });
      };
  outer(0, offsets);
}

KernelEmitter::KBlock KernelEmitter::getKBlock(const Offsets &offsets,
                                               OpFoldResult start) {
  KBlock block;
  block.offsets = advance(offsets, plan.kBlock[0], start);
  block.start = start;
  OpFoldResult rest = math.sub(extent(plan.kBlock[0]), start);
  bool even = isEven(plan.kBlock[0], plan.kTile);
  block.extents.push_back(even ? math.constant(plan.kTile)
                               : math.min(rest, math.constant(plan.kTile)));
  block.size = block.extents[0];
  for (const KernelDim &dim : ArrayRef(plan.kBlock).drop_front()) {
    block.extents.push_back(extent(dim));
    block.size = math.mul(block.size, extent(dim));
  }
  return block;
}

void KernelEmitter::findEnds(KBlock &block,
                             ArrayRef<OpFoldResult> outerPoints) {
  SmallVector<OpFoldResult> points(outerPoints);
  points.push_back(block.start);
  for (OpFoldResult point : points) {
    if (getConstantIntValue(point) == 0)
      continue;
    block.isFirstStatic = false;
    Value isZero = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                         math.toValue(point),
                                         math.toValue(math.constant(0)));
    block.isFirst = block.isFirst ? arith::AndIOp::create(builder, loc,
                                                          block.isFirst, isZero)
                                        .getResult()
                                  : isZero;
  }
  // Points that are constant are the only ones.
  auto addLast = [&](OpFoldResult point, OpFoldResult next, OpFoldResult end) {
    if (!finishes() || getConstantIntValue(point))
      return;
    block.isLastStatic = false;
    Value isEnd = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                        math.toValue(next), math.toValue(end));
    block.isLast =
        block.isLast ? arith::AndIOp::create(builder, loc, block.isLast, isEnd)
                           .getResult()
                     : isEnd;
  };
  for (auto [dim, point] : llvm::zip_equal(plan.kOuter, outerPoints))
    addLast(point, math.add(point, math.constant(1)), extent(dim));
  addLast(block.start, math.add(block.start, math.constant(plan.kTile)),
          extent(plan.kBlock[0]));
}

void KernelEmitter::emitRowBlocks(OpFoldResult firstColumn,
                                  OpFoldResult columns, const Offsets &offsets,
                                  const KBlock &block) {
  math.loop(rowTiles.first, rowTiles.end, plan.mTiles,
            [&](OpFoldResult firstRow) {
              OpFoldResult rows = math.min(math.sub(rowTiles.end, firstRow),
                                           math.constant(plan.mTiles));
              if (packs(kA))
                pack({getRows(), bufferA}, firstRow, rows, offsets, block);
              emitTiles(firstRow, rows, firstColumn, columns, offsets, block);
            });
}

void KernelEmitter::loopOverColumns(
    OpFoldResult columns, llvm::function_ref<void(OpFoldResult)> body) {
  OpFoldResult none = math.constant(0);
  if (!plan.hasWholeRuns())
    return math.loop(none, columns, 1, body);
  OpFoldResult run = extent(plan.nOuter.back());
  math.loop(none, run, 1, [&](OpFoldResult i) {
    math.loop(none, math.div(columns, run), 1,
              [&](OpFoldResult j) { body(math.add(math.mul(j, run), i)); });
  });
}

/// The block of B stays in the second cache, a group of tiles of A in the
/// first.
void KernelEmitter::emitTiles(OpFoldResult firstRow, OpFoldResult rows,
                              OpFoldResult firstColumn, OpFoldResult columns,
                              const Offsets &offsets, const KBlock &block) {
  OpFoldResult none = math.constant(0), group = math.constant(plan.groupTiles);
  math.loop(none, rows, plan.groupTiles, [&](OpFoldResult first) {
    OpFoldResult count =
        plan.groupTiles == 1 ? group : math.min(group, math.sub(rows, first));
    loopOverColumns(columns, [&](OpFoldResult j) {
      Tile tile = getColumnTile(math.add(firstColumn, j));
      withColumn(tile, j, [&](const Column &column) {
        math.loop(none, count, 1, [&](OpFoldResult i) {
          i = math.add(first, i);
          Tile row = getRowTile(math.add(firstRow, i));
          withRows(row, [&] { emitTile(row, i, column, offsets, block); });
        });
      });
    });
  });
}
