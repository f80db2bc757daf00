//===- KernelPrologue.cpp - What packing computes -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPrologue.h"

#include "Buffers/BufferRoots.h"
#include "Buffers/BufferWrites.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

static constexpr llvm::StringLiteral kPrologueAttr = "tensornet.prologue";

void cpu::markPrologue(linalg::GenericOp producer) {
  producer->setAttr(kPrologueAttr, UnitAttr::get(producer.getContext()));
}

bool cpu::isPrologue(Operation *op) { return op->hasAttr(kPrologueAttr); }

void cpu::unmarkPrologue(linalg::GenericOp producer) {
  producer->removeAttr(kPrologueAttr);
}

//===----------------------------------------------------------------------===//
// Which ops are prologues
//===----------------------------------------------------------------------===//

/// The marked op that alone writes `value`, memory of its own that only `op`
/// reads; null where there is none.
static linalg::GenericOp getProducer(ContractIntoOp op, Value value) {
  if (!value.getDefiningOp<memref::AllocOp>() ||
      !cast<MemRefType>(value.getType()).hasStaticShape())
    return nullptr;
  linalg::GenericOp producer;
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (auto generic = dyn_cast<linalg::GenericOp>(user)) {
      if (producer || !isPrologue(generic) || !generic.isDpsInit(&use))
        return nullptr;
      producer = generic;
    } else if (!isa<memref::DeallocOp>(user) &&
               (user != op || op.isDpsInit(&use))) {
      return nullptr;
    }
  }
  bool fits = producer && llvm::count(op.getInputs(), value) == 1 &&
              producer->getBlock() == op->getBlock() &&
              producer->isBeforeInBlock(op) && producer.getNumDpsInits() == 1 &&
              producer.getRegionOutputArgs()[0].use_empty() &&
              producer.hasPureBufferSemantics() &&
              isFusibleElementwise(producer);
  return fits ? producer : nullptr;
}

bool cpu::hasPrologue(ContractIntoOp op, unsigned input) {
  Value value = op.getInputs()[input];
  if (isa<MemRefType>(value.getType()))
    return getProducer(op, value) != nullptr;
  Operation *definition = value.getDefiningOp();
  return definition && isPrologue(definition);
}

linalg::GenericOp cpu::findPrologue(ContractIntoOp op, unsigned input,
                                    linalg::GenericOp consumer) {
  linalg::GenericOp producer = getProducer(op, op.getInputs()[input]);
  if (!producer)
    return nullptr;
  Operation *end = (consumer ? consumer.getOperation() : op)->getNextNode();
  BufferWrites writes;
  for (Operation *next = producer->getNextNode(); next != end;
       next = next->getNextNode())
    for (Value read : producer.getDpsInputs())
      if (!isa<memref::DeallocOp>(next) &&
          writes.mayWrite(next, getBufferRoot(read)))
        return nullptr;
  return producer;
}

//===----------------------------------------------------------------------===//
// Prologues of plans
//===----------------------------------------------------------------------===//

bool KernelPrologue::suits(const Tensor &tensor, KernelOperand operand,
                           const KernelDim &dim, bool fillsLanes) {
  if (!hasWhole(tensor, dim, contraction.getStaticExtents()))
    return false;
  int64_t step = getStaticStride(tensor, dim.source);
  return !dim.isUnit(operand) || step == 1 || (step == 0 && !fillsLanes);
}

bool KernelPrologue::suits(KernelOperand operand, const KernelPlan &plan) {
  if (!(operand == kA ? plan.packA : plan.packB) || plan.parts != 1)
    return false;
  SmallVector<KernelDim> dims = {plan.m, plan.n};
  for (ArrayRef<KernelDim> more :
       {ArrayRef(plan.batch), ArrayRef(plan.mOuter), ArrayRef(plan.nOuter),
        ArrayRef(plan.kOuter), ArrayRef(plan.kBlock)})
    dims.append(more.begin(), more.end());
  // The matrix unit's tiles are filled up with points that do not exist, where
  // one number for a vector would be read.
  return llvm::all_of(tensors, [&](const Tensor &tensor) {
    return llvm::all_of(dims, [&](const KernelDim &dim) {
      return !dim.present[operand] ||
             suits(tensor, operand, dim, /*fillsLanes=*/plan.matrixUnit);
    });
  });
}

std::optional<KernelPrologue> KernelPrologue::get(ContractIntoOp op,
                                                  unsigned input,
                                                  KernelOperand operand,
                                                  const KernelPlan &plan) {
  linalg::GenericOp producer = getProducer(op, op.getInputs()[input]);
  if (!producer)
    return std::nullopt;
  KernelPrologue prologue(op, input, producer);
  if (!prologue.suits(operand, plan))
    return std::nullopt;
  return prologue;
}

void KernelPrologue::erase() {
  Value value = common.memref;
  op->erase();
  for (Operation *user : llvm::make_early_inc_range(value.getUsers()))
    user->erase();
  value.getDefiningOp()->erase();
}
