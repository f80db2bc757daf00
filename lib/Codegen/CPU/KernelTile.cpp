//===- KernelTile.cpp - Register tile of a kernel -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

//===----------------------------------------------------------------------===//
// Elements and vectors
//===----------------------------------------------------------------------===//

/// `value`, a scalar or vector of another element type, in type `type`.
static Value convertElements(OpBuilder &builder, Location loc, Value value,
                             Type type) {
  if (value.getType() == type)
    return value;
  if (isa<FloatType>(getElementTypeOrSelf(type)))
    return arith::ExtFOp::create(builder, loc, type, value);
  return arith::ExtSIOp::create(builder, loc, type, value);
}

Value KernelEmitter::widen(Value value) {
  Type type = isa<VectorType>(value.getType()) ? Type(vectorType) : computeType;
  return convertElements(builder, loc, value, type);
}

Value KernelEmitter::loadElement(KernelOperand operand, OpFoldResult offset) {
  return widen(memref::LoadOp::create(builder, loc, operands[operand].buffer,
                                      math.toValue(offset)));
}

Value KernelEmitter::loadVector(KernelOperand operand, OpFoldResult offset,
                                Value mask) {
  Value buffer = operands[operand].buffer;
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = VectorType::get({plan.vectorLength}, element);
  Value at = math.toValue(offset);
  if (!mask)
    return widen(vector::LoadOp::create(builder, loc, type, buffer, at));
  Value nothing =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  return widen(vector::MaskedLoadOp::create(builder, loc, type, buffer, at,
                                            mask, nothing));
}

void KernelEmitter::storeVector(Value buffer, OpFoldResult offset, Value vector,
                                Value mask) {
  Value at = math.toValue(offset);
  if (mask)
    vector::MaskedStoreOp::create(builder, loc, buffer, at, mask, vector);
  else
    vector::StoreOp::create(builder, loc, vector, buffer, at);
}

Value KernelEmitter::makeMask(OpFoldResult count) {
  std::optional<int64_t> lanes = getConstantIntValue(count);
  if (lanes && *lanes >= plan.vectorLength)
    return Value();
  return vector::CreateMaskOp::create(builder, loc, maskType,
                                      math.toValue(count));
}

Value KernelEmitter::multiplyAdd(Value a, Value b, Value c) {
  if (isa<FloatType>(computeType))
    return vector::FMAOp::create(builder, loc, a, b, c);
  return addVectors(arith::MulIOp::create(builder, loc, a, b), c);
}

Value KernelEmitter::addVectors(Value a, Value b) {
  if (isa<FloatType>(computeType))
    return arith::AddFOp::create(builder, loc, a, b);
  return arith::AddIOp::create(builder, loc, a, b);
}

//===----------------------------------------------------------------------===//
// Register tile
//===----------------------------------------------------------------------===//

void KernelEmitter::emitTile(const Tile &row, OpFoldResult rowNumber,
                             const Tile &column, OpFoldResult columnNumber,
                             const Offsets &offsets, const KBlock &block) {
  auto base = [&](KernelOperand operand, const Tile &tile, OpFoldResult number,
                  bool packed, int64_t size) {
    if (packed)
      return math.mul(number, math.constant(plan.kBlockSize() * size));
    return math.add(offsets[operand], tile.offsets[operand]);
  };
  SmallVector<Value> masks(plan.nv);
  if (!isEven(plan.n, plan.nr()))
    for (int64_t v = 0; v < plan.nv; ++v)
      masks[v] = makeMask(
          math.sub(column.remaining, math.constant(v * plan.vectorLength)));
  OpFoldResult cBase =
      math.add(math.add(offsets[kC], row.offsets[kC]), column.offsets[kC]);
  for (int64_t i = 0; i < plan.mr; ++i) {
    OpFoldResult place =
        math.add(cBase, math.mul(math.constant(i), stride(plan.m, kC)));
    memref::PrefetchOp::create(builder, loc, operands[kC].buffer,
                               math.toValue(place), /*isWrite=*/true,
                               /*localityHint=*/3, /*isDataCache=*/true);
  }
  SmallVector<Value> sums = sumTile(
      row, base(kA, row, rowNumber, plan.packA, plan.mr),
      base(kB, column, columnNumber, plan.packB, plan.nr()), block, masks);
  updateC(sums, row, cBase, masks, block);
}

SmallVector<Value> KernelEmitter::sumTile(const Tile &row, OpFoldResult aBase,
                                          OpFoldResult bBase,
                                          const KBlock &block,
                                          ArrayRef<Value> masks) {
  const KernelDim &k = plan.kBlock[0];
  OpFoldResult aStep = plan.packA ? math.constant(plan.mr) : stride(k, kA);
  OpFoldResult bStep = plan.packB ? math.constant(plan.nr()) : stride(k, kB);
  SmallVector<OpFoldResult> rows;
  OpFoldResult lastRow = math.sub(row.remaining, math.constant(1));
  for (int64_t i = 0; i < plan.mr; ++i) {
    OpFoldResult number = math.constant(i);
    if (!plan.packA && i > 0) {
      if (!isEven(plan.m, plan.mr))
        number = math.min(number, lastRow);
      number = math.mul(number, stride(plan.m, kA));
    }
    rows.push_back(math.add(aBase, number));
  }
  auto body = [&](OpBuilder &, Location, Value point, ValueRange sums) {
    OpFoldResult aOffset = math.mul(point, aStep);
    OpFoldResult bOffset = math.add(bBase, math.mul(point, bStep));
    SmallVector<Value> columns, next;
    for (int64_t v = 0; v < plan.nv; ++v) {
      OpFoldResult at = math.add(bOffset, math.constant(v * plan.vectorLength));
      columns.push_back(plan.packB
                            ? vector::LoadOp::create(builder, loc, vectorType,
                                                     bufferB, math.toValue(at))
                                  .getResult()
                            : loadVector(kB, at, masks[v]));
    }
    for (int64_t i = 0; i < plan.mr; ++i) {
      OpFoldResult at = math.add(rows[i], aOffset);
      Value element = plan.packA ? memref::LoadOp::create(builder, loc, bufferA,
                                                          math.toValue(at))
                                       .getResult()
                                 : loadElement(kA, at);
      Value splat =
          vector::BroadcastOp::create(builder, loc, vectorType, element);
      for (int64_t v = 0; v < plan.nv; ++v)
        next.push_back(multiplyAdd(splat, columns[v], sums[i * plan.nv + v]));
    }
    scf::YieldOp::create(builder, loc, next);
  };
  SmallVector<Value> zeros(plan.mr * plan.nv, zero);
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(builder, loc, math.toValue(math.constant(0)),
                                 math.toValue(block.size),
                                 math.toValue(math.constant(1)), zeros, body);
  return loop.getResults();
}

void KernelEmitter::updateC(ArrayRef<Value> sums, const Tile &row,
                            OpFoldResult base, ArrayRef<Value> masks,
                            const KBlock &block) {
  SmallVector<Value> loadMasks(masks);
  // Nothing is loaded from a tile that holds nothing yet.
  if (overwrite && !block.isFirstStatic) {
    auto makeFullMask = [&](int64_t lanes) -> Value {
      return vector::ConstantMaskOp::create(builder, loc, maskType,
                                            ArrayRef<int64_t>{lanes});
    };
    Value none = makeFullMask(0);
    for (Value &mask : loadMasks)
      mask = arith::SelectOp::create(builder, loc, block.isFirst, none,
                                     mask ? mask
                                          : makeFullMask(plan.vectorLength));
  }
  if (isEven(plan.m, plan.mr))
    return updateRows(sums, base, masks, loadMasks, block);
  Value full = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                     math.toValue(row.remaining),
                                     math.toValue(math.constant(plan.mr)));
  auto ifOp = scf::IfOp::create(builder, loc, full, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(ifOp.thenBlock());
  updateRows(sums, base, masks, loadMasks, block);
  builder.setInsertionPointToStart(ifOp.elseBlock());
  updatePartly(sums, row, base, masks, loadMasks, block);
}

Value KernelEmitter::finish(Value sum, Value previous) {
  if (scale && previous)
    return multiplyAdd(sum, scale, previous);
  if (previous)
    return addVectors(previous, sum);
  if (!scale)
    return sum;
  if (isa<FloatType>(computeType))
    return arith::MulFOp::create(builder, loc, sum, scale);
  return arith::MulIOp::create(builder, loc, sum, scale);
}

void KernelEmitter::updateRows(ArrayRef<Value> sums, OpFoldResult base,
                               ArrayRef<Value> masks, ArrayRef<Value> loadMasks,
                               const KBlock &block) {
  SmallVector<OpFoldResult> places;
  for (int64_t i = 0; i < plan.mr; ++i) {
    OpFoldResult row = math.constant(i);
    OpFoldResult start = math.add(base, math.mul(row, stride(plan.m, kC)));
    for (int64_t v = 0; v < plan.nv; ++v)
      places.push_back(math.add(start, math.constant(v * plan.vectorLength)));
  }
  // All loads come before all stores: stores a page apart would hold up the
  // loads between them.
  SmallVector<Value> totals;
  for (auto [number, sum] : llvm::enumerate(sums)) {
    Value previous;
    if (!overwrite || !block.isFirstStatic)
      previous = loadVector(kC, places[number], loadMasks[number % plan.nv]);
    totals.push_back(finish(sum, previous));
  }
  for (auto [number, total] : llvm::enumerate(totals))
    storeVector(operands[kC].buffer, places[number], total,
                masks[number % plan.nv]);
}

void KernelEmitter::updatePartly(ArrayRef<Value> sums, const Tile &row,
                                 OpFoldResult base, ArrayRef<Value> masks,
                                 ArrayRef<Value> loadMasks,
                                 const KBlock &block) {
  for (auto [number, sum] : llvm::enumerate(sums))
    storeVector(spill, math.constant(number * plan.vectorLength), sum, Value());
  math.loop(math.constant(0), row.remaining, 1, [&](OpFoldResult i) {
    OpFoldResult start = math.add(base, math.mul(i, stride(plan.m, kC)));
    OpFoldResult from = math.mul(i, math.constant(plan.nr()));
    for (int64_t v = 0; v < plan.nv; ++v) {
      OpFoldResult column = math.constant(v * plan.vectorLength);
      Value sum = vector::LoadOp::create(builder, loc, vectorType, spill,
                                         math.toValue(math.add(from, column)));
      OpFoldResult place = math.add(start, column);
      Value previous;
      if (!overwrite || !block.isFirstStatic)
        previous = loadVector(kC, place, loadMasks[v]);
      storeVector(operands[kC].buffer, place, finish(sum, previous), masks[v]);
    }
  });
}
