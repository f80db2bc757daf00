//===- KernelMatrixUnit.cpp - Half-precision tiles of a matrix unit -------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "VectorTranspose.h"
#include "mlir/Dialect/AMX/AMXDialect.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

// The matrix unit multiplies 16 x 32 numbers of A by 32 x 16 numbers of B. One
// register holds 16 rows of A, of 32 k points each; one of B 16 pairs of k
// points, each with 16 columns, the two numbers of a pair side by side.

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

SmallVector<Value>
KernelEmitter::loadHalves(KernelOperand operand, const Place &from,
                          const KernelDim &along, const KernelDim &across,
                          int64_t count, OpFoldResult existing,
                          OpFoldResult remaining) {
  auto type = VectorType::get({kMatrixDepth}, builder.getI16Type());
  auto masks = VectorType::get({kMatrixDepth}, builder.getI1Type());
  Value nothing =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Value> vectors;
  for (int64_t i = 0; i < count; ++i) {
    Value exists = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::sgt, math.toValue(existing),
        math.toValue(math.constant(i)));
    Value lanes = arith::SelectOp::create(
        builder, loc, exists, math.countLanes(remaining, kMatrixDepth),
        math.toValue(math.constant(0)));
    Value mask = vector::CreateMaskOp::create(builder, loc, masks, lanes);
    Place at = move(operand, from, across, math.constant(i));
    if (prologues[operand])
      vectors.push_back(vector::BitCastOp::create(
          builder, loc, type,
          computeSource(operand, at, mask, along, kMatrixDepth)));
    else
      vectors.push_back(vector::MaskedLoadOp::create(
          builder, loc, type, operands[operand].buffer, math.toValue(at[0]),
          mask, nothing));
  }
  return vectors;
}

void KernelEmitter::storeHalves(Value buffer, OpFoldResult offset,
                                Value vector) {
  auto type = VectorType::get({kMatrixDepth}, builder.getI16Type());
  if (vector.getType() != type)
    vector = vector::BitCastOp::create(builder, loc, type, vector);
  vector::StoreOp::create(builder, loc, vector, buffer, math.toValue(offset));
}

/// The numbers of two vectors side by side: first those of the lower halves.
static std::array<Value, 2> interleavePairs(OpBuilder &builder, Location loc,
                                            Value first, Value second) {
  constexpr int64_t half = kMatrixDepth / 2;
  std::array<Value, 2> result;
  for (int64_t part : {0, 1}) {
    SmallVector<int64_t> lanes;
    for (int64_t lane = 0; lane < half; ++lane)
      lanes.append({part * half + lane, kMatrixDepth + part * half + lane});
    result[part] =
        vector::ShuffleOp::create(builder, loc, first, second, lanes);
  }
  return result;
}

void KernelEmitter::packMatrix(const Side &side, const Place &from,
                               OpFoldResult to, OpFoldResult remaining,
                               const KBlock &block) {
  const KernelDim &k = plan.kBlock[0];
  OpFoldResult size = math.constant(side.size);
  OpFoldResult rows = math.min(remaining, size);
  auto pairs = VectorType::get({kMatrixSide}, builder.getI32Type());
  // The 32 k points from `point` on, `count` of which exist.
  auto packDepth = [&](OpFoldResult point) {
    OpFoldResult count = math.sub(block.size, point);
    Place source = move(side.operand, from, k, point);
    OpFoldResult target = math.add(to, math.mul(point, size));
    if (side.operand == kA && k.isUnit(kA)) {
      math.loop(math.constant(0), size, 1, [&](OpFoldResult r) {
        // Rows past the end repeat the last one; nobody reads their sums.
        OpFoldResult row = math.min(r, math.sub(rows, math.constant(1)));
        Value vector = loadHalves(kA, move(kA, source, side.dim, row), k,
                                  side.dim, 1, math.constant(1), count)[0];
        storeHalves(side.buffer,
                    math.add(target, math.mul(r, math.constant(kMatrixDepth))),
                    vector);
      });
    } else if (side.operand == kA) {
      SmallVector<Value> columns =
          loadHalves(kA, source, side.dim, k, kMatrixDepth, count, rows);
      for (auto [r, row] :
           llvm::enumerate(transposeVectors(builder, loc, columns)))
        if (int64_t(r) < side.size)
          storeHalves(side.buffer,
                      math.add(target, math.constant(r * kMatrixDepth)), row);
    } else if (k.isUnit(kB)) {
      for (int64_t first = 0; first < side.size; first += kMatrixSide) {
        SmallVector<Value> columns;
        for (int64_t c = first; c < first + kMatrixSide; ++c) {
          OpFoldResult column =
              math.min(math.constant(c), math.sub(rows, math.constant(1)));
          Value vector = loadHalves(kB, move(kB, source, side.dim, column), k,
                                    side.dim, 1, math.constant(1), count)[0];
          columns.push_back(
              vector::BitCastOp::create(builder, loc, pairs, vector));
        }
        for (auto [p, pair] :
             llvm::enumerate(transposeVectors(builder, loc, columns)))
          storeHalves(
              side.buffer,
              math.add(target, math.constant(2 * (p * side.size + first))),
              pair);
      }
    } else {
      math.loop(
          math.constant(0), math.constant(kMatrixDepth), 2,
          [&](OpFoldResult p) {
            SmallVector<Value> points =
                loadHalves(kB, move(kB, source, k, p), side.dim, k, 2,
                           math.sub(count, p), rows);
            OpFoldResult at = math.add(target, math.mul(p, size));
            auto parts = interleavePairs(builder, loc, points[0], points[1]);
            for (int64_t part = 0; part * kMatrixSide < side.size; ++part)
              storeHalves(side.buffer,
                          math.add(at, math.constant(part * kMatrixDepth)),
                          parts[part]);
          });
    }
  };
  math.loop(math.constant(0), block.size, kMatrixDepth, packDepth);
}

//===----------------------------------------------------------------------===//
// Tile
//===----------------------------------------------------------------------===//

void KernelEmitter::emitUnitTile(OpFoldResult aBase, OpFoldResult bBase,
                                 const Part &part) {
  int64_t rows = plan.mr / kMatrixSide, columns = plan.nr() / kMatrixSide;
  auto halves =
      amx::TileType::get({kMatrixSide, kMatrixDepth}, operands[kA].halfType);
  auto sums = amx::TileType::get({kMatrixSide, kMatrixSide}, computeType);
  auto load = [&](Value buffer, OpFoldResult at, int64_t step) -> Value {
    return amx::TileLoadOp::create(builder, loc, halves, buffer,
                                   ValueRange{math.toValue(at)},
                                   math.toValue(math.constant(step)));
  };
  auto body = [&](OpBuilder &, Location, Value depth, ValueRange previous) {
    SmallVector<Value> left, right, next;
    OpFoldResult points = math.mul(depth, math.constant(kMatrixDepth));
    OpFoldResult a = math.add(aBase, math.mul(points, math.constant(plan.mr)));
    OpFoldResult b =
        math.add(bBase, math.mul(points, math.constant(plan.nr())));
    for (int64_t i = 0; i < rows; ++i)
      left.push_back(load(
          bufferA, math.add(a, math.constant(i * kMatrixSide * kMatrixDepth)),
          kMatrixDepth));
    for (int64_t j = 0; j < columns; ++j)
      right.push_back(load(bufferB,
                           math.add(b, math.constant(j * kMatrixDepth)),
                           2 * plan.nr()));
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        next.push_back(amx::TileMulFOp::create(
            builder, loc, sums, left[i], right[j], previous[i * columns + j]));
    scf::YieldOp::create(builder, loc, next);
  };
  SmallVector<Value> zeros;
  for (int64_t number = 0; number < rows * columns; ++number)
    zeros.push_back(amx::TileZeroOp::create(builder, loc, sums));
  OpBuilder::InsertionGuard guard(builder);
  // Points around a part of the sum are zero in one operand.
  OpFoldResult none = math.constant(0);
  OpFoldResult from =
      math.div(math.max(part.kFrom, none), math.constant(kMatrixDepth));
  OpFoldResult to = math.ceilDiv(math.max(part.kTo, none), kMatrixDepth);
  auto loop =
      scf::ForOp::create(builder, loc, math.toValue(from), math.toValue(to),
                         math.toValue(math.constant(1)), zeros, body);
  builder.setInsertionPointAfter(loop);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      amx::TileStoreOp::create(builder, loc, spill,
                               ValueRange{math.toValue(math.constant(
                                   (i * plan.nr() + j) * kMatrixSide))},
                               loop.getResult(i * columns + j),
                               math.toValue(math.constant(plan.nr())));
}
