//===- KernelTile.cpp - Register tile of a kernel -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "Vectors/VectorBody.h"
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
  auto vector = dyn_cast<VectorType>(value.getType());
  Type type = vector ? vector.clone(computeType) : computeType;
  return convertElements(builder, loc, value, type);
}

Parts KernelEmitter::loadElement(KernelOperand operand, OpFoldResult offset) {
  Parts element;
  for (int64_t part = 0; part < plan.parts; ++part)
    element.push_back(widen(memref::LoadOp::create(
        builder, loc, operands[operand].buffer,
        math.toValue(math.add(numbers(offset), math.constant(part))))));
  return element;
}

Value KernelEmitter::loadNumbers(Value buffer, OpFoldResult offset, Value mask,
                                 std::optional<int64_t> length) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = VectorType::get({length.value_or(plan.vectorLength)}, element);
  return widen(
      cpu::loadVector(builder, loc, type, buffer, math.toValue(offset), mask));
}

Parts KernelEmitter::loadVector(KernelOperand operand, OpFoldResult offset,
                                ArrayRef<Value> masks) {
  Parts registers;
  for (auto [number, mask] : llvm::enumerate(masks))
    registers.push_back(loadNumbers(
        operands[operand].buffer,
        math.add(numbers(offset), math.constant(number * plan.vectorLength)),
        mask));
  return splitParts(registers, plan.vectorLength);
}

Parts KernelEmitter::splitParts(const Parts &registers, int64_t length) {
  if (plan.parts == 1)
    return registers;
  Parts parts;
  for (int64_t part = 0; part < plan.parts; ++part) {
    SmallVector<int64_t> lanes;
    for (int64_t lane = 0; lane < length; ++lane)
      lanes.push_back(plan.parts * lane + part);
    parts.push_back(vector::ShuffleOp::create(builder, loc, registers.front(),
                                              registers.back(), lanes));
  }
  return parts;
}

void KernelEmitter::storeNumbers(Value buffer, OpFoldResult offset,
                                 Value vector, Value mask) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  if (element != computeType)
    vector = arith::TruncIOp::create(builder, loc, vectorType.clone(element),
                                     vector);
  storeVector(builder, loc, vector, buffer, math.toValue(offset), mask);
}

Parts KernelEmitter::loadPackedElement(Value buffer, OpFoldResult offset,
                                       int64_t size) {
  Parts element;
  for (int64_t part = 0; part < plan.parts; ++part)
    element.push_back(memref::LoadOp::create(
        builder, loc, buffer,
        math.toValue(math.add(offset, math.constant(part * size)))));
  return element;
}

Parts KernelEmitter::loadPackedVector(Value buffer, OpFoldResult offset,
                                      int64_t size, int64_t length) {
  Parts vectors;
  for (int64_t part = 0; part < plan.parts; ++part)
    vectors.push_back(loadNumbers(
        buffer, math.add(offset, math.constant(part * size)), Value(), length));
  return vectors;
}

void KernelEmitter::storePacked(Value buffer, OpFoldResult offset, int64_t size,
                                Value part, unsigned number, Value mask) {
  storeNumbers(buffer, math.add(offset, math.constant(number * size)), part,
               mask);
}

SmallVector<Value> KernelEmitter::makeMasks(OpFoldResult count,
                                            int64_t registers) {
  SmallVector<Value> masks;
  for (int64_t number = 0; number < registers; ++number)
    masks.push_back(makeMask(
        math.sub(numbers(count), math.constant(number * plan.vectorLength))));
  return masks;
}

Value KernelEmitter::makeMask(OpFoldResult count) {
  std::optional<int64_t> lanes = getConstantIntValue(count);
  if (lanes && *lanes >= plan.vectorLength)
    return Value();
  return vector::CreateMaskOp::create(
      builder, loc, maskType, math.countLanes(count, plan.vectorLength));
}

Value KernelEmitter::multiplyAdd(Value a, Value b, Value c) {
  if (isa<FloatType>(computeType))
    return vector::FMAOp::create(builder, loc, a, b, c);
  return addVectors(arith::MulIOp::create(builder, loc, a, b), c);
}

Value KernelEmitter::multiply(Value a, Value b) {
  if (isa<FloatType>(computeType))
    return arith::MulFOp::create(builder, loc, a, b);
  return arith::MulIOp::create(builder, loc, a, b);
}

Value KernelEmitter::negate(Value value) {
  return arith::NegFOp::create(builder, loc, value);
}

/// Signs are free: instructions exist for all of a * b + c and c - a * b.
Parts KernelEmitter::multiplyAdd(const Parts &a, const Parts &b,
                                 const Parts &c) {
  if (plan.parts == 1)
    return {multiplyAdd(a[0], b[0], c[0])};
  bool conjA = operands[kA].isConjugated, conjB = operands[kB].isConjugated;
  Value minusA = negate(a[1]);
  Value re = multiplyAdd(a[0], b[0], c[0]);
  re = multiplyAdd(conjA == conjB ? minusA : a[1], b[1], re);
  Value im = multiplyAdd(conjB ? negate(a[0]) : a[0], b[1], c[1]);
  im = multiplyAdd(conjA ? minusA : a[1], b[0], im);
  return {re, im};
}

Parts KernelEmitter::broadcast(const Parts &element, int64_t length) {
  Parts vectors;
  auto type = VectorType::get({length}, computeType);
  for (Value part : element)
    vectors.push_back(vector::BroadcastOp::create(builder, loc, type, part));
  return vectors;
}

Value KernelEmitter::addVectors(Value a, Value b) {
  if (isa<FloatType>(computeType))
    return arith::AddFOp::create(builder, loc, a, b);
  return arith::AddIOp::create(builder, loc, a, b);
}

//===----------------------------------------------------------------------===//
// Register tile
//===----------------------------------------------------------------------===//

bool KernelEmitter::endsWithOwnVectors() const {
  int64_t extent = plan.columnExtent(), size = plan.nr();
  bool hasVectors = !plan.matrixUnit || plan.usesDots;
  return hasVectors && extent != kDynamicExtent && extent > size &&
         extent % size != 0;
}

void KernelEmitter::withColumn(const Tile &tile, OpFoldResult number,
                               llvm::function_ref<void(const Column &)> body) {
  auto emitColumns = [&](OpFoldResult remaining) {
    Column column{tile, number, {}};
    column.tile.remaining = remaining;
    column.lanes = getColumnLanes(column.tile);
    body(column);
  };
  vectors = plan.nv;
  int64_t extent = plan.columnExtent(), size = plan.nr();
  if (!endsWithOwnVectors()) {
    chooseLastVector(extent <= size ? extent : size);
    return emitColumns(tile.remaining);
  }
  chooseLastVector(size);
  // The last tile has vectors of its own: no lanes are masked elsewhere.
  Value isWhole = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                        math.toValue(tile.remaining),
                                        math.toValue(math.constant(size)));
  auto ifOp = scf::IfOp::create(builder, loc, isWhole, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(ifOp.thenBlock());
  emitColumns(math.constant(size));
  builder.setInsertionPointToStart(ifOp.elseBlock());
  vectors = llvm::divideCeil(extent % size, plan.vectorLength);
  chooseLastVector(extent % size);
  emitColumns(math.constant(extent % size));
}

void KernelEmitter::withRows(const Tile &tile,
                             llvm::function_ref<void()> body) {
  auto emitRows = [&](int64_t count, bool areAll) {
    rows = count;
    areAllRows = areAll;
    body();
  };
  int64_t last = plan.lastRows();
  if (last == 0)
    return emitRows(plan.mr, isEven(plan.m, plan.mr));
  Value isWhole = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                        math.toValue(tile.remaining),
                                        math.toValue(math.constant(plan.mr)));
  auto ifOp = scf::IfOp::create(builder, loc, isWhole, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(ifOp.thenBlock());
  emitRows(plan.mr, /*areAll=*/true);
  builder.setInsertionPointToStart(ifOp.elseBlock());
  emitRows(last, /*areAll=*/true);
}

void KernelEmitter::emitTile(const Tile &row, OpFoldResult rowNumber,
                             const Column &column, const Offsets &offsets,
                             const KBlock &block) {
  auto base = [&](KernelOperand operand, const Tile &tile, OpFoldResult number,
                  bool packed, int64_t size) {
    if (packed && !isTiled(operand))
      return math.mul(number,
                      math.constant(plan.parts * plan.kBlockSize() * size));
    OpFoldResult place = math.add(offsets[operand], tile.offsets[operand]);
    return packed ? math.add(operands[operand].tilesOffset, numbers(place))
                  : place;
  };
  Part part = getPart(row, column.tile, block);
  OpBuilder::InsertionGuard guard(builder);
  if (part.isNeeded)
    builder.setInsertionPointToStart(
        scf::IfOp::create(builder, loc, part.isNeeded, /*withElse=*/false)
            .thenBlock());
  bool leavesSums = plan.distribution == Distribution::sum;
  Offsets bases = getTileBase(offsets, row, column.tile);
  // Tiles of the matrix unit need the first cache more than C does.
  if (!plan.isTiny() && !leavesSums && !plan.matrixUnit)
    prefetchC(bases, column.lanes);
  OpFoldResult aBase = base(kA, row, rowNumber, plan.packA, plan.mr);
  OpFoldResult bBase =
      base(kB, column.tile, column.number, plan.packB, plan.nr());
  if (plan.matrixUnit) {
    auto emitSums = [&](const SumsPlace &target) {
      if (plan.readsUnitRows())
        emitTileInPlace(row, column.number, bBase, offsets, part, block,
                        target);
      else
        emitMatrixTile(row, rowNumber, column.number, aBase, bBase, part, block,
                       target);
    };
    return updateFromUnit(row, column.tile, bases, column.lanes, block,
                          emitSums);
  }
  SmallVector<Value> sums =
      arrange(sumTile(row, aBase, bBase, part, column.lanes));
  if (leavesSums)
    return storeSums(sums, blockSums, getPlace(block.number, row, column.tile));
  updateC(sums, row, bases, column.lanes, block);
}

Offsets KernelEmitter::getTileBase(const Offsets &offsets, const Tile &row,
                                   const Tile &column) {
  Offsets base(offsets);
  for (unsigned tensor = kC; tensor < base.size(); ++tensor)
    base[tensor] = math.add(math.add(offsets[tensor], row.offsets[tensor]),
                            column.offsets[tensor]);
  moveToParts(base, row);
  return base;
}

SmallVector<Value> KernelEmitter::arrange(ArrayRef<Parts> sums) {
  SmallVector<Value> registers;
  for (const Parts &sum : sums) {
    if (plan.parts == 1) {
      registers.push_back(sum[0]);
      continue;
    }
    Value re = sum[0], im = sum[1];
    if (!scale.empty()) {
      re = multiplyAdd(negate(scale[1]), sum[1], multiply(scale[0], sum[0]));
      im = multiplyAdd(scale[1], sum[0], multiply(scale[0], sum[1]));
    }
    for (int64_t first : {int64_t(0), plan.vectorLength / 2}) {
      SmallVector<int64_t> lanes;
      for (int64_t lane = 0; lane < plan.vectorLength / 2; ++lane)
        lanes.append({first + lane, plan.vectorLength + first + lane});
      registers.push_back(
          vector::ShuffleOp::create(builder, loc, re, im, lanes));
    }
  }
  return registers;
}

SmallVector<KernelEmitter::Lanes>
KernelEmitter::withLoadMasks(ArrayRef<Lanes> lanes, const KBlock &block) {
  SmallVector<Lanes> result(lanes);
  bool mayBeEmpty = overwrite && !block.isFirstStatic;
  auto makeFullMask = [&](int64_t lanes) -> Value {
    return vector::ConstantMaskOp::create(builder, loc, maskType,
                                          ArrayRef<int64_t>{lanes});
  };
  Value none = mayBeEmpty ? makeFullMask(0) : Value();
  for (Lanes &registers : result)
    for (Strip &strip : registers) {
      Value mask = strip.masks[0];
      strip.loadMask = mayBeEmpty
                           ? arith::SelectOp::create(
                                 builder, loc, block.isFirst, none,
                                 mask ? mask : makeFullMask(plan.vectorLength))
                                 .getResult()
                           : mask;
    }
  return result;
}

Value KernelEmitter::loadC(const Offsets &base, const Lanes &lanes) {
  Value result;
  for (const Strip &strip : lanes) {
    Value loaded = loadNumbers(operands[kC].buffer,
                               numbers(math.add(base[kC], strip.offsets[kC])),
                               strip.loadMask);
    result = result ? arith::SelectOp::create(builder, loc, strip.loadMask,
                                              loaded, result)
                          .getResult()
                    : loaded;
  }
  return result;
}

void KernelEmitter::storeC(const Offsets &base, const Lanes &lanes,
                           Value vector) {
  for (const Strip &strip : lanes)
    storeNumbers(operands[kC].buffer,
                 numbers(math.add(base[kC], strip.offsets[kC])), vector,
                 strip.masks[0]);
}

void KernelEmitter::updateC(ArrayRef<Value> sums, const Tile &row,
                            const Offsets &base, ArrayRef<Lanes> lanes,
                            const KBlock &block) {
  SmallVector<Lanes> masked = withLoadMasks(lanes, block);
  if (areAllRows && (rows == plan.mr || !finishes()))
    return updateRows(sums, base, masked, block);
  // What is done with complete elements is code for one row at a time.
  if (areAllRows)
    return updatePartly(sums, row, base, masked, block);
  Value full = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                     math.toValue(row.remaining),
                                     math.toValue(math.constant(plan.mr)));
  auto ifOp = scf::IfOp::create(builder, loc, full, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(ifOp.thenBlock());
  updateRows(sums, base, masked, block);
  builder.setInsertionPointToStart(ifOp.elseBlock());
  updatePartly(sums, row, base, masked, block);
}

Value KernelEmitter::finish(Value sum, Value previous) {
  // Complex sums are scaled already.
  Value factor = scale.size() == 1 ? scale[0] : Value();
  if (factor && previous)
    return multiplyAdd(sum, factor, previous);
  if (previous)
    return addVectors(previous, sum);
  return factor ? multiply(sum, factor) : sum;
}

void KernelEmitter::updateRows(ArrayRef<Value> sums, const Offsets &base,
                               ArrayRef<Lanes> lanes, const KBlock &block) {
  SmallVector<Offsets> rows;
  for (int64_t i = 0; i < plan.mr; ++i)
    rows.push_back(moveToRow(base, math.constant(i)));
  // All loads come before all stores: stores a page apart would hold up the
  // loads between them.
  SmallVector<Value> totals;
  for (auto [number, sum] : llvm::enumerate(sums)) {
    Value previous;
    if (!overwrite || !block.isFirstStatic)
      previous =
          loadC(rows[number / lanes.size()], lanes[number % lanes.size()]);
    totals.push_back(finish(sum, previous));
  }
  if (finishes())
    return storeRows(totals, base, lanes, block, /*oneByOne=*/false);
  for (auto [number, total] : llvm::enumerate(totals))
    storeC(rows[number / lanes.size()], lanes[number % lanes.size()], total);
}

void KernelEmitter::updatePartly(ArrayRef<Value> sums, const Tile &row,
                                 const Offsets &base, ArrayRef<Lanes> lanes,
                                 const KBlock &block) {
  storeSums(sums, spill, math.constant(0));
  updateFromBuffer(row.remaining, base, lanes, block, spill, math.constant(0),
                   math.constant(0), 1);
}

Offsets KernelEmitter::moveToRow(Offsets base, OpFoldResult row) {
  for (unsigned tensor = kC; tensor < base.size(); ++tensor)
    base[tensor] =
        math.add(base[tensor], math.mul(row, stride(plan.m, tensor)));
  return base;
}
