//===- PlaceEpilogues.cpp - Consumers next to contractions ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETPLACEEPILOGUES
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// The only op that uses the result of `op`, if it is elementwise in its block.
linalg::GenericOp getConsumer(ContractIntoOp op) {
  if (op.getOutputs().empty())
    return nullptr;
  Operation *consumer = nullptr;
  for (Operation *user : op.getOutputs()[0].getUsers()) {
    if (consumer && user != consumer)
      return nullptr;
    consumer = user;
  }
  auto generic = dyn_cast_or_null<linalg::GenericOp>(consumer);
  bool isElementwise = generic && generic->getBlock() == op->getBlock() &&
                       generic.getNumParallelLoops() == generic.getNumLoops();
  return isElementwise ? generic : nullptr;
}

/// The last op of `consumer`'s block that has to stand before it: what makes
/// its operands, and what reads those that it writes over.
Operation *getLastBefore(linalg::GenericOp consumer) {
  Block *block = consumer->getBlock();
  Operation *last = nullptr;
  auto consider = [&](Operation *op) {
    op = op ? block->findAncestorOpInBlock(*op) : nullptr;
    if (op && op->isBeforeInBlock(consumer) &&
        (!last || last->isBeforeInBlock(op)))
      last = op;
  };
  consumer->walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      consider(operand.getDefiningOp());
  });
  for (Value init : consumer.getOutputs())
    llvm::for_each(init.getUsers(), consider);
  return last;
}

struct PlaceEpilogues
    : tensornet::impl::TensorNetPlaceEpiloguesBase<PlaceEpilogues> {
  void runOnOperation() override {
    SmallVector<ContractIntoOp> ops;
    getOperation()->walk([&](ContractIntoOp op) { ops.push_back(op); });
    for (ContractIntoOp op : ops) {
      linalg::GenericOp consumer = getConsumer(op);
      if (!consumer)
        continue;
      consumer->moveAfter(getLastBefore(consumer));
      op->moveBefore(consumer);
      // A kernel drops the fill that it finds in front of it.
      auto fill = op.getInit().getDefiningOp<linalg::FillOp>();
      if (fill && fill->hasOneUse() && fill->getBlock() == op->getBlock())
        fill->moveBefore(op);
    }
  }
};

} // namespace
