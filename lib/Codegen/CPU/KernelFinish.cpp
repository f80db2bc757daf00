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

void KernelEmitter::storeRows(ArrayRef<Value> totals, const Offsets &base,
                              ArrayRef<Value> masks, const KBlock &block) {
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
    forVectors([&](unsigned number, auto place) {
      finishVector(totals[number], place, masks[number % perRow]);
    });
  };
  if (!epilogue)
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

void KernelEmitter::finishVector(
    Value total, llvm::function_ref<OpFoldResult(unsigned)> place, Value mask) {
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
    if (mask)
      vector::MaskedStoreOp::create(builder, loc, buffer, at, mask, result);
    else
      vector::StoreOp::create(builder, loc, result, buffer, at);
  }
}
