//===- OutlineKernels.cpp - One function per kind of kernel ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEpilogue.h"
#include "KernelPrologue.h"
#include "RowGroups.h"
#include "ZeroFill.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"
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
  explicit Outliner(ModuleOp module) : module(module), symbols(module) {
    module.walk([&](ContractIntoOp op) { findPrologues(op); });
    // What did not find its contraction is an op like others.
    module.walk([&](linalg::GenericOp op) {
      if (cpu::isPrologue(op) && !outlined.contains(op))
        cpu::unmarkPrologue(op);
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
        findOrInsert(build(steps, values.getArrayRef(), constants));
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
  /// Takes the ops that packing computes out of what is outlined for itself.
  void findPrologues(ContractIntoOp op) {
    if (!isa<MemRefType>(op.getInitType()))
      return;
    linalg::GenericOp consumer = cpu::findEpilogue(op);
    for (unsigned input = 0; input < op.getInputs().size(); ++input)
      if (linalg::GenericOp producer = cpu::findPrologue(op, input, consumer)) {
        prologues[op].push_back(producer);
        outlined.insert(producer);
      }
  }

  /// What belongs to `op`, in order.
  SmallVector<Operation *> getSteps(Operation *op) {
    if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
      cpu::RowGroup group = cpu::getRowGroup(generic);
      SmallVector<Operation *> steps(group.ops.begin(), group.ops.end());
      if (steps.size() > 1)
        addScratch(group, steps);
      return steps;
    }
    return getSteps(cast<ContractIntoOp>(op));
  }

  /// A contraction between the ops that packing computes and the elementwise op
  /// that finishes its elements.
  SmallVector<Operation *> getSteps(ContractIntoOp op) {
    SmallVector<Operation *> steps = getStepsFrom(op);
    for (linalg::GenericOp producer : prologues.lookup(op))
      addPrologue(producer, steps);
    return steps;
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
    // Fresh memory that only these ops and its release know of.
    Value sum = op.getInit();
    bool keepsSum = !sum.getDefiningOp<memref::AllocOp>() ||
                    !llvm::all_of(sum.getUsers(), [&](Operation *user) {
                      return user == op || user == fill || user == consumer ||
                             isa<memref::DeallocOp>(user);
                    });
    cpu::markEpilogue(consumer, keepsSum);
    steps.push_back(consumer);
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
    llvm::SetVector<Value> used(op->getOperands().begin(),
                                op->getOperands().end());
    for (Region &region : op->getRegions())
      getUsedValuesDefinedAbove(region, used);
    for (Value value : used) {
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
    auto function = func::FuncOp::create(loc, "tensornet_kernel",
                                         builder.getFunctionType(types, {}));
    function.setPrivate();
    // Arguments that nobody uses go away, but not the function itself.
    function->setAttr(
        "llvm.linkage",
        LLVM::LinkageAttr::get(module.getContext(), LLVM::Linkage::Internal));
    function->setAttr("passthrough", builder.getStrArrayAttr({"noinline"}));
    Block *body = function.addEntryBlock();
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
    if (group.ops.size() > 1) {
      group.numLoops = cpu::getRowGroup(group.ops.front()).numLoops;
      cpu::setRowGroup(group, /*id=*/0);
    }
    func::ReturnOp::create(builder, loc);
    return function;
  }

  /// The function that is equal to `function`, which is inserted or erased.
  func::FuncOp findOrInsert(func::FuncOp function) {
    std::string text;
    llvm::raw_string_ostream os(text);
    function->print(os, OpPrintingFlags().useLocalScope());
    auto [place, isNew] = functions.try_emplace(text, function);
    if (isNew)
      symbols.insert(function, module.getBody()->end());
    else
      function->erase();
    return place->second;
  }

  ModuleOp module;
  SymbolTable symbols;
  llvm::StringMap<func::FuncOp> functions;
  /// Ops that were outlined together with an earlier one.
  DenseSet<Operation *> outlined;
  /// What packing computes for a contraction.
  DenseMap<Operation *, SmallVector<linalg::GenericOp>> prologues;
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
