//===- BufferAccess.cpp - What ops do to buffers --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferAccess.h"
#include "BufferRoots.h"
#include "BufferWrites.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

static std::optional<SmallVector<BufferAccess>> getAccesses(func::CallOp call) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call, call.getCalleeAttr());
  // It may do more than to use the memory of its arguments.
  if (!callee || callee.isExternal())
    return std::nullopt;
  BufferWrites writes;
  const llvm::BitVector &written = writes.getWritten(callee);
  SmallVector<BufferAccess> accesses;
  for (auto [number, operand] : llvm::enumerate(call.getOperands()))
    if (isa<BaseMemRefType>(operand.getType()))
      accesses.push_back({operand, written.test(number), AffineMap()});
  return accesses;
}

std::optional<SmallVector<BufferAccess>> cpu::getAccesses(Operation *op) {
  SmallVector<BufferAccess> accesses;
  if (isMemoryEffectFree(op) || isa<memref::AllocOp, memref::AllocaOp>(op))
    return accesses;
  if (auto call = dyn_cast<func::CallOp>(op))
    return ::getAccesses(call);
  bool isKnown =
      isa<linalg::LinalgOp, memref::DeallocOp, memref::CopyOp, memref::LoadOp,
          memref::StoreOp, DestinationStyleOpInterface>(op);
  if (!isKnown || (op->getNumRegions() > 0 && !isa<linalg::LinalgOp>(op)))
    return std::nullopt;
  auto destinations = dyn_cast<DestinationStyleOpInterface>(op);
  auto generic = dyn_cast<linalg::GenericOp>(op);
  for (OpOperand &operand : op->getOpOperands())
    if (isa<BaseMemRefType>(operand.get().getType()))
      accesses.push_back(
          {operand.get(), !destinations || destinations.isDpsInit(&operand),
           generic ? generic.getMatchingIndexingMap(&operand) : AffineMap()});
  return accesses;
}

bool cpu::conflict(const BufferAccess &a, const BufferAccess &b) {
  return (a.writes || b.writes) &&
         mayOverlap(getBufferRoot(a.memref), getBufferRoot(b.memref));
}

bool cpu::conflict(Operation *a, Operation *b) {
  auto left = getAccesses(a), right = getAccesses(b);
  if (!left || !right)
    return true;
  return llvm::any_of(*left, [&](const BufferAccess &x) {
    return llvm::any_of(*right,
                        [&](const BufferAccess &y) { return conflict(x, y); });
  });
}

llvm::SetVector<Value> cpu::getUsedValues(Operation *op) {
  llvm::SetVector<Value> used(op->getOperands().begin(),
                              op->getOperands().end());
  for (Region &region : op->getRegions())
    getUsedValuesDefinedAbove(region, used);
  return used;
}

/// Adds to `needed` the ops among `between` that make operands of `op`,
/// operands first; false where one of them does more than that.
static bool collectNeeded(Operation *op,
                          const llvm::SmallPtrSetImpl<Operation *> &between,
                          llvm::SetVector<Operation *> &needed) {
  for (Value value : cpu::getUsedValues(op)) {
    Operation *definition = value.getDefiningOp();
    if (!definition || !between.contains(definition) ||
        needed.contains(definition))
      continue;
    if ((!isPure(definition) && !isa<memref::AllocOp>(definition)) ||
        !collectNeeded(definition, between, needed))
      return false;
    needed.insert(definition);
  }
  return true;
}

bool cpu::makeRoom(ArrayRef<Operation *> moved,
                   SmallVector<Operation *> &passed, Operation *first) {
  llvm::SmallPtrSet<Operation *, 16> between(passed.begin(), passed.end());
  llvm::SetVector<Operation *> needed;
  for (Operation *op : moved) {
    if (llvm::any_of(passed,
                     [&](Operation *other) { return conflict(op, other); }))
      return false;
    if (!collectNeeded(op, between, needed))
      return false;
  }
  for (Operation *op : needed) {
    op->moveBefore(first);
    passed.erase(llvm::find(passed, op));
  }
  return true;
}
