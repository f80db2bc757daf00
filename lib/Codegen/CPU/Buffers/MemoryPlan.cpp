//===- MemoryPlan.cpp - Memory of functions before they run ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MemoryPlan.h"

#include "mlir/Analysis/CallGraph.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// No host addresses more bytes than this.
static constexpr uint64_t kLargestMemory = uint64_t(1) << 47;

void Arena::addBuffer(PlannedBuffer buffer, Lifetime lifetime) {
  buffers.emplace_back(lifetimes.size(), buffer);
  lifetimes.push_back(lifetime);
}

void Arena::addCall(func::CallOp call, Lifetime lifetime) {
  calls.emplace_back(lifetimes.size(), call);
  lifetimes.push_back(lifetime);
}

LogicalResult Arena::plan() {
  // Places are sums of sizes, which must not wrap around.
  uint64_t sum = 0;
  for (const Lifetime &lifetime : lifetimes)
    sum = llvm::SaturatingAdd(sum, lifetime.size);
  if (sum > uint64_t(1) << 60)
    return failure();
  places = planArena(lifetimes);
  return success(places.size <= kLargestMemory);
}

scf::ParallelOp mlir::tensornet::cpu::getOutermostParallel(Operation *op) {
  scf::ParallelOp outermost;
  while ((op = op->getParentOp()))
    if (auto loop = dyn_cast<scf::ParallelOp>(op))
      outermost = loop;
  return outermost;
}

/// Where memory of `op` comes from, by the ops around it: threads of a parallel
/// loop have memory of their own, and what an op that we do not know does with
/// its regions is left to the run.
static Storage getStorage(Operation *op) {
  unsigned parallel = 0;
  while (!isa<func::FuncOp>(op = op->getParentOp())) {
    if (isa<scf::ParallelOp>(op))
      ++parallel;
    else if (!isa<scf::ForOp, scf::IfOp, scf::WhileOp, scf::IndexSwitchOp,
                  scf::ExecuteRegionOp, affine::AffineForOp, affine::AffineIfOp,
                  memref::AllocaScopeOp>(op))
      return Storage::pool;
  }
  return parallel == 0   ? Storage::workspace
         : parallel == 1 ? Storage::thread
                         : Storage::pool;
}

/// The only op that frees `alloc`, if it stands in the same block: then all
/// that uses the buffer or an alias of it stands in between.
static memref::DeallocOp getDealloc(memref::AllocOp alloc) {
  memref::DeallocOp found;
  for (Operation *user : alloc->getUsers()) {
    auto dealloc = dyn_cast<memref::DeallocOp>(user);
    if (!dealloc)
      continue;
    if (found || dealloc->getBlock() != alloc->getBlock())
      return nullptr;
    found = dealloc;
  }
  return found;
}

/// Bytes of the buffer; std::nullopt where an arena cannot hold it.
static std::optional<uint64_t> getSize(memref::AllocOp alloc,
                                       const DataLayout &layout) {
  MemRefType type = alloc.getType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity() ||
      type.getMemorySpace() ||
      alloc.getAlignment().value_or(1) > kArenaAlignment)
    return std::nullopt;
  uint64_t size = layout.getTypeSize(type.getElementType());
  for (int64_t extent : type.getShape())
    size = llvm::SaturatingMultiply(size, static_cast<uint64_t>(extent));
  return size;
}

namespace {

/// Plans the functions of a module one after the other.
class Planner {
public:
  explicit Planner(ModuleOp module) : layout(module) { findPinned(module); }

  /// Plans `function`, whose callees are planned except those of `cycle`,
  /// functions that call each other. Fails after reporting.
  LogicalResult plan(func::FuncOp function,
                     const SmallPtrSetImpl<Operation *> &cycle);

  MemoryPlan takePlan() { return std::move(memory); }

private:
  /// Functions that are not only called: their signatures stay.
  void findPinned(ModuleOp module);
  void addAlloc(memref::AllocOp alloc, FunctionMemory &plan, bool isPinned);
  void addCall(func::CallOp call, FunctionMemory &plan, bool isPinned,
               const SmallPtrSetImpl<Operation *> &cycle);
  /// From the first use of the buffer on.
  uint64_t getBegin(memref::AllocOp alloc);

  DataLayout layout;
  SymbolTableCollection symbols;
  llvm::StringSet<> pinned;
  MemoryPlan memory;
  /// Ops of the current function, numbered as they stand.
  DenseMap<Operation *, uint64_t> steps;
};

} // namespace

void Planner::findPinned(ModuleOp module) {
  std::optional<SymbolTable::UseRange> uses =
      SymbolTable::getSymbolUses(&module.getBodyRegion());
  if (!uses)
    return;
  for (const SymbolTable::SymbolUse &use : *uses)
    if (!isa<func::CallOp>(use.getUser()))
      pinned.insert(use.getSymbolRef().getLeafReference());
}

uint64_t Planner::getBegin(memref::AllocOp alloc) {
  uint64_t begin = steps.lookup(getDealloc(alloc));
  for (Operation *user : alloc->getUsers())
    begin = std::min(
        begin, steps.lookup(alloc->getBlock()->findAncestorOpInBlock(*user)));
  return begin;
}

void Planner::addAlloc(memref::AllocOp alloc, FunctionMemory &plan,
                       bool isPinned) {
  std::optional<uint64_t> size = getSize(alloc, layout);
  Storage storage = getStorage(alloc);
  memref::DeallocOp dealloc = getDealloc(alloc);
  if (isPinned || !size || !dealloc || storage == Storage::pool) {
    ++plan.numPooled;
    return;
  }
  Arena &arena = storage == Storage::workspace ? plan.workspace : plan.thread;
  arena.addBuffer({alloc, dealloc},
                  {getBegin(alloc), steps.lookup(dealloc), *size});
}

void Planner::addCall(func::CallOp call, FunctionMemory &plan, bool isPinned,
                      const SmallPtrSetImpl<Operation *> &cycle) {
  auto callee =
      symbols.lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
  if (cycle.contains(callee)) {
    plan.pooledCalls.push_back(call);
    ++plan.numPooled;
    return;
  }
  auto found = memory.find(callee);
  if (found == memory.end())
    return;
  const FunctionMemory &needed = found->second;
  plan.numPooled = llvm::SaturatingAdd(plan.numPooled, needed.numPooled);
  Storage storage = isPinned ? Storage::pool : getStorage(call);
  uint64_t size = needed.getWorkspaceSize();
  bool hasThreads = needed.threadSize > 0;
  if (!size && !hasThreads)
    return;
  if (storage == Storage::pool || (storage == Storage::thread && hasThreads)) {
    plan.pooledCalls.push_back(call);
    ++plan.numPooled;
    return;
  }
  uint64_t step = steps.lookup(call);
  Arena &arena = storage == Storage::workspace ? plan.workspace : plan.thread;
  arena.addCall(call, {step, step + 1, size});
  plan.threadSize = std::max(plan.threadSize, needed.threadSize);
}

LogicalResult Planner::plan(func::FuncOp function,
                            const SmallPtrSetImpl<Operation *> &cycle) {
  steps.clear();
  function.walk<WalkOrder::PreOrder>(
      [&](Operation *op) { steps.try_emplace(op, steps.size()); });
  FunctionMemory plan;
  bool isPinned = pinned.contains(function.getName());
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      addAlloc(alloc, plan, isPinned);
    else if (auto call = dyn_cast<func::CallOp>(op))
      addCall(call, plan, isPinned, cycle);
  });
  for (Arena *arena : {&plan.workspace, &plan.thread})
    if (failed(arena->plan()))
      return function.emitError("the intermediates of the function are larger "
                                "than any memory");
  plan.threadSize = std::max(plan.threadSize, plan.thread.places.size);
  memory.insert({function, std::move(plan)});
  return success();
}

FailureOr<MemoryPlan> mlir::tensornet::cpu::planMemory(ModuleOp module) {
  Planner planner(module);
  auto planAll = [&](ArrayRef<func::FuncOp> functions, bool isCycle) {
    SmallPtrSet<Operation *, 2> cycle;
    if (isCycle)
      cycle.insert(functions.begin(), functions.end());
    return success(llvm::all_of(functions, [&](func::FuncOp function) {
      return succeeded(planner.plan(function, cycle));
    }));
  };
  llvm::SetVector<func::FuncOp> left;
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isExternal())
      left.insert(function);
  const CallGraph graph(module);
  for (auto group = llvm::scc_begin(&graph); !group.isAtEnd(); ++group) {
    SmallVector<func::FuncOp> functions;
    for (const CallGraphNode *node : *group)
      if (!node->isExternal())
        if (auto function = dyn_cast<func::FuncOp>(
                node->getCallableRegion()->getParentOp());
            left.remove(function))
          functions.push_back(function);
    if (failed(planAll(functions, group.hasCycle())))
      return failure();
  }
  // What nobody calls, in which nobody knows who comes first.
  if (failed(planAll(left.getArrayRef(), /*isCycle=*/true)))
    return failure();
  return planner.takePlan();
}
