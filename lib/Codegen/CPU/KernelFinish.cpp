//===- KernelFinish.cpp - Stores of a kernel and what is done before ------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "VectorBody.h"

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
                                    const Offsets &base, int64_t column) {
  unsigned parts = getFirstTensor(reduction) + reduction.getParts();
  return math.toValue(math.add(base[parts], math.constant(column)));
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

void KernelEmitter::startParts(const Offsets &base, ArrayRef<Value> masks) {
  for (const KernelReduction &reduction : reductions)
    for (auto [v, mask] : llvm::enumerate(masks))
      storeVector(builder, loc, getStart(reduction),
                  reduction.getBuffer(reduction.getParts()),
                  getPlaceInPart(reduction, base, v * plan.vectorLength), mask);
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

void KernelEmitter::storeRows(ArrayRef<Value> totals, const Offsets &base,
                              ArrayRef<Value> masks, const KBlock &block,
                              bool oneByOne) {
  int64_t perRow = masks.size();
  // One vector of the tile: its number and how far its first element is.
  auto forVectors = [&](llvm::function_ref<void(
                            unsigned, function_ref<OpFoldResult(unsigned)>)>
                            body) {
    for (unsigned number = 0; number < totals.size(); ++number)
      body(number, [&](unsigned tensor) {
        OpFoldResult row =
            math.mul(math.constant(number / perRow), stride(plan.m, tensor));
        OpFoldResult column =
            math.mul(math.constant(number % perRow * plan.vectorLength),
                     stride(plan.n, tensor));
        return math.add(math.add(base[tensor], row), column);
      });
  };
  auto storeSums = [&] {
    forVectors([&](unsigned number, auto place) {
      storeNumbers(operands[kC].buffer, numbers(place(kC)), totals[number],
                   masks[number % perRow]);
    });
  };
  auto finishSums = [&] {
    SmallVector<SmallVector<Value>> parts(reductions.size());
    for (auto [part, reduction] : llvm::zip_equal(parts, reductions))
      for (int64_t v = 0; v < perRow; ++v)
        part.push_back(oneByOne
                           ? loadPart(builder, loc, getStart(reduction),
                                      reduction.getBuffer(reduction.getParts()),
                                      getPlaceInPart(reduction, base,
                                                     v * plan.vectorLength),
                                      masks[v])
                           : getStart(reduction));
    forVectors([&](unsigned number, auto place) {
      int64_t v = number % perRow;
      SmallVector<Value> results =
          finishVector(totals[number], place, masks[v]);
      for (unsigned r = 0; r < reductions.size(); ++r) {
        const KernelReduction &reduction = reductions[r];
        unsigned first = getFirstTensor(reduction);
        auto load = [&](unsigned tensor) -> Value {
          if (tensor == reduction.getResult())
            return parts[r][v];
          return loadTensor(reduction, tensor, place(first + tensor), masks[v],
                            plan.n, plan.vectorLength);
        };
        parts[r][v] =
            evaluate(reduction, load, plan.vectorLength,
                     getFinished(reduction, totals[number], results))[0];
      }
    });
    for (auto [part, reduction] : llvm::zip_equal(parts, reductions))
      for (int64_t v = 0; v < perRow; ++v)
        storeVector(
            builder, loc, part[v], reduction.getBuffer(reduction.getParts()),
            getPlaceInPart(reduction, base, v * plan.vectorLength), masks[v]);
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

SmallVector<Value> KernelEmitter::finishVector(
    Value total, llvm::function_ref<OpFoldResult(unsigned)> place, Value mask) {
  if (!epilogue) {
    if (llvm::any_of(reductions, std::mem_fn(&KernelReduction::keepsValue)))
      storeNumbers(operands[kC].buffer, place(kC), total, mask);
    return {};
  }
  SmallVector<Value> results = evaluate(
      *epilogue,
      [&](unsigned number) {
        return loadTensor(*epilogue, number, place(kC + 1 + number), mask,
                          plan.n, plan.vectorLength);
      },
      plan.vectorLength, total);
  if (epilogue->storesSum())
    storeNumbers(operands[kC].buffer, place(kC), total, mask);
  unsigned first = epilogue->getOp().getNumDpsInputs();
  for (auto [position, result] : llvm::enumerate(results)) {
    std::optional<unsigned> number = epilogue->getArgument(first + position);
    Value buffer = number ? epilogue->getBuffer(*number) : operands[kC].buffer;
    Value at = math.toValue(place(number ? kC + 1 + *number : unsigned(kC)));
    storeVector(builder, loc, result, buffer, at, mask);
  }
  return results;
}
