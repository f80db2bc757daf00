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

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// The value whose memory `value` is a view of or is written to; itself where
/// it has memory of its own.
static Value getStorage(Value value) {
  while (Operation *producer = value.getDefiningOp()) {
    Value source;
    if (isa<tensor::CastOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
            tensor::ReshapeOp>(producer)) {
      source = producer->getOperand(0);
    } else if (auto dps = dyn_cast<DestinationStyleOpInterface>(producer)) {
      source = dps.getTiedOpOperand(cast<OpResult>(value))->get();
      // The memory of arguments is the caller's.
      if (!getStorage(source).getDefiningOp())
        return value;
    }
    if (!source)
      return value;
    value = source;
  }
  return value;
}

/// The elements of memory that `value` itself takes: none for arguments,
/// views, virtual contractions and constants.
static Count getNumElements(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  Operation *producer = value.getDefiningOp();
  auto contract = dyn_cast_or_null<ContractOp>(producer);
  if (!type || !producer || producer->hasTrait<OpTrait::ConstantLike>() ||
      getStorage(value) != value)
    return 0;
  bool isReturned = llvm::any_of(value.getUsers(), [](Operation *user) {
    return user->hasTrait<OpTrait::IsTerminator>();
  });
  if (contract && contract.isVirtual() && !isReturned)
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
  for (Operation &op : block) {
    for (Region &region : op.getRegions())
      walk(region, sumAlive());
    for (Value result : op.getResults()) {
      Count elements = getNumElements(result);
      cost.largest = Count::max(cost.largest, elements);
      if (elements.getExact() != 0)
        alive.insert({result, elements});
    }
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

FunctionCost
mlir::tensornet::computeFunctionCost(FunctionOpInterface function) {
  OwningOpRef<Operation *> copy(function->clone());
  planContractions(copy.get());
  IRRewriter rewriter(function->getContext());
  DominanceInfo dominance(copy.get());
  eliminateCommonSubExpressions(rewriter, dominance, copy.get());

  FunctionCost cost;
  copy->walk([&](ContractOp op) {
    cost.multiplications = cost.multiplications + countMultiplications(op);
  });
  MemoryWalk memory(cost);
  memory.walk(cast<FunctionOpInterface>(copy.get()).getFunctionBody(), 0);
  return cost;
}
