//===- KernelMatrixUnit.cpp - Tiles of a matrix unit ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "Vectors/VectorBody.h"
#include "Vectors/VectorTranspose.h"
#include "mlir/Dialect/AMX/AMXDialect.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

// The matrix unit multiplies 16 rows of A by 16 columns of B, as many k points
// at a time as fill 64 bytes. One register holds 16 rows of A; one of B 16
// groups of k points that fill four bytes, pairs of halves or quads of bytes,
// each with 16 columns, the numbers of a group side by side.

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

VectorType KernelEmitter::getUnitVector() const {
  int64_t bits = 8 * kMatrixRowBytes / plan.matrixDepth;
  return VectorType::get({plan.matrixDepth}, builder.getIntegerType(bits));
}

Value KernelEmitter::loadUnit(KernelOperand operand, const Place &from,
                              const KernelDim &along, int64_t lanes,
                              OpFoldResult remaining) {
  auto type = VectorType::get({lanes}, getUnitVector().getElementType());
  Value mask;
  if (std::optional<int64_t> known = getConstantIntValue(remaining);
      !known || *known < lanes)
    mask = vector::CreateMaskOp::create(
        builder, loc, VectorType::get({lanes}, builder.getI1Type()),
        math.countLanes(remaining, lanes));
  if (!prologues[operand])
    return cpu::loadVector(builder, loc, type, operands[operand].buffer,
                           math.toValue(from[0]), mask);
  Value computed = computeSource(operand, from, mask, along, lanes);
  if (computed.getType() == type)
    return computed;
  return vector::BitCastOp::create(builder, loc, type, computed);
}

void KernelEmitter::storeUnit(Value buffer, OpFoldResult offset, Value vector) {
  VectorType type = getUnitVector();
  if (vector.getType() != type)
    vector = vector::BitCastOp::create(builder, loc, type, vector);
  vector::StoreOp::create(builder, loc, vector, buffer, math.toValue(offset));
}

/// The numbers of `vectors`, as many as a group has, side by side: first those
/// of lane 0.
static Value interleave(OpBuilder &builder, Location loc,
                        SmallVector<Value> vectors) {
  auto shuffle = [&](Value a, Value b, ArrayRef<int64_t> lanes) -> Value {
    return vector::ShuffleOp::create(builder, loc, a, b, lanes);
  };
  int64_t count = vectors.size(), lanes = kMatrixSide;
  // One behind the other, then turned round: processors have one shuffle for
  // that.
  for (; vectors.size() > 1; lanes *= 2) {
    SmallVector<Value> longer;
    for (unsigned i = 0; i < vectors.size(); i += 2)
      longer.push_back(shuffle(vectors[i], vectors[i + 1],
                               llvm::to_vector(llvm::seq(2 * lanes))));
    vectors = std::move(longer);
  }
  SmallVector<int64_t> order;
  for (int64_t lane = 0; lane < kMatrixSide; ++lane)
    for (int64_t number = 0; number < count; ++number)
      order.push_back(number * kMatrixSide + lane);
  return shuffle(vectors[0], vectors[0], order);
}

/// Packs `points` points of a register of the operand, contiguous along the
/// sum, for each of its rows.
void KernelEmitter::packUnitRows(const Side &side, const Place &from,
                                 OpFoldResult to, OpFoldResult rows,
                                 OpFoldResult points) {
  const KernelDim &k = plan.kBlock[0];
  // Rows past the end repeat the last one; nobody reads their sums.
  auto loadRow = [&](OpFoldResult number) {
    OpFoldResult row = math.min(number, math.sub(rows, math.constant(1)));
    return loadUnit(side.operand, move(side.operand, from, side.dim, row), k,
                    plan.matrixDepth, points);
  };
  if (side.operand == kA)
    return math.loop(
        math.constant(0), math.constant(side.size), 1, [&](OpFoldResult r) {
          OpFoldResult at = math.mul(r, math.constant(plan.matrixDepth));
          storeUnit(side.buffer, math.add(to, at), loadRow(r));
        });
  auto groups = VectorType::get({kMatrixSide}, builder.getI32Type());
  for (int64_t first = 0; first < side.size; first += kMatrixSide) {
    SmallVector<Value> columns;
    for (int64_t c = first; c < first + kMatrixSide; ++c)
      columns.push_back(vector::BitCastOp::create(builder, loc, groups,
                                                  loadRow(math.constant(c))));
    for (auto [g, group] :
         llvm::enumerate(transposeVectors(builder, loc, columns)))
      storeUnit(side.buffer,
                math.add(to, math.constant(plan.matrixGroup() *
                                           (g * side.size + first))),
                group);
  }
}

/// The same for an operand that is contiguous along its rows.
void KernelEmitter::packUnitGroups(const Side &side, const Place &from,
                                   OpFoldResult to, OpFoldResult rows,
                                   OpFoldResult points) {
  const KernelDim &k = plan.kBlock[0];
  int64_t group = plan.matrixGroup(), depth = plan.matrixDepth;
  // The rows from `first` on, each with a group of points.
  auto loadGroup = [&](OpFoldResult point, int64_t first) {
    SmallVector<Value> vectors;
    for (int64_t i = 0; i < group; ++i) {
      OpFoldResult at = math.add(point, math.constant(i));
      OpFoldResult remaining = math.sub(rows, math.constant(first));
      if (getConstantIntValue(points) != depth)
        remaining = math.selectLess(at, points, remaining, math.constant(0));
      Place place = move(side.operand, from, side.dim, math.constant(first));
      vectors.push_back(loadUnit(side.operand, move(side.operand, place, k, at),
                                 side.dim, kMatrixSide, remaining));
    }
    return interleave(builder, loc, vectors);
  };
  if (side.operand == kB)
    return math.loop(
        math.constant(0), math.constant(depth), group, [&](OpFoldResult point) {
          OpFoldResult at =
              math.add(to, math.mul(point, math.constant(side.size)));
          for (int64_t first = 0; first < side.size; first += kMatrixSide)
            storeUnit(side.buffer, math.add(at, math.constant(group * first)),
                      loadGroup(point, first));
        });
  auto groups = VectorType::get({kMatrixSide}, builder.getI32Type());
  for (int64_t first = 0; first < side.size; first += kMatrixSide) {
    SmallVector<Value> columns;
    for (int64_t point = 0; point < depth; point += group)
      columns.push_back(vector::BitCastOp::create(
          builder, loc, groups, loadGroup(math.constant(point), first)));
    for (auto [r, row] :
         llvm::enumerate(transposeVectors(builder, loc, columns)))
      storeUnit(side.buffer,
                math.add(to, math.constant((first + int64_t(r)) * depth)), row);
  }
}

void KernelEmitter::packMatrix(const Side &side, const Place &from,
                               OpFoldResult to, OpFoldResult remaining,
                               const KBlock &block) {
  const KernelDim &k = plan.kBlock[0];
  OpFoldResult size = math.constant(side.size);
  OpFoldResult depth = math.constant(plan.matrixDepth);
  if (isEven(side))
    remaining = size;
  std::optional<int64_t> points = getConstantIntValue(block.size);
  bool fills = points && *points % plan.matrixDepth == 0;
  auto packStep = [&](OpFoldResult point) {
    OpFoldResult count = fills ? depth : math.sub(block.size, point);
    Place source = move(side.operand, from, k, point);
    OpFoldResult target = math.add(to, math.mul(point, size));
    auto packPart = [&](OpFoldResult rows, OpFoldResult points) {
      if (k.isUnit(side.operand))
        packUnitRows(side, source, target, rows, points);
      else
        packUnitGroups(side, source, target, rows, points);
    };
    // Masks cost about as much as the copy: only registers that are not filled
    // have them.
    OpFoldResult surplus =
        math.min(math.sub(remaining, size), math.sub(count, depth));
    math.branch(
        surplus, 0, [&] { packPart(size, depth); },
        [&] { packPart(math.min(remaining, size), count); });
  };
  math.loop(math.constant(0), block.size, plan.matrixDepth, packStep);
}

//===----------------------------------------------------------------------===//
// Tile
//===----------------------------------------------------------------------===//

KernelEmitter::UnitRows KernelEmitter::getPackedRows(OpFoldResult aBase) {
  return {bufferA, aBase, math.constant(plan.matrixDepth),
          math.constant(plan.matrixDepth * plan.mr)};
}

SmallVector<Value> KernelEmitter::addUnitStep(const UnitRows &a,
                                              OpFoldResult bBase,
                                              OpFoldResult step,
                                              ValueRange sums) {
  int64_t rows = plan.mr / kMatrixSide, columns = plan.nr() / kMatrixSide;
  int64_t depth = plan.matrixDepth;
  auto numbers =
      amx::TileType::get({kMatrixSide, depth}, operands[kA].unitType);
  auto load = [&](Value buffer, OpFoldResult at, OpFoldResult step) -> Value {
    return amx::TileLoadOp::create(builder, loc, numbers, buffer,
                                   ValueRange{math.toValue(at)},
                                   math.toValue(step));
  };
  auto multiply = [&](Value a, Value b, Value sum) -> Value {
    if (isa<FloatType>(computeType))
      return amx::TileMulFOp::create(builder, loc, sum.getType(), a, b, sum);
    return amx::TileMulIOp::create(builder, loc, sum.getType(), a, b, sum,
                                   /*isZextLhs=*/false, /*isZextRhs=*/false);
  };
  SmallVector<Value> left, right, next;
  OpFoldResult first = math.add(a.first, math.mul(step, a.depthStep));
  OpFoldResult b =
      math.add(bBase, math.mul(step, math.constant(depth * plan.nr())));
  if (plan.prefetchB)
    prefetchRegisters(b);
  for (int64_t i = 0; i < rows; ++i) {
    OpFoldResult at = math.mul(math.constant(i * kMatrixSide), a.rowStep);
    left.push_back(load(a.buffer, math.add(first, at), a.rowStep));
  }
  for (int64_t j = 0; j < columns; ++j)
    right.push_back(load(bufferB, math.add(b, math.constant(j * depth)),
                         math.constant(plan.matrixGroup() * plan.nr())));
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      next.push_back(multiply(left[i], right[j], sums[i * columns + j]));
  return next;
}

Value KernelEmitter::emitUnitTile(const UnitTile &tile,
                                  const SumsPlace &target) {
  if (plan.usesDots)
    return emitDotTile(tile, target);
  int64_t rows = plan.mr / kMatrixSide, columns = plan.nr() / kMatrixSide;
  auto sums = amx::TileType::get({kMatrixSide, kMatrixSide}, computeType);
  bool notes = plan.readsUnitRows() && tracksExponents();
  auto addStep = [&](const UnitRows &from, OpFoldResult step,
                     ValueRange previous) {
    SmallVector<Value> next = addUnitStep(from, tile.bBase, step, previous);
    if (notes)
      next.push_back(noteRows(from, step, previous.back()));
    return next;
  };
  auto body = [&](OpBuilder &, Location, Value step, ValueRange previous) {
    scf::YieldOp::create(builder, loc, addStep(tile.a, step, previous));
  };
  SmallVector<Value> values;
  for (int64_t number = 0; number < rows * columns; ++number)
    values.push_back(amx::TileZeroOp::create(builder, loc, sums));
  if (notes)
    values.push_back(splatBits(0xffff));
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(builder, loc, math.toValue(tile.steps.first),
                                 math.toValue(tile.steps.end),
                                 math.toValue(math.constant(1)), values, body);
  builder.setInsertionPointAfter(loop);
  values = llvm::to_vector(ValueRange(loop.getResults()));
  if (tile.rest.buffer)
    values = addStep(tile.rest, tile.steps.end, values);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      amx::TileStoreOp::create(
          builder, loc, target.buffer,
          ValueRange{math.toValue(math.add(
              math.add(target.first,
                       math.mul(math.constant(i * kMatrixSide), target.step)),
              math.constant(j * kMatrixSide)))},
          values[i * columns + j], math.toValue(target.step));
  return notes ? values.back() : Value();
}

void KernelEmitter::updateFromUnit(
    const Tile &row, const Tile &column, const Offsets &base,
    ArrayRef<Lanes> lanes, const KBlock &block,
    llvm::function_ref<void(const SumsPlace &)> emitSums) {
  OpFoldResult none = math.constant(0);
  OpFoldResult mr = math.constant(plan.mr);
  OpFoldResult nr = math.constant(vectors * plan.vectorLength);
  auto update = [&] {
    emitSums({spill, none, nr});
    OpFoldResult first = none;
    if (plan.readsUnitRows())
      first = math.mul(countEarlyRows(row), nr);
    updateFromBuffer(math.min(row.remaining, mr), base,
                     withLoadMasks(lanes, block), block, spill, first, none, 1);
  };
  if (!overwrite || !block.isFirstStatic || !scale.empty() || finishes())
    return update();
  OpFoldResult rows = isEven(getRows()) ? mr : row.remaining;
  OpFoldResult columns = isEven(getColumns()) ? nr : column.remaining;
  math.branch(
      math.min(math.sub(rows, mr), math.sub(columns, nr)), 0,
      [&] { emitSums({operands[kC].buffer, base[kC], stride(plan.m, kC)}); },
      update);
}
