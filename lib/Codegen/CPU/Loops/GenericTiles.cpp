//===- GenericTiles.cpp - Loops that turn memory round --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "Vectors/VectorTranspose.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Bytes between what a tile reads or writes of a row and what it asks the
/// caches for: the tiles that come to it later are short pieces of many rows,
/// which no hardware foresees.
static constexpr int64_t kReadAhead = 64, kWriteAhead = 128;
/// Tiles next to each other in a row of a result that is stored past the
/// caches.
static constexpr int64_t kStreamedTiles = 4;
/// Bytes of a result that the first cache holds.
static constexpr int64_t kMinFetchedBytes = 32 << 10;

void GenericVectorizer::prefetch(unsigned number, OpFoldResult offset) {
  auto type = cast<MemRefType>(op->getOperand(number).getType());
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  bool isWrite = !op.isDpsInput(&op->getOpOperand(number));
  if ((isWrite && (streams || stages)) ||
      (type.hasStaticShape() &&
       type.getNumElements() < kMinFetchedBytes / bytes))
    return;
  int64_t ahead = (isWrite ? kWriteAhead : kReadAhead) / bytes;
  Value place = math.toValue(math.add(offset, math.constant(ahead)));
  memref::PrefetchOp::create(builder, loc, operands[number].buffer, place,
                             isWrite, /*localityHint=*/3,
                             /*isDataCache=*/true);
}

void GenericVectorizer::emitTiles(const Offsets &offsets) {
  auto forTiles = [&](const Loop &loop, const Offsets &from, auto body) {
    forPieces(loop, length, from, body);
  };
  auto forAll = [&](const Loop &along, const Offsets &from) {
    forTiles(crossLoop, from, [&](const Offsets &row, OpFoldResult cross) {
      forTiles(along, row, [&](const Offsets &at, OpFoldResult lanes) {
        emitAnyTile(at, cross, lanes);
      });
    });
  };
  // Results that come into the caches are walked along their memory, others
  // leave that to the operands, but for a few cache lines at a time: each row
  // of the result lies in another page.
  if (stages)
    return forTiles(
        vectorLoop, offsets, [&](const Offsets &row, OpFoldResult lanes) {
          forTiles(crossLoop, row, [&](const Offsets &at, OpFoldResult cross) {
            emitAnyTile(at, cross, lanes);
          });
        });
  if (!streams)
    return forAll(vectorLoop, offsets);
  forPieces(vectorLoop, kStreamedTiles * length, offsets,
            [&](const Offsets &at, OpFoldResult extent) {
              Loop piece = vectorLoop;
              piece.extent = extent;
              forAll(piece, at);
            });
}

Value GenericVectorizer::makeTileMask(int64_t step, OpFoldResult steps,
                                      OpFoldResult lanes) {
  std::optional<int64_t> known = getConstantIntValue(steps);
  if (known)
    return getConstantIntValue(lanes) == length ? Value() : makeMask(lanes);
  // Past the last step there are no lanes.
  Value isInside = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::sgt, math.toValue(steps),
      math.toValue(math.constant(step)));
  Value count =
      arith::SelectOp::create(builder, loc, isInside, math.toValue(lanes),
                              math.toValue(math.constant(0)));
  return makeMask(count);
}

SmallVector<Value> GenericVectorizer::loadTransposed(unsigned number,
                                                     OpFoldResult offset,
                                                     OpFoldResult crossCount,
                                                     OpFoldResult vectorCount) {
  Value buffer = operands[number].buffer;
  VectorType type =
      getVectorType(cast<MemRefType>(buffer.getType()).getElementType());
  SmallVector<Value> rows;
  int64_t count = getConstantIntValue(vectorCount).value_or(length);
  for (int64_t step = 0; step < length; ++step) {
    if (step >= count) {
      rows.push_back(
          arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type)));
      continue;
    }
    OpFoldResult place = math.add(
        offset, math.mul(math.constant(step), vectorLoop.strides[number]));
    rows.push_back(loadContiguous(buffer, place,
                                  makeTileMask(step, vectorCount, crossCount)));
    prefetch(number, place);
  }
  return transposeVectors(builder, loc, std::move(rows));
}

void GenericVectorizer::emitAnyTile(const Offsets &offsets,
                                    OpFoldResult crossCount,
                                    OpFoldResult vectorCount) {
  OpFoldResult whole = math.constant(length);
  if (getConstantIntValue(crossCount) && getConstantIntValue(vectorCount))
    return emitTile(offsets, crossCount, vectorCount);
  math.branch(
      math.min(crossCount, vectorCount), length,
      [&] { emitTile(offsets, whole, whole); },
      [&] { emitTile(offsets, crossCount, vectorCount); });
}

void GenericVectorizer::emitTile(const Offsets &offsets,
                                 OpFoldResult crossCount,
                                 OpFoldResult vectorCount) {
  // One list of vectors for each operand that tiles turn round.
  SmallVector<SmallVector<Value>> turned(operands.size());
  auto isUsed = [&](unsigned number) {
    return !op.getBody()->getArgument(number).use_empty();
  };
  auto isAlong = [&](unsigned number) {
    return getConstantIntValue(vectorLoop.strides[number]) == 1;
  };
  auto isStill = [&](unsigned number) {
    return getConstantIntValue(vectorLoop.strides[number]) == 0;
  };
  for (unsigned number = 0; number < operands.size(); ++number)
    if (isUsed(number) && !isAlong(number) && !isStill(number))
      turned[number] =
          loadTransposed(number, offsets[number], crossCount, vectorCount);

  int64_t count = getConstantIntValue(crossCount).value_or(length);
  OpFoldResult last = math.sub(crossCount, math.constant(1));
  for (int64_t step = 0; step < count; ++step) {
    Value mask = makeTileMask(step, crossCount, vectorCount);
    Offsets at = advance(offsets, crossLoop, math.constant(step));
    // What stands still is read at a step that exists.
    SmallVector<Value> arguments = loadInvariants(
        advance(offsets, crossLoop, math.min(math.constant(step), last)));
    for (unsigned number = 0; number < operands.size(); ++number)
      if (!turned[number].empty())
        arguments[number] = turned[number][step];
      else if (isUsed(number) && isAlong(number))
        arguments[number] =
            loadContiguous(operands[number].buffer, at[number], mask);
    unsigned first = op.getNumDpsInputs();
    for (auto [number, result] : llvm::enumerate(evaluate(arguments, at))) {
      store(first + number, at[first + number], result, mask);
      prefetch(first + number, at[first + number]);
    }
  }
}
