//===- BufferWrites.cpp - Which buffers ops may write to ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferWrites.h"

#include "BufferRoots.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// The effects of `op` on `memref` as far as they are known: std::nullopt where
/// it may do anything.
static std::optional<bool> writesOperand(Operation *op, Value memref) {
  auto effects = dyn_cast<MemoryEffectOpInterface>(op);
  if (!effects)
    return std::nullopt;
  SmallVector<MemoryEffects::EffectInstance> instances;
  effects.getEffectsOnValue(memref, instances);
  return llvm::any_of(instances, [](const auto &instance) {
    return isa<MemoryEffects::Write, MemoryEffects::Free>(instance.getEffect());
  });
}

/// The buffers that `memref` may be a view of: what a loop carries is one that
/// it starts with or that its body yields.
static llvm::SetVector<Value> getRoots(Value memref) {
  llvm::SetVector<Value> roots, seen;
  SmallVector<Value> pending = {memref};
  while (!pending.empty()) {
    Value root = getBufferRoot(pending.pop_back_val());
    if (!seen.insert(root))
      continue;
    auto argument = dyn_cast<BlockArgument>(root);
    Operation *owner =
        argument ? argument.getOwner()->getParentOp() : root.getDefiningOp();
    auto loop = dyn_cast_or_null<scf::ForOp>(owner);
    if (!loop) {
      roots.insert(root);
      continue;
    }
    unsigned number = argument ? argument.getArgNumber() - 1
                               : cast<OpResult>(root).getResultNumber();
    pending.push_back(loop.getInitArgs()[number]);
    pending.push_back(loop.getYieldedValues()[number]);
  }
  return roots;
}

bool BufferWrites::mayWriteItself(Operation *op, Value root) {
  if (isMemoryEffectFree(op))
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<BaseMemRefType>(operand.get().getType()) ||
        llvm::none_of(getRoots(operand.get()),
                      [&](Value other) { return mayOverlap(other, root); }))
      continue;
    if (auto call = dyn_cast<func::CallOp>(op)) {
      auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(
          call, call.getCalleeAttr());
      if (!callee || getWritten(callee).test(operand.getOperandNumber()))
        return true;
    } else if (writesOperand(op, operand.get()).value_or(true)) {
      return true;
    }
  }
  return false;
}

bool BufferWrites::mayWrite(Operation *op, Value root) {
  return op
      ->walk([&](Operation *inner) {
        // What a loop does its ops tell. linalg's ops have regions, too, but
        // effects of their own.
        bool isAround = inner->hasTrait<OpTrait::HasRecursiveMemoryEffects>() &&
                        !isa<MemoryEffectOpInterface>(inner);
        return !isAround && mayWriteItself(inner, root)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

const llvm::BitVector &BufferWrites::getWritten(func::FuncOp function) {
  auto [place, isNew] = written.try_emplace(function);
  if (!isNew)
    return place->second;
  // What calls itself meets this answer, as an external function does.
  llvm::BitVector result(function.getNumArguments(), true);
  written[function] = result;
  if (function.isExternal())
    return written[function];
  for (BlockArgument argument : function.getArguments())
    if (isa<BaseMemRefType>(argument.getType()) &&
        !mayWrite(function, argument))
      result.reset(argument.getArgNumber());
  return written[function] = result;
}
