//===- OutlineKernels.cpp - One function per kind of kernel ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers/BufferAccess.h"
#include "Buffers/ZeroFill.h"
#include "KernelEpilogue.h"
#include "KernelFunctions.h"
#include "KernelPrologue.h"
#include "KernelReduction.h"
#include "Loops/RowGroups.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETOUTLINEKERNELS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// True for work on buffers that deserves a function.
bool isKernel(Operation *op) {
  if (auto contraction = dyn_cast<ContractIntoOp>(op))
    return isa<MemRefType>(contraction.getInitType());
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && generic.hasPureBufferSemantics() &&
         generic.getNumLoops() > 0;
}

/// Moves kernels into functions, one for all that are equal.
class Outliner {
public:
  explicit Outliner(ModuleOp module) : module(module), functions(module) {
    module.walk([&](ContractIntoOp op) { findFused(op); });
    // What did not find its contraction is an op like others.
    module.walk([&](linalg::GenericOp op) {
      if (outlined.contains(op))
        return;
      cpu::unmarkPrologue(op);
      cpu::unmarkReduction(op);
    });
  }

  void outline(Operation *op) {
    if (outlined.contains(op))
      return;
    SmallVector<Operation *> steps = getSteps(op);
    llvm::SetVector<Value> values;
    SmallVector<Operation *> constants;
    for (Operation *step : steps)
      collectValues(step, values, constants);
    values.remove_if([&](Value value) {
      return llvm::is_contained(steps, value.getDefiningOp());
    });
    func::FuncOp function =
        functions.findOrInsert(build(steps, values.getArrayRef(), constants));
    // Memory of a group may be freed long after its last op.
    Operation *last = *llvm::find_if(llvm::reverse(steps), [](Operation *step) {
      return !isa<memref::DeallocOp>(step);
    });
    OpBuilder builder(last);
    func::CallOp::create(builder, op->getLoc(), function, values.getArrayRef());
    for (Operation *step : llvm::reverse(steps))
      step->erase();
  }

private:
  /// Takes the ops that packing computes, and reductions of what a contraction
  /// finishes, out of what is outlined for itself.
  void findFused(ContractIntoOp op) {
    if (!isa<MemRefType>(op.getInitType()))
      return;
    linalg::GenericOp consumer = cpu::findEpilogue(op);
    for (unsigned input = 0; input < op.getInputs().size(); ++input)
      if (linalg::GenericOp producer = cpu::findPrologue(op, input, consumer)) {
        prologues[op].push_back(producer);
        outlined.insert(producer);
      }
    SmallVector<Operation *> found = cpu::findReductions(op, consumer);
    outlined.insert_range(found);
    if (!found.empty())
      reductions[op] = found;
  }

  /// What belongs to `op`, in order.
  SmallVector<Operation *> getSteps(Operation *op) {
    if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
      cpu::RowGroup group = cpu::getRowGroup(generic);
      SmallVector<Operation *> steps(group.ops.begin(), group.ops.end());
      if (steps.size() > 1)
        addScratch(group, steps);
      else if (Operation *fill = cpu::findFill(generic))
        steps.insert(steps.begin(), fill);
      return steps;
    }
    return getSteps(cast<ContractIntoOp>(op));
  }

  /// A contraction between the ops that packing computes and the elementwise op
  /// that finishes its elements.
  SmallVector<Operation *> getSteps(ContractIntoOp op) {
    SmallVector<Operation *> steps = getStepsFrom(op);
    addReductions(reductions.lookup(op), steps);
    for (linalg::GenericOp producer : prologues.lookup(op))
      addPrologue(producer, steps);
    return steps;
  }

  /// Adds reductions, and what they start from, of what the last of `steps`
  /// finishes.
  static void addReductions(ArrayRef<Operation *> found,
                            SmallVector<Operation *> &steps) {
    if (found.empty())
      return;
    // What stands between them: memory is allocated before and freed after.
    for (Operation *next = steps.back()->getNextNode(); next != found.back();) {
      Operation *op = next;
      next = next->getNextNode();
      if (isa<memref::DeallocOp>(op))
        op->moveAfter(found.back());
      else if (!llvm::is_contained(found, op))
        op->moveBefore(steps.front());
    }
    steps.append(found.begin(), found.end());
    auto contraction = *llvm::find_if(
        steps, [](Operation *step) { return isa<ContractIntoOp>(step); });
    Value sum = cast<ContractIntoOp>(contraction).getInit();
    bool keepsSum = !isOnlyUsedBy(sum, steps);
    for (Operation *op : found)
      if (auto reduction = dyn_cast<linalg::GenericOp>(op))
        cpu::markReduction(reduction, keepsSum);
  }

  /// True for fresh memory that only `steps` and its release know of.
  static bool isOnlyUsedBy(Value memory, ArrayRef<Operation *> steps) {
    return memory.getDefiningOp<memref::AllocOp>() &&
           llvm::all_of(memory.getUsers(), [&](Operation *user) {
             return llvm::is_contained(steps, user) ||
                    isa<memref::DeallocOp>(user);
           });
  }

  /// Puts `producer` and the memory that it writes around `steps`, the first of
  /// which reads that.
  static void addPrologue(linalg::GenericOp producer,
                          SmallVector<Operation *> &steps) {
    Operation *buffer = producer.getDpsInits()[0].getDefiningOp();
    Operation *last = steps.back();
    // Memory that is free from here on is read by `steps`.
    for (Operation *next = producer; next != last;) {
      Operation *op = next;
      next = next->getNextNode();
      if (isa<memref::DeallocOp>(op))
        op->moveAfter(last);
    }
    steps.insert(steps.begin(), {buffer, producer});
    for (Operation *user : buffer->getUsers())
      if (isa<memref::DeallocOp>(user))
        steps.push_back(user);
  }

  /// A contraction, after the fill that it adds to, and before the elementwise
  /// op that finishes its elements.
  SmallVector<Operation *> getStepsFrom(ContractIntoOp op) {
    SmallVector<Operation *> steps = {op};
    Operation *fill = cpu::findZeroFill(op);
    if (fill)
      steps.insert(steps.begin(), fill);
    linalg::GenericOp consumer = cpu::findEpilogue(op);
    if (!consumer)
      return steps;
    // What stands between them: memory is allocated before and freed after.
    while (op->getNextNode() != consumer) {
      Operation *next = op->getNextNode();
      if (isa<memref::DeallocOp>(next))
        next->moveAfter(consumer);
      else
        next->moveBefore(op);
    }
    steps.push_back(consumer);
    cpu::markEpilogue(consumer, !isOnlyUsedBy(op.getInit(), steps));
    outlined.insert(consumer);
    return steps;
  }

  /// Puts buffers that only `group` needs around its ops.
  static void addScratch(const cpu::RowGroup &group,
                         SmallVector<Operation *> &steps) {
    for (memref::AllocOp buffer : cpu::getScratchBuffers(group)) {
      steps.insert(steps.begin(), buffer);
      for (Operation *user : buffer->getUsers())
        if (isa<memref::DeallocOp>(user))
          steps.push_back(user);
    }
  }

  /// The values that `op` uses from outside; constants apart.
  static void collectValues(Operation *op, llvm::SetVector<Value> &values,
                            SmallVector<Operation *> &constants) {
    for (Value value : cpu::getUsedValues(op)) {
      Operation *definition = value.getDefiningOp();
      if (!definition || !definition->hasTrait<OpTrait::ConstantLike>())
        values.insert(value);
      else if (!llvm::is_contained(constants, definition))
        constants.push_back(definition);
    }
  }

  /// A function of `values` that does `steps`.
  func::FuncOp build(ArrayRef<Operation *> steps, ArrayRef<Value> values,
                     ArrayRef<Operation *> constants) {
    Location loc = steps.back()->getLoc();
    OpBuilder builder(module.getContext());
    SmallVector<Type> types;
    for (Value value : values)
      types.push_back(value.getType());
    func::FuncOp function =
        cpu::KernelFunctions::create(loc, "tensornet_kernel", types);
    Block *body = &function.getBody().front();
    builder.setInsertionPointToStart(body);
    IRMapping mapping;
    mapping.map(values, body->getArguments());
    for (Operation *constant : constants)
      builder.clone(*constant, mapping);
    cpu::RowGroup group;
    for (Operation *step : steps) {
      Operation *clone = builder.clone(*step, mapping);
      if (auto generic = dyn_cast<linalg::GenericOp>(clone))
        group.ops.push_back(generic);
    }
    // Equal groups have equal numbers.
    if (group.ops.size() > 1 && cpu::isInRowGroup(group.ops.front())) {
      group.numLoops = cpu::getRowGroup(group.ops.front()).numLoops;
      cpu::setRowGroup(group, /*id=*/0);
    }
    func::ReturnOp::create(builder, loc);
    return function;
  }

  ModuleOp module;
  cpu::KernelFunctions functions;
  /// Ops that were outlined together with an earlier one.
  DenseSet<Operation *> outlined;
  /// What packing computes for a contraction.
  DenseMap<Operation *, SmallVector<linalg::GenericOp>> prologues;
  /// What is reduced of what a contraction finishes, with what they start from.
  DenseMap<Operation *, SmallVector<Operation *>> reductions;
};

struct OutlineKernels
    : tensornet::impl::TensorNetOutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    SmallVector<Operation *> kernels;
    llvm::SmallPtrSet<Operation *, 8> grouped;
    getOperation().walk([&](Operation *op) {
      if (!isKernel(op) || grouped.contains(op))
        return;
      kernels.push_back(op);
      if (auto generic = dyn_cast<linalg::GenericOp>(op))
        for (linalg::GenericOp member : cpu::getRowGroup(generic).ops)
          grouped.insert(member);
    });
    Outliner outliner(getOperation());
    for (Operation *kernel : kernels)
      outliner.outline(kernel);
  }
};

} // namespace
