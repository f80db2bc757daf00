//===- KernelFinish.cpp - Stores of a kernel and what is done before ------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "Vectors/VectorBody.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

unsigned KernelEmitter::getFirstTensor(const FusedElementwise &op) const {
  auto *first = llvm::find_if(
      fused, [&](const auto &tensor) { return tensor.first == &op; });
  return kC + 1 + (first - fused.begin());
}

Value KernelEmitter::getPlaceInPart(const KernelReduction &reduction,
                                    const Offsets &base, const Lanes &lanes) {
  unsigned parts = getFirstTensor(reduction) + reduction.getParts();
  return math.toValue(math.add(base[parts], lanes[0].offsets[parts]));
}

VectorType
KernelEmitter::getPartVector(const KernelReduction &reduction) const {
  return VectorType::get({plan.vectorLength}, reduction.getStart().getType());
}

Value KernelEmitter::getStart(const KernelReduction &reduction) {
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(getPartVector(reduction),
                             Attribute(reduction.getStart())));
}

Value KernelEmitter::getFinished(const KernelReduction &reduction, Value total,
                                 ArrayRef<Value> results) const {
  if (epilogue)
    for (auto [init, result] :
         llvm::zip_equal(epilogue->getOp().getDpsInits(), results))
      if (init == reduction.getValue())
        return result;
  return total;
}

void KernelEmitter::moveToParts(Offsets &base, const Tile &row) {
  for (const KernelReduction &reduction : reductions) {
    OpFoldResult &place =
        base[getFirstTensor(reduction) + reduction.getParts()];
    OpFoldResult number = math.div(row.start, math.constant(plan.mr));
    place = math.add(
        place, math.mul(number, math.constant(reduction.getPartStride())));
  }
}

/// The elements at `at`; those of `other` where `mask` leaves lanes out.
static Value loadPart(OpBuilder &builder, Location loc, Value other,
                      Value buffer, Value at, Value mask) {
  if (!mask)
    return vector::LoadOp::create(
        builder, loc, cast<VectorType>(other.getType()), buffer, at);
  return vector::MaskedLoadOp::create(
      builder, loc, cast<VectorType>(other.getType()), buffer, at, mask, other);
}

void KernelEmitter::startParts(const Offsets &base, ArrayRef<Lanes> lanes) {
  for (const KernelReduction &reduction : reductions)
    for (const Lanes &registers : lanes)
      storeVector(builder, loc, getStart(reduction),
                  reduction.getBuffer(reduction.getParts()),
                  getPlaceInPart(reduction, base, registers),
                  registers[0].masks[0]);
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

void KernelEmitter::storeRows(ArrayRef<Value> totals, const Offsets &base,
                              ArrayRef<Lanes> lanes, const KBlock &block,
                              bool oneByOne) {
  int64_t perRow = lanes.size();
  SmallVector<Offsets> rows;
  for (int64_t i = 0; i < int64_t(totals.size()) / perRow; ++i)
    rows.push_back(moveToRow(base, math.constant(i)));
  auto storeSums = [&] {
    for (auto [number, total] : llvm::enumerate(totals))
      storeC(rows[number / perRow], lanes[number % perRow], total);
  };
  auto finishSums = [&] {
    // Columns are one dimension where something reduces them: one strip.
    SmallVector<SmallVector<Value>> parts(reductions.size());
    for (auto [part, reduction] : llvm::zip_equal(parts, reductions))
      for (const Lanes &registers : lanes)
        part.push_back(
            oneByOne ? loadPart(builder, loc, getStart(reduction),
                                reduction.getBuffer(reduction.getParts()),
                                getPlaceInPart(reduction, base, registers),
                                registers[0].masks[0])
                     : getStart(reduction));
    for (auto [number, total] : llvm::enumerate(totals)) {
      int64_t v = number % perRow;
      const Offsets &row = rows[number / perRow];
      SmallVector<Value> results = finishVector(total, row, lanes[v]);
      for (unsigned r = 0; r < reductions.size(); ++r) {
        const KernelReduction &reduction = reductions[r];
        auto load = [&](unsigned tensor) -> Value {
          if (tensor == reduction.getResult())
            return parts[r][v];
          return loadFused(reduction, getFirstTensor(reduction), tensor, row,
                           lanes[v]);
        };
        parts[r][v] = evaluate(reduction, load, plan.vectorLength,
                               getFinished(reduction, total, results))[0];
      }
    }
    for (auto [part, reduction] : llvm::zip_equal(parts, reductions))
      for (auto [vector, registers] : llvm::zip_equal(part, lanes))
        storeVector(
            builder, loc, vector, reduction.getBuffer(reduction.getParts()),
            getPlaceInPart(reduction, base, registers), registers[0].masks[0]);
  };
  if (!finishes())
    return storeSums();
  if (block.isLastStatic)
    return finishSums();
  auto ifOp = scf::IfOp::create(builder, loc, block.isLast,
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(ifOp.thenBlock());
  finishSums();
  builder.setInsertionPointToStart(ifOp.elseBlock());
  storeSums();
}

Value KernelEmitter::loadFused(const FusedElementwise &op, unsigned first,
                               unsigned number, const Offsets &base,
                               const Lanes &lanes) {
  Value result;
  for (const Strip &strip : lanes) {
    OpFoldResult place =
        math.add(base[first + number], strip.offsets[first + number]);
    Value mask = strip.masks[0];
    Value loaded =
        loadTensor(op, number, place, mask, plan.n, plan.vectorLength);
    result = result
                 ? arith::SelectOp::create(builder, loc, mask, loaded, result)
                       .getResult()
                 : loaded;
  }
  return result;
}

SmallVector<Value> KernelEmitter::finishVector(Value total, const Offsets &base,
                                               const Lanes &lanes) {
  if (!epilogue) {
    if (llvm::any_of(reductions, std::mem_fn(&KernelReduction::keepsValue)))
      storeC(base, lanes, total);
    return {};
  }
  SmallVector<Value> results = evaluate(
      *epilogue,
      [&](unsigned number) {
        return loadFused(*epilogue, kC + 1, number, base, lanes);
      },
      plan.vectorLength, total);
  if (epilogue->storesSum())
    storeC(base, lanes, total);
  unsigned first = epilogue->getOp().getNumDpsInputs();
  for (auto [position, result] : llvm::enumerate(results)) {
    std::optional<unsigned> number = epilogue->getArgument(first + position);
    unsigned tensor = number ? kC + 1 + *number : unsigned(kC);
    Value buffer = number ? epilogue->getBuffer(*number) : operands[kC].buffer;
    for (const Strip &strip : lanes)
      storeVector(builder, loc, result, buffer,
                  math.toValue(math.add(base[tensor], strip.offsets[tensor])),
                  strip.masks[0]);
  }
  return results;
}
