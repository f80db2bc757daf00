//===- KernelEpilogue.cpp - What follows a contraction --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEpilogue.h"

#include "Buffers/BufferRoots.h"
#include "KernelCandidate.h"
#include "Loops/RowGroups.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

static constexpr llvm::StringLiteral kEpilogueAttr = "tensornet.epilogue";

//===----------------------------------------------------------------------===//
// Which ops are epilogues
//===----------------------------------------------------------------------===//

/// True where `consumer` is elementwise in `sum`, element by element of it.
static bool isElementwise(linalg::GenericOp consumer, Value sum) {
  int64_t rank = cast<MemRefType>(sum.getType()).getRank();
  if (!consumer.hasPureBufferSemantics() || !isFusibleElementwise(consumer) ||
      consumer.getNumLoops() != rank || isInRowGroup(consumer))
    return false;
  AffineMap sumMap;
  for (OpOperand &operand : consumer->getOpOperands()) {
    AffineMap map = consumer.getMatchingIndexingMap(&operand);
    if (operand.get() != sum)
      continue;
    if (!map.isPermutation() || (sumMap && sumMap != map))
      return false;
    sumMap = map;
  }
  return llvm::is_contained(consumer.getDpsInputs(), sum);
}

/// True where the element that one operand of `consumer` writes is not another
/// one that an operand reads, of `consumer` itself or of `op`.
static bool isIndependent(linalg::GenericOp consumer, ContractIntoOp op) {
  auto overlap = [](Value a, Value b) {
    return mayOverlap(getBufferRoot(a), getBufferRoot(b));
  };
  for (OpOperand &operand : consumer->getOpOperands()) {
    if (operand.get() != op.getInit() && overlap(operand.get(), op.getInit()))
      return false;
    if (!consumer.isDpsInit(&operand))
      continue;
    for (Value input : op.getInputs())
      if (overlap(operand.get(), input))
        return false;
    for (OpOperand &other : consumer->getOpOperands()) {
      bool isSame = other.get() == operand.get() &&
                    consumer.getMatchingIndexingMap(&other) ==
                        consumer.getMatchingIndexingMap(&operand);
      if (&other != &operand && !isSame && overlap(operand.get(), other.get()))
        return false;
    }
  }
  return true;
}

linalg::GenericOp cpu::findEpilogue(ContractIntoOp op) {
  if (!isa<MemRefType>(op.getInitType()))
    return nullptr;
  Value sum = op.getInit();
  for (Operation *next = op->getNextNode(); next; next = next->getNextNode()) {
    if (auto consumer = dyn_cast<linalg::GenericOp>(next))
      return isElementwise(consumer, sum) && isIndependent(consumer, op)
                 ? consumer
                 : nullptr;
    if (auto dealloc = dyn_cast<memref::DeallocOp>(next)) {
      if (dealloc.getMemref() == getBufferRoot(sum))
        return nullptr;
    } else if (!isa<memref::AllocOp>(next) && !isMemoryEffectFree(next)) {
      return nullptr;
    }
  }
  return nullptr;
}

void cpu::markEpilogue(linalg::GenericOp consumer, bool keepsSum) {
  consumer->setAttr(kEpilogueAttr,
                    BoolAttr::get(consumer.getContext(), keepsSum));
}

//===----------------------------------------------------------------------===//
// Epilogues of plans
//===----------------------------------------------------------------------===//

bool KernelEpilogue::suits(const KernelPlan &plan) {
  // Where tiles are left out, they would not be finished.
  if (plan.skipsTiles())
    return false;
  // Without a last point of the sum nothing would be either.
  for (ArrayRef<KernelDim> dims :
       {ArrayRef(plan.kOuter), ArrayRef(plan.kBlock)})
    for (const KernelDim &dim : dims)
      if (dim.extent == kDynamicExtent)
        return false;
  SmallVector<int64_t> extents(contraction.getStaticExtents());
  for (const Tensor &tensor : tensors)
    if (!suitsTiles(tensor, plan, extents))
      return false;
  return llvm::all_of(op.getDpsInitsMutable(), [&](OpOperand &init) {
    std::optional<unsigned> number = getArgument(init.getOperandNumber());
    return !number || !isInvariant(*number, plan.n);
  });
}

std::optional<KernelEpilogue> KernelEpilogue::get(ContractIntoOp op,
                                                  const KernelPlan &plan) {
  auto consumer = dyn_cast_or_null<linalg::GenericOp>(op->getNextNode());
  if (!consumer || !consumer->hasAttr(kEpilogueAttr) ||
      !isElementwise(consumer, op.getInit()) || !op.getCounts().empty() ||
      getSumType(op.getInitType().getElementType()) !=
          op.getInitType().getElementType())
    return std::nullopt;
  KernelEpilogue epilogue(op, consumer);
  if (!epilogue.suits(plan))
    return std::nullopt;
  return epilogue;
}

bool KernelEpilogue::storesSum() const {
  return cast<BoolAttr>(op->getAttr(kEpilogueAttr)).getValue() &&
         llvm::all_of(getOp().getDpsInitsMutable(), [&](OpOperand &init) {
           return getArgument(init.getOperandNumber()).has_value();
         });
}
