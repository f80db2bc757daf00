//===- KernelDots.cpp - Tiles of vectors' dot products --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

// Dot products read tiles as they are packed for the matrix unit: a vector of B
// holds groups of k points that fill four bytes, one for each of 16 columns;
// the same group of a row of A goes to all lanes. Processors multiply unsigned
// bytes by signed ones: bytes of A have their sign bit turned, which adds 128,
// and sums begin with -128 times the sum of their column of B. All of that is
// exact modulo 2^32.

/// Groups that are multiplied in one step of a loop.
static constexpr int64_t kDotGroups = 4;
/// Each byte with its sign bit turned.
static constexpr int32_t kTurnedSigns = 0x80808080;

bool KernelEmitter::addsBias() const {
  return plan.usesDots && isa<IntegerType>(computeType);
}

Value KernelEmitter::loadGroupOfA(Value buffer, OpFoldResult at) {
  auto lanes = VectorType::get({kMatrixSide}, builder.getI32Type());
  auto numbers =
      VectorType::get({plan.matrixGroup()}, getUnitVector().getElementType());
  Value group =
      vector::LoadOp::create(builder, loc, numbers, buffer, math.toValue(at));
  group = vector::BitCastOp::create(
      builder, loc, VectorType::get({1}, builder.getI32Type()), group);
  group = vector::BroadcastOp::create(builder, loc, lanes, group);
  if (!addsBias())
    return group;
  Value signs = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(lanes, kTurnedSigns));
  return arith::XOrIOp::create(builder, loc, group, signs);
}

Value KernelEmitter::loadGroupsOfB(OpFoldResult at) {
  return vector::LoadOp::create(builder, loc, getUnitVector(), bufferB,
                                math.toValue(at));
}

Value KernelEmitter::addDot(Value a, Value b, Value sum) {
  Type number = isa<FloatType>(computeType) ? Type(builder.getBF16Type())
                                            : builder.getI8Type();
  auto vector = VectorType::get({plan.matrixDepth}, number);
  auto toNumbers = [&](Value groups) -> Value {
    if (groups.getType() == vector)
      return groups;
    return vector::BitCastOp::create(builder, loc, vector, groups);
  };
  if (isa<FloatType>(computeType))
    return x86vector::DotBF16Op::create(builder, loc, sum.getType(), sum,
                                        toNumbers(a), toNumbers(b));
  return LLVM::CallIntrinsicOp::create(
             builder, loc, sum.getType(),
             builder.getStringAttr("llvm.x86.avx512.vpdpbusd.512"),
             ValueRange{sum, toNumbers(a), toNumbers(b)})
      .getResult(0);
}

void KernelEmitter::noteBias(const Side &side, OpFoldResult tile,
                             OpFoldResult from, const KBlock &block) {
  Value weight = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(getUnitVector(), int8_t(-128)));
  auto body = [&](OpBuilder &, Location, Value step, ValueRange previous) {
    SmallVector<Value> next;
    OpFoldResult at =
        math.add(from, math.mul(OpFoldResult(step),
                                math.constant(plan.matrixGroup() * side.size)));
    for (auto [number, sum] : llvm::enumerate(previous)) {
      OpFoldResult place =
          math.add(at, math.constant(int64_t(number) * plan.matrixDepth));
      next.push_back(addDot(weight, loadGroupsOfB(place), sum));
    }
    scf::YieldOp::create(builder, loc, next);
  };
  OpFoldResult groups = math.mul(math.ceilDiv(block.size, plan.matrixDepth),
                                 math.constant(kMatrixSide));
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(
      builder, loc, math.toValue(math.constant(0)), math.toValue(groups),
      math.toValue(math.constant(1)), SmallVector<Value>(plan.nv, zero), body);
  builder.setInsertionPointAfter(loop);
  OpFoldResult first = math.mul(tile, math.constant(side.size));
  for (auto [number, sum] : llvm::enumerate(loop.getResults()))
    storeNumbers(biases,
                 math.add(first, math.constant(int64_t(number) * kMatrixSide)),
                 arith::SubIOp::create(builder, loc, zero, sum), Value());
}

SmallVector<Value> KernelEmitter::addDots(const UnitRows &rows, OpFoldResult a,
                                          OpFoldResult b, ValueRange sums) {
  int64_t columns = vectors, group = plan.matrixGroup();
  auto rowCount = int64_t(sums.size()) / columns;
  SmallVector<Value> next(sums);
  for (int64_t g = 0; g < kDotGroups; ++g) {
    SmallVector<Value> right;
    for (int64_t j = 0; j < columns; ++j)
      right.push_back(loadGroupsOfB(math.add(
          b, math.constant(group * g * plan.nr() + j * plan.matrixDepth))));
    for (int64_t i = 0; i < rowCount; ++i) {
      OpFoldResult row = math.add(a, math.mul(math.constant(i), rows.rowStep));
      Value left =
          loadGroupOfA(rows.buffer, math.add(row, math.constant(g * group)));
      for (int64_t j = 0; j < columns; ++j)
        next[i * columns + j] = addDot(left, right[j], next[i * columns + j]);
    }
  }
  return next;
}

SmallVector<Value> KernelEmitter::sumDots(const UnitTile &tile,
                                          OpFoldResult row, int64_t count) {
  constexpr int64_t pieces = kMatrixSide / kDotGroups;
  OpFoldResult pieceOfA = math.constant(kDotGroups * plan.matrixGroup());
  OpFoldResult pieceOfB =
      math.constant(kDotGroups * plan.matrixGroup() * plan.nr());
  auto addPiece = [&](const UnitRows &rows, OpFoldResult step,
                      OpFoldResult piece, OpFoldResult b, ValueRange sums) {
    OpFoldResult a = math.add(rows.first, math.mul(row, rows.rowStep));
    a = math.add(a, math.mul(step, rows.depthStep));
    return addDots(rows, math.add(a, math.mul(piece, pieceOfA)), b, sums);
  };
  SmallVector<Value> starts(vectors, zero), sums;
  OpFoldResult firstColumn = math.mul(tile.column, math.constant(plan.nr()));
  for (int64_t j = 0; addsBias() && j < vectors; ++j)
    starts[j] = loadNumbers(
        biases, math.add(firstColumn, math.constant(j * kMatrixSide)), Value());
  for (int64_t i = 0; i < count; ++i)
    llvm::append_range(sums, starts);
  OpFoldResult perStep = math.constant(pieces);
  auto body = [&](OpBuilder &, Location, Value number, ValueRange previous) {
    OpFoldResult b =
        math.add(tile.bBase, math.mul(OpFoldResult(number), pieceOfB));
    scf::YieldOp::create(
        builder, loc,
        addPiece(tile.a, math.div(OpFoldResult(number), perStep),
                 math.rem(OpFoldResult(number), perStep), b, previous));
  };
  OpFoldResult end = math.mul(tile.steps.end, perStep);
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(
      builder, loc, math.toValue(math.mul(tile.steps.first, perStep)),
      math.toValue(end), math.toValue(math.constant(1)), sums, body);
  builder.setInsertionPointAfter(loop);
  sums = llvm::to_vector(ValueRange(loop.getResults()));
  for (int64_t piece = 0; tile.rest.buffer && piece < pieces; ++piece) {
    OpFoldResult number = math.add(end, math.constant(piece));
    sums = addPiece(tile.rest, tile.steps.end, math.constant(piece),
                    math.add(tile.bBase, math.mul(number, pieceOfB)), sums);
  }
  return sums;
}

void KernelEmitter::emitDotRows(const UnitTile &tile, const SumsPlace &target,
                                OpFoldResult first, int64_t count) {
  for (auto [number, sum] : llvm::enumerate(sumDots(tile, first, count))) {
    OpFoldResult row =
        math.add(first, math.constant(int64_t(number) / vectors));
    OpFoldResult column =
        math.constant(int64_t(number) % vectors * kMatrixSide);
    OpFoldResult place = math.add(math.mul(row, target.step), column);
    storeNumbers(target.buffer, math.add(target.first, place), sum, Value());
  }
}

Value KernelEmitter::emitDotTile(const UnitTile &tile,
                                 const SumsPlace &target) {
  OpFoldResult mr = math.constant(plan.mr);
  OpFoldResult end = isEven(getRows()) ? mr : math.min(tile.numRows, mr);
  int64_t last = plan.lastDotRows();
  OpFoldResult size = math.constant(kDotRows);
  OpFoldResult whole = last ? math.mul(math.div(end, size), size) : end;
  math.loop(math.constant(0), whole, kDotRows, [&](OpFoldResult first) {
    emitDotRows(tile, target, first, kDotRows);
  });
  // Of all tiles only the last one has rows left.
  if (last)
    math.loop(whole, end, last, [&](OpFoldResult first) {
      emitDotRows(tile, target, first, last);
    });
  if (!plan.readsUnitRows() || !tracksExponents())
    return Value();
  auto body = [&](OpBuilder &, Location, Value step, ValueRange previous) {
    scf::YieldOp::create(builder, loc, noteRows(tile.a, step, previous[0]));
  };
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(builder, loc, math.toValue(tile.steps.first),
                                 math.toValue(tile.steps.end),
                                 math.toValue(math.constant(1)),
                                 splatBits(0xffff), body);
  builder.setInsertionPointAfter(loop);
  Value smallest = loop.getResult(0);
  return tile.rest.buffer ? noteRows(tile.rest, tile.steps.end, smallest)
                          : smallest;
}
