//===- KernelMatrixRange.cpp - Where a matrix unit may compute ------------===//
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

// The matrix unit takes bf16 numbers below the normal range for zero, and
// rounds sums below it to zero. Of operands whose exponents are large enough no
// sum comes near: bf16 numbers of exponent e are multiples of 2^(e - 7), and so
// products, sums of products and what sums are rounded to are multiples of
// 2^(e + f - 14), which is a normal number from e + f = -112 on. Packing notes
// the smallest exponent of each tile; pairs of tiles for which that does not
// hold are multiplied on vectors. Numbers of f16 are multiples of 2^-24, those
// below the normal range, which the unit takes as they are, too: sums of their
// products are multiples of 2^-48.

/// -112 as the sum of two exponents of bf16 numbers, which have a bias of 127.
constexpr int32_t kLeastExponents = 2 * 127 - 112;
/// The exponent of a tile that has numbers below the normal range: no other is
/// large enough to go with it.
constexpr int32_t kDenormalExponent = -512;

bool KernelEmitter::tracksExponents() const {
  return plan.matrixUnit && operands[kA].unitType.isBF16();
}

Value KernelEmitter::splatBits(uint64_t number) {
  auto type = VectorType::get({plan.matrixDepth}, builder.getI16Type());
  return arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, llvm::APInt(16, number)));
}

Value KernelEmitter::takeSmaller(Value numbers, Value smallest) {
  numbers = arith::AndIOp::create(builder, loc, numbers, splatBits(0x7fff));
  numbers = arith::AddIOp::create(builder, loc, numbers, splatBits(0xffff));
  return arith::MinUIOp::create(builder, loc, smallest, numbers);
}

Value KernelEmitter::findExponent(Value smallest) {
  auto constant = [&](int32_t number) -> Value {
    return arith::ConstantIntOp::create(builder, loc, number, 32);
  };
  smallest = vector::ReductionOp::create(
      builder, loc, vector::CombiningKind::MINUI, smallest);
  smallest =
      arith::ExtUIOp::create(builder, loc, builder.getI32Type(), smallest);
  smallest = arith::AddIOp::create(builder, loc, smallest, constant(1));
  Value exponent = arith::ShRUIOp::create(builder, loc, smallest, constant(7));
  Value isDenormal = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::eq, exponent, constant(0));
  return arith::SelectOp::create(builder, loc, isDenormal,
                                 constant(kDenormalExponent), exponent);
}

void KernelEmitter::noteExponent(const Side &side, OpFoldResult tile,
                                 OpFoldResult from, const KBlock &block) {
  constexpr int64_t unroll = 4;
  auto body = [&](OpBuilder &, Location, Value first, ValueRange previous) {
    Value smallest = previous[0];
    for (int64_t i = 0; i < unroll; ++i) {
      OpFoldResult at = math.add(
          from, math.mul(math.add(OpFoldResult(first), math.constant(i)),
                         math.constant(plan.matrixDepth)));
      Value numbers = vector::LoadOp::create(builder, loc, getUnitVector(),
                                             side.buffer, math.toValue(at));
      smallest = takeSmaller(numbers, smallest);
    }
    scf::YieldOp::create(builder, loc, smallest);
  };
  OpFoldResult count = math.mul(math.ceilDiv(block.size, plan.matrixDepth),
                                math.constant(side.size));
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(
      builder, loc, math.toValue(math.constant(0)), math.toValue(count),
      math.toValue(math.constant(unroll)), splatBits(0xffff), body);
  builder.setInsertionPointAfter(loop);
  memref::StoreOp::create(builder, loc, findExponent(loop.getResult(0)),
                          side.operand == kA ? exponentsA : exponentsB,
                          math.toValue(tile));
}

Value KernelEmitter::noteRows(const UnitRows &a, OpFoldResult step,
                              Value smallest) {
  OpFoldResult first = math.add(a.first, math.mul(step, a.depthStep));
  for (int64_t row = 0; row < plan.mr; ++row) {
    OpFoldResult at = math.add(first, math.mul(math.constant(row), a.rowStep));
    Value numbers = vector::LoadOp::create(builder, loc, getUnitVector(),
                                           a.buffer, math.toValue(at));
    smallest = takeSmaller(numbers, smallest);
  }
  return smallest;
}

Value KernelEmitter::mayUnderflow(Value rowExponent,
                                  OpFoldResult columnNumber) {
  Value column = memref::LoadOp::create(builder, loc, exponentsB,
                                        math.toValue(columnNumber));
  return arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::slt,
      arith::AddIOp::create(builder, loc, rowExponent, column),
      arith::ConstantIntOp::create(builder, loc, kLeastExponents, 32));
}

void KernelEmitter::emitWidenedTile(OpFoldResult aBase, OpFoldResult bBase,
                                    const Part &part, const SumsPlace &target) {
  // As many rows and columns as leave registers to widen in.
  constexpr int64_t rows = 4;
  int64_t columns = vectors;
  auto pairs = VectorType::get({kMatrixSide}, builder.getI32Type());
  auto splat = [&](uint32_t number) -> Value {
    return arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(pairs, llvm::APInt(32, number)));
  };
  Value half = splat(16), second = splat(0xffff0000);
  // The two numbers of each pair.
  auto widenPair = [&](Value pair) -> std::array<Value, 2> {
    Value low = arith::ShLIOp::create(builder, loc, pair, half);
    Value high = arith::AndIOp::create(builder, loc, pair, second);
    return {vector::BitCastOp::create(builder, loc, vectorType, low),
            vector::BitCastOp::create(builder, loc, vectorType, high)};
  };
  auto loadPairs = [&](Value buffer, OpFoldResult at, int64_t count) -> Value {
    auto halves = VectorType::get({2 * count}, builder.getI16Type());
    return vector::BitCastOp::create(
        builder, loc, VectorType::get({count}, builder.getI32Type()),
        vector::LoadOp::create(builder, loc, halves, buffer, math.toValue(at)));
  };
  OpFoldResult none = math.constant(0), depth = math.constant(plan.matrixDepth);
  OpFoldResult perBlock = math.constant(plan.matrixDepth / 2);
  OpFoldResult from =
      math.mul(math.div(math.max(part.kFrom, none), depth), perBlock);
  OpFoldResult to = math.mul(
      math.ceilDiv(math.max(part.kTo, none), plan.matrixDepth), perBlock);
  math.loop(none, math.constant(plan.mr), rows, [&](OpFoldResult row) {
    auto body = [&](OpBuilder &, Location, Value pair, ValueRange sums) {
      OpFoldResult a = math.mul(math.div(pair, perBlock),
                                math.constant(plan.matrixDepth * plan.mr));
      a = math.add(math.add(aBase, a), math.mul(row, depth));
      a = math.add(a, math.mul(math.rem(pair, perBlock), math.constant(2)));
      OpFoldResult b =
          math.add(bBase, math.mul(pair, math.constant(2 * plan.nr())));
      SmallVector<std::array<Value, 2>> right;
      for (int64_t j = 0; j < columns; ++j)
        right.push_back(widenPair(
            loadPairs(bufferB, math.add(b, math.constant(j * plan.matrixDepth)),
                      kMatrixSide)));
      SmallVector<Value> next(sums);
      for (int64_t i = 0; i < rows; ++i) {
        Value both = loadPairs(
            bufferA, math.add(a, math.constant(i * plan.matrixDepth)), 1);
        std::array<Value, 2> left =
            widenPair(vector::BroadcastOp::create(builder, loc, pairs, both));
        for (int64_t j = 0; j < columns; ++j)
          for (unsigned number : {0, 1})
            next[i * columns + j] = multiplyAdd(left[number], right[j][number],
                                                next[i * columns + j]);
      }
      scf::YieldOp::create(builder, loc, next);
    };
    SmallVector<Value> zeros(rows * columns, zero);
    OpBuilder::InsertionGuard guard(builder);
    auto loop =
        scf::ForOp::create(builder, loc, math.toValue(from), math.toValue(to),
                           math.toValue(math.constant(1)), zeros, body);
    builder.setInsertionPointAfter(loop);
    for (auto [number, sum] : llvm::enumerate(loop.getResults())) {
      OpFoldResult place =
          math.mul(math.add(row, math.constant(number / columns)), target.step);
      place = math.add(place, math.constant(number % columns * kMatrixSide));
      storeNumbers(target.buffer, math.add(target.first, place), sum, Value());
    }
  });
}

void KernelEmitter::emitMatrixTile(const Tile &row, OpFoldResult rowNumber,
                                   OpFoldResult columnNumber,
                                   OpFoldResult aBase, OpFoldResult bBase,
                                   const Part &part, const KBlock &block,
                                   const SumsPlace &target) {
  OpFoldResult none = math.constant(0);
  OpFoldResult depth = math.constant(plan.matrixDepth);
  auto emitOnUnit = [&] {
    // Points around a part of the sum are zero in one operand. Biases are those
    // of all points.
    OpFoldResult from = addsBias() ? none : math.max(part.kFrom, none);
    OpFoldResult to = addsBias() ? block.size : math.max(part.kTo, none);
    Range steps = {math.div(from, depth), math.ceilDiv(to, plan.matrixDepth)};
    emitUnitTile(
        {getPackedRows(aBase), bBase, steps, row.remaining, columnNumber},
        target);
  };
  if (!tracksExponents())
    return emitOnUnit();
  Value exponent =
      memref::LoadOp::create(builder, loc, exponentsA, math.toValue(rowNumber));
  auto ifOp =
      scf::IfOp::create(builder, loc, mayUnderflow(exponent, columnNumber),
                        /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(ifOp.thenBlock());
  emitWidenedTile(aBase, bBase, part, target);
  builder.setInsertionPointToStart(ifOp.elseBlock());
  emitOnUnit();
}

OpFoldResult KernelEmitter::countEarlyRows(const Tile &row) {
  OpFoldResult mr = math.constant(plan.mr);
  return isEven(getRows()) ? math.constant(0)
                           : math.sub(mr, math.min(row.remaining, mr));
}

void KernelEmitter::emitTileInPlace(const Tile &row, OpFoldResult columnNumber,
                                    OpFoldResult bBase, const Offsets &offsets,
                                    const Part &part, const KBlock &block,
                                    const SumsPlace &target) {
  OpFoldResult none = math.constant(0), mr = math.constant(plan.mr);
  OpFoldResult depth = math.constant(plan.matrixDepth);
  Place from = addPlaces(getPlace(kA, offsets), getPlace(kA, row.offsets));
  from = move(kA, from, plan.m, math.sub(none, countEarlyRows(row)));
  auto packFrom = [&](OpFoldResult point) {
    KBlock rest = block;
    rest.size = math.sub(block.size, point);
    packMatrix({getRows(), bufferA}, move(kA, from, plan.kBlock[0], point),
               math.mul(point, mr), mr, rest);
  };
  Range steps = {none, math.div(block.size, depth)};
  UnitRows rest;
  if (plan.kBlock[0].extent % plan.matrixDepth != 0) {
    packFrom(math.mul(steps.end, depth));
    rest = getPackedRows(none);
  }
  UnitRows rows = {operands[kA].buffer, from[0], stride(plan.m, kA), depth};
  Value smallest =
      emitUnitTile({rows, bBase, steps, mr, columnNumber, rest}, target);
  if (!tracksExponents())
    return;
  // Exponents are known when the tile has been read: vectors do it again where
  // they are too small.
  auto ifOp = scf::IfOp::create(
      builder, loc, mayUnderflow(findExponent(smallest), columnNumber),
      /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(ifOp.thenBlock());
  packFrom(none);
  emitWidenedTile(none, bBase, part, target);
}
