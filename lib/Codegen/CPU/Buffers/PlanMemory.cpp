//===- PlanMemory.cpp - The pass tensornet-plan-memory --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MemoryPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "tensornet/Codegen/CPU/Buffers/Workspace.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETPLANMEMORY
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// `size` bytes; kDynamic for as many parts as there are threads.
static MemRefType getBytesType(MLIRContext *context, int64_t size) {
  return MemRefType::get({size}, IntegerType::get(context, 8));
}

namespace {

/// Puts a plan into effect.
class Rewriter {
public:
  Rewriter(ModuleOp module, MemoryPlan &plan)
      : module(module), symbols(module), plan(plan) {}

  void run() {
    for (auto &[function, memory] : plan)
      addArguments(function, memory);
    for (auto &[function, memory] : plan)
      rewrite(function, memory);
  }

private:
  /// Adds the workspaces that `function` needs to its arguments.
  void addArguments(func::FuncOp function, const FunctionMemory &memory);
  void rewrite(func::FuncOp function, FunctionMemory &memory);
  void rewriteThreads(func::FuncOp function, FunctionMemory &memory);
  /// The part of the thread that runs the body of `loop`.
  Value createPart(scf::ParallelOp loop, Value parts, uint64_t size);
  /// `type` at `offset` of `bytes`.
  Value createView(OpBuilder &builder, Location loc, Value bytes,
                   uint64_t offset, MemRefType type);
  /// Calls with `workspace`, if the callee needs one, and `threads`, if it
  /// needs those.
  void replaceCall(func::CallOp call, Value workspace, Value threads);
  void replaceBuffer(PlannedBuffer buffer, Value bytes, uint64_t offset);
  void callWithPool(func::CallOp call);
  /// What the function of the runtime with this name returns.
  Value createQuery(OpBuilder &builder, Location loc, StringRef name);
  const FunctionMemory *getCallee(func::CallOp call);
  /// The sizes of the workspaces, for who calls from outside.
  void createRecord(func::FuncOp function, const FunctionMemory &memory);

  ModuleOp module;
  SymbolTable symbols;
  MemoryPlan &plan;
  DenseMap<Operation *, Value> workspaces, threadWorkspaces;
};

} // namespace

void Rewriter::addArguments(func::FuncOp function,
                            const FunctionMemory &memory) {
  Builder builder(function.getContext());
  auto add = [&](int64_t size) {
    unsigned number = function.getNumArguments();
    // Functions of the func dialect take arguments anywhere.
    (void)function.insertArgument(number,
                                  getBytesType(function.getContext(), size), {},
                                  function.getLoc());
    return function.getArgument(number);
  };
  auto note = [&](StringRef name, uint64_t number) {
    function->setAttr(name, builder.getI64IntegerAttr(number));
  };
  uint64_t size = memory.getWorkspaceSize();
  note(kWorkspaceAttrName, size);
  if (size)
    workspaces[function] = add(size);
  if (memory.threadSize) {
    note(kThreadWorkspaceAttrName, memory.threadSize);
    threadWorkspaces[function] = add(ShapedType::kDynamic);
  }
  if (memory.numPooled)
    note(kPooledAttrName, memory.numPooled);
  if (function.isPublic())
    createRecord(function, memory);
}

void Rewriter::createRecord(func::FuncOp function,
                            const FunctionMemory &memory) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto type = MemRefType::get({2}, builder.getI64Type());
  auto sizes = DenseElementsAttr::get(
      RankedTensorType::get({2}, builder.getI64Type()),
      ArrayRef<int64_t>{static_cast<int64_t>(memory.getWorkspaceSize()),
                        static_cast<int64_t>(memory.threadSize)});
  memref::GlobalOp::create(
      builder, function.getLoc(), getWorkspaceRecordName(function.getName()),
      /*sym_visibility=*/builder.getStringAttr("public"), type, sizes,
      /*constant=*/true, /*alignment=*/IntegerAttr());
}

Value Rewriter::createView(OpBuilder &builder, Location loc, Value bytes,
                           uint64_t offset, MemRefType type) {
  Value start = arith::ConstantIndexOp::create(builder, loc, offset);
  return memref::ViewOp::create(builder, loc, type, bytes, start,
                                /*sizes=*/ValueRange());
}

void Rewriter::replaceBuffer(PlannedBuffer buffer, Value bytes,
                             uint64_t offset) {
  memref::AllocOp alloc = buffer.alloc;
  OpBuilder builder(alloc);
  Value view =
      createView(builder, alloc.getLoc(), bytes, offset, alloc.getType());
  // Such as the plan of a kernel.
  view.getDefiningOp()->setDiscardableAttrs(
      alloc->getDiscardableAttrDictionary());
  buffer.dealloc->erase();
  alloc.replaceAllUsesWith(view);
  alloc->erase();
}

void Rewriter::replaceCall(func::CallOp call, Value workspace, Value threads) {
  SmallVector<Value> operands(call.getOperands());
  for (Value added : {workspace, threads})
    if (added)
      operands.push_back(added);
  call->setOperands(operands);
}

const FunctionMemory *Rewriter::getCallee(func::CallOp call) {
  auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
  auto found = plan.find(callee);
  return found == plan.end() ? nullptr : &found->second;
}

Value Rewriter::createQuery(OpBuilder &builder, Location loc, StringRef name) {
  auto function = symbols.lookup<func::FuncOp>(name);
  if (!function) {
    OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
    function = func::FuncOp::create(
        atEnd, module.getLoc(), name,
        builder.getFunctionType({}, {builder.getIndexType()}));
    function.setPrivate();
    symbols.insert(function);
  }
  return func::CallOp::create(builder, loc, function).getResult(0);
}

void Rewriter::callWithPool(func::CallOp call) {
  const FunctionMemory *callee = getCallee(call);
  if (!callee || (!callee->getWorkspaceSize() && !callee->threadSize))
    return;
  OpBuilder builder(call);
  Location loc = call.getLoc();
  IntegerAttr alignment = builder.getI64IntegerAttr(kArenaAlignment);
  SmallVector<Value, 2> buffers(2);
  if (uint64_t size = callee->getWorkspaceSize())
    buffers[0] = memref::AllocOp::create(
        builder, loc, getBytesType(builder.getContext(), size), alignment);
  if (callee->threadSize) {
    Value parts = createQuery(builder, loc, kNumThreadsFunction);
    Value part =
        arith::ConstantIndexOp::create(builder, loc, callee->threadSize);
    Value size = arith::MulIOp::create(builder, loc, parts, part);
    buffers[1] = memref::AllocOp::create(
        builder, loc, getBytesType(builder.getContext(), ShapedType::kDynamic),
        ValueRange{size}, alignment);
  }
  replaceCall(call, buffers[0], buffers[1]);
  builder.setInsertionPointAfter(call);
  for (Value buffer : buffers)
    if (buffer)
      memref::DeallocOp::create(builder, loc, buffer);
}

Value Rewriter::createPart(scf::ParallelOp loop, Value parts, uint64_t size) {
  OpBuilder builder = OpBuilder::atBlockBegin(loop.getBody());
  Location loc = loop.getLoc();
  Value number = createQuery(builder, loc, kThreadNumberFunction);
  Value bytes = arith::ConstantIndexOp::create(builder, loc, size);
  Value offset = arith::MulIOp::create(builder, loc, number, bytes);
  return memref::ViewOp::create(builder, loc,
                                getBytesType(builder.getContext(), size), parts,
                                offset, /*sizes=*/ValueRange());
}

void Rewriter::rewriteThreads(func::FuncOp function, FunctionMemory &memory) {
  Arena &arena = memory.thread;
  if (arena.lifetimes.empty())
    return;
  DenseMap<Operation *, Value> parts;
  auto getPart = [&](Operation *op) {
    scf::ParallelOp loop = getOutermostParallel(op);
    Value &part = parts[loop];
    if (!part)
      part = createPart(loop, threadWorkspaces.lookup(function),
                        memory.threadSize);
    return part;
  };
  for (auto [number, buffer] : arena.buffers)
    replaceBuffer(buffer, getPart(buffer.alloc), arena.places.offsets[number]);
  for (auto [number, call] : arena.calls) {
    OpBuilder builder(call);
    Value view = createView(
        builder, call.getLoc(), getPart(call), arena.places.offsets[number],
        getBytesType(builder.getContext(), arena.lifetimes[number].size));
    replaceCall(call, view, /*threads=*/nullptr);
  }
}

void Rewriter::rewrite(func::FuncOp function, FunctionMemory &memory) {
  Arena &arena = memory.workspace;
  Value workspace = workspaces.lookup(function);
  for (auto [number, buffer] : arena.buffers)
    replaceBuffer(buffer, workspace, arena.places.offsets[number]);
  for (auto [number, call] : arena.calls) {
    OpBuilder builder(call);
    Value view;
    if (uint64_t size = arena.lifetimes[number].size)
      view = createView(builder, call.getLoc(), workspace,
                        arena.places.offsets[number],
                        getBytesType(builder.getContext(), size));
    bool hasThreads = getCallee(call)->threadSize > 0;
    replaceCall(call, view,
                hasThreads ? threadWorkspaces.lookup(function) : nullptr);
  }
  rewriteThreads(function, memory);
  for (func::CallOp call : memory.pooledCalls)
    callWithPool(call);
}

namespace {

struct PlanMemory : tensornet::impl::TensorNetPlanMemoryBase<PlanMemory> {
  using TensorNetPlanMemoryBase::TensorNetPlanMemoryBase;

  void runOnOperation() override {
    FailureOr<MemoryPlan> plan = planMemory(getOperation());
    if (failed(plan) || failed(checkLimit(*plan)))
      return signalPassFailure();
    Rewriter(getOperation(), *plan).run();
  }

private:
  LogicalResult checkLimit(MemoryPlan &plan) {
    if (limit == 0)
      return success();
    for (auto &[function, memory] : plan) {
      uint64_t size = memory.getWorkspaceSize() + memory.threadSize;
      if (function.isPublic() && size > limit)
        return function.emitError("the function needs ")
               << size << " bytes of memory for intermediates, the limit is "
               << limit.getValue();
    }
    return success();
  }
};

} // namespace
