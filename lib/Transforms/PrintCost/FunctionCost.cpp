//===- FunctionCost.cpp - What a function costs ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Transforms/PrintCost/FunctionCost.h"
#include "tensornet/Transforms/Plan/ContractionOrder.h"
#include "tensornet/Transforms/Plan/Plan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Multiplications
//===----------------------------------------------------------------------===//

/// The multiplications of `op`, which is in pairwise form: the index points
/// where two operands are leaves; where there are scalars, one for each of them
/// beyond the first, and for their product the points of the smallest tensor.
/// An adjoint trades places among these tensors, so it counts the same.
static Count countMultiplications(ContractOp op) {
  const Indexing &indexing = op.getIndexingValue();
  SmallVector<int64_t> extents = op.getStaticExtents();
  auto countPoints = [&](const Subscripts &subscripts) {
    Count points = 1;
    for (IndexId index : getIndexSet(subscripts))
      points = points * Count::product(extents[index]);
    return points;
  };
  unsigned leaves = 0, scalars = 0;
  Count smallest = countPoints(indexing.result);
  for (auto [operand, subscripts] : llvm::enumerate(indexing.operands)) {
    OperandKind kind = getOperandKind(op, operand);
    scalars += kind == OperandKind::Scalar;
    if (kind != OperandKind::Leaf)
      continue;
    ++leaves;
    smallest = Count::min(smallest, countPoints(subscripts));
  }
  Count count = leaves > 1 ? Count::product(extents) : Count(0);
  if (scalars > 0)
    count = count + Count(scalars - 1) + (leaves > 0 ? smallest : Count(0));
  return count;
}

/// How often the loops around `op` run it.
static Count countRuns(Operation *op) {
  Count runs(1);
  while ((op = op->getParentOp())) {
    auto loop = dyn_cast<LoopLikeOpInterface>(op);
    if (!loop)
      continue;
    std::optional<APInt> trips = loop.getStaticTripCount();
    runs = runs * (trips ? Count(trips->getZExtValue()) : Count::unknown());
  }
  return runs;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// What a loop carries in `argument`, seen from outside; null for other
/// arguments.
static Value getCarried(Value argument) {
  auto block = dyn_cast<BlockArgument>(argument);
  auto loop = block ? dyn_cast<scf::ForOp>(block.getOwner()->getParentOp())
                    : scf::ForOp();
  return loop && block != loop.getInductionVar()
             ? Value(loop.getTiedLoopResult(block))
             : Value();
}

static Value getStorage(Value value);

/// The value of its own loop whose memory `result` of a loop is: what goes in
/// where nothing else reads that, else `result`.
static Value getLoopStorage(OpResult result) {
  auto loop = cast<scf::ForOp>(result.getOwner());
  OpOperand &init = *loop.getTiedLoopInit(result);
  Value value = init.get();
  Operation *producer = value.getDefiningOp();
  bool hasMemory = producer ? !producer->hasTrait<OpTrait::ConstantLike>() &&
                                  !isa<tensor::EmptyOp>(producer)
                            : static_cast<bool>(getCarried(value));
  // The memory of arguments is the caller's.
  if (!hasMemory || !getStorage(value).getDefiningOp())
    return result;
  // Of several loop values with one start, the first one takes its place.
  bool isFirst = llvm::all_of(value.getUses(), [&](OpOperand &use) {
    return use.getOwner() == loop &&
           use.getOperandNumber() >= init.getOperandNumber();
  });
  return isFirst ? value : Value(result);
}

/// The operand that an elementwise op updates in place: what a loop carries or
/// a slice of it, where the result is its next value.
static Value getUpdated(Operation *op) {
  if (!op->hasTrait<OpTrait::Elementwise>() || op->getNumResults() != 1 ||
      !op->hasOneUse())
    return Value();
  OpOperand &use = *op->use_begin();
  auto loop = dyn_cast<scf::ForOp>(op->getParentOp());
  if (loop && isa<scf::YieldOp>(use.getOwner())) {
    Value carried = loop.getRegionIterArg(use.getOperandNumber());
    return llvm::is_contained(op->getOperands(), carried) ? carried : Value();
  }
  auto insert = dyn_cast<tensor::InsertSliceOp>(use.getOwner());
  if (!insert || use.get() != insert.getSource())
    return Value();
  for (Value operand : op->getOperands()) {
    auto extract = operand.getDefiningOp<tensor::ExtractSliceOp>();
    if (extract && extract.getSource() == insert.getDest() &&
        extract.getMixedOffsets() == insert.getMixedOffsets())
      return operand;
  }
  return Value();
}

/// True where `op` only adds to what a loop carries: its result is never
/// stored.
static bool isAccumulated(ContractOp op) {
  Operation *user = op->hasOneUse() ? *op->user_begin() : nullptr;
  return isa_and_nonnull<arith::AddFOp>(user) && getUpdated(user) &&
         getUpdated(user) != op.getResult();
}

/// The value whose memory `value` directly is, if that is another one's: a view
/// of it, a result written to it, or a loop's next value in its place.
static Value getMemorySource(Value value) {
  if (Value carried = getCarried(value))
    return carried;
  Operation *producer = value.getDefiningOp();
  if (!producer)
    return Value();
  if (isa<scf::ForOp>(producer)) {
    Value storage = getLoopStorage(cast<OpResult>(value));
    return storage == value ? Value() : storage;
  }
  if (isa<tensor::CastOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
          tensor::ReshapeOp, tensor::ExtractSliceOp>(producer))
    return producer->getOperand(0);
  if (auto dps = dyn_cast<DestinationStyleOpInterface>(producer)) {
    Value source = dps.getTiedOpOperand(cast<OpResult>(value))->get();
    // The memory of arguments is the caller's; an empty tensor has none yet.
    bool isOwn = source.getDefiningOp<tensor::EmptyOp>() ||
                 !getStorage(source).getDefiningOp();
    return isOwn ? Value() : source;
  }
  return getUpdated(producer);
}

/// The value whose memory `value` is a view of or is written to; itself where
/// it has memory of its own.
static Value getStorage(Value value) {
  while (Value source = getMemorySource(value))
    value = source;
  return value;
}

/// The elements of memory that `value` itself takes: none for arguments,
/// views, virtual contractions and constants.
static Count getNumElements(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  Operation *producer = value.getDefiningOp();
  auto contract = dyn_cast_or_null<ContractOp>(producer);
  if (!type || !producer || producer->hasTrait<OpTrait::ConstantLike>() ||
      isa<tensor::EmptyOp>(producer) || getStorage(value) != value)
    return 0;
  bool isReturned = llvm::any_of(value.getUsers(), [](Operation *user) {
    return user->hasTrait<OpTrait::IsTerminator>();
  });
  if (contract &&
      ((contract.isVirtual() && !isReturned) || isAccumulated(contract)))
    return 0;
  return Count::product(type.getShape());
}

namespace {

/// Follows which tensors are alive, op by op.
class MemoryWalk {
public:
  explicit MemoryWalk(FunctionCost &cost) : cost(cost) {}
  /// Walks `region` while tensors of `outside` elements are alive.
  void walk(Region &region, Count outside);

private:
  void walk(Block &block, Count outside);
  /// The ops of `block` after which memory is free again, with what they free.
  using Frees = DenseMap<Operation *, SmallVector<Value, 2>>;
  static void addLastUse(Block &block, Value storage, ArrayRef<Value> views,
                         Frees &frees);
  static Frees findLastUses(Block &block);

  FunctionCost &cost;
};

} // namespace

void MemoryWalk::addLastUse(Block &block, Value storage, ArrayRef<Value> views,
                            Frees &frees) {
  Operation *last = storage.getDefiningOp();
  for (Value view : views)
    for (Operation *user : view.getUsers()) {
      Operation *ancestor = block.findAncestorOpInBlock(*user);
      // What another block reads stays alive.
      if (!ancestor)
        return;
      if (last->isBeforeInBlock(ancestor))
        last = ancestor;
    }
  frees[last].push_back(storage);
}

MemoryWalk::Frees MemoryWalk::findLastUses(Block &block) {
  llvm::MapVector<Value, SmallVector<Value>> views;
  for (Operation &op : block)
    for (Value result : op.getResults()) {
      Value storage = getStorage(result);
      if (storage.getParentBlock() == &block && storage.getDefiningOp())
        views[storage].push_back(result);
    }
  Frees frees;
  for (auto &[storage, values] : views)
    addLastUse(block, storage, values, frees);
  return frees;
}

void MemoryWalk::walk(Block &block, Count outside) {
  Frees frees = findLastUses(block);
  // Sums of what is alive: counts cannot be subtracted once they are rounded.
  llvm::MapVector<Value, Count> alive;
  auto sumAlive = [&] {
    Count sum = outside;
    for (auto &[value, elements] : alive)
      sum = sum + elements;
    return sum;
  };
  auto addResults = [&](Operation &op) {
    for (Value result : op.getResults()) {
      Count elements = getNumElements(result);
      cost.largest = Count::max(cost.largest, elements);
      if (elements.getExact() != 0)
        alive.insert({result, elements});
    }
  };
  for (Operation &op : block) {
    // What a loop carries is there while it runs.
    if (isa<scf::ForOp>(op))
      addResults(op);
    for (Region &region : op.getRegions())
      walk(region, sumAlive());
    addResults(op);
    cost.peak = Count::max(cost.peak, sumAlive());
    for (Value value : frees.lookup(&op))
      alive.erase(value);
  }
}

void MemoryWalk::walk(Region &region, Count outside) {
  for (Block &block : region)
    walk(block, outside);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

FunctionCost mlir::tensornet::computeFunctionCost(FunctionOpInterface function,
                                                  bool planned) {
  OwningOpRef<Operation *> copy(function->clone());
  // Without a memory limit, every contraction has a plan.
  (void)planContractions(copy.get());
  if (planned)
    planTogether(copy.get());
  IRRewriter rewriter(function->getContext());
  DominanceInfo dominance(copy.get());
  eliminateCommonSubExpressions(rewriter, dominance, copy.get());

  FunctionCost cost;
  copy->walk([&](ContractOp op) {
    cost.multiplications =
        cost.multiplications + countMultiplications(op) * countRuns(op);
    SmallPtrSet<Operation *, 4> users(op->user_begin(), op->user_end());
    cost.shared += users.size() > 1;
  });
  MemoryWalk memory(cost);
  memory.walk(cast<FunctionOpInterface>(copy.get()).getFunctionBody(), 0);
  return cost;
}
