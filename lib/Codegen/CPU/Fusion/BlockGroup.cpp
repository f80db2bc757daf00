//===- BlockGroup.cpp - Ops that share dimensions -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockGroup.h"

#include "Kernels/KernelPrologue.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Block.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// How far the ops of a group may lie apart.
static constexpr unsigned kMaxOps = 64;

/// The ops of `op`'s block that use its results.
static SmallVector<Operation *> getBlockUsers(Operation *op) {
  SmallVector<Operation *> users;
  for (Operation *user : op->getUsers())
    if (Operation *inBlock = op->getBlock()->findAncestorOpInBlock(*user))
      users.push_back(inBlock);
  return users;
}

void TakenOps::addGroup(ArrayRef<Operation *> ops) {
  for (Operation *op : ops)
    groupOf[op] = groups.size();
  groups.emplace_back(ops);
}

ArrayRef<Operation *> TakenOps::getGroup(Operation *const &op) const {
  auto group = groupOf.find(op);
  return group == groupOf.end() ? ArrayRef(op)
                                : ArrayRef(groups[group->second]);
}

SmallVector<Operation *> BlockGroup::getOps() const {
  SmallVector<Operation *> ops;
  for (const auto &entry : members)
    ops.push_back(entry.first);
  llvm::sort(ops,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return ops;
}

SmallVector<std::optional<unsigned>>
BlockGroup::getOperandDims(OpOperand &operand) const {
  const Member &member = getMember(operand.getOwner());
  SmallVector<std::optional<unsigned>> result;
  for (unsigned loop : member.loops.operandLoops[operand.getOperandNumber()])
    result.push_back(member.shared[loop]);
  return result;
}

bool BlockGroup::escapes(Value value) const {
  return llvm::any_of(value.getUsers(),
                      [&](Operation *user) { return !members.contains(user); });
}

//===----------------------------------------------------------------------===//
// Growth
//===----------------------------------------------------------------------===//

std::optional<BlockGroup::Member> BlockGroup::match(Operation *op) const {
  std::optional<OpLoops> loops = OpLoops::get(op);
  if (!loops)
    return std::nullopt;
  Member member{*loops, {}, false};
  member.shared.resize(loops->extents.size());
  // One shared dimension per loop and one loop per shared dimension.
  auto assign = [&](ArrayRef<unsigned> own, const Member &other,
                    ArrayRef<unsigned> theirs) {
    for (auto [loop, otherLoop] : llvm::zip_equal(own, theirs)) {
      std::optional<unsigned> dim = other.shared[otherLoop];
      if (!dim)
        continue;
      if (member.shared[loop] ? member.shared[loop] != dim
                              : llvm::is_contained(member.shared, dim))
        return false;
      member.shared[loop] = dim;
    }
    return true;
  };
  for (OpOperand &operand : op->getOpOperands()) {
    auto result = dyn_cast<OpResult>(operand.get());
    if (!result || !members.contains(result.getOwner()))
      continue;
    const Member &producer = getMember(result.getOwner());
    if (producer.isSum ||
        !assign(loops->operandLoops[operand.getOperandNumber()], producer,
                producer.loops.getResultLoops(result.getOwner(),
                                              result.getResultNumber())))
      return std::nullopt;
  }
  for (OpResult result : op->getResults())
    for (OpOperand &use : result.getUses())
      if (members.contains(use.getOwner())) {
        const Member &consumer = getMember(use.getOwner());
        if (!assign(loops->getResultLoops(op, result.getResultNumber()),
                    consumer,
                    consumer.loops.operandLoops[use.getOperandNumber()]))
          return std::nullopt;
      }
  // Every block of the group has to be one of the op.
  for (unsigned dim = 0; dim < dims.size(); ++dim)
    if (isShared(dim) && !llvm::is_contained(member.shared, dim))
      return std::nullopt;
  return member;
}

bool BlockGroup::leadsBack(Operation *op) const {
  SmallVector<Operation *> pending = {op};
  DenseSet<Operation *> seen;
  while (!pending.empty())
    for (Operation *user : getBlockUsers(pending.pop_back_val())) {
      // A terminator takes results of all kinds, and joins no group.
      if (!seen.insert(user).second || user->hasTrait<OpTrait::IsTerminator>())
        continue;
      if (members.contains(user) ||
          llvm::any_of(user->getOperands(), [&](Value value) {
            Operation *producer = value.getDefiningOp();
            return producer && producer != op && members.contains(producer) &&
                   !getMember(producer).isSum;
          }))
        return true;
      pending.push_back(user);
    }
  return false;
}

void BlockGroup::unshare(unsigned dim) {
  dropped.insert(dim);
  for (auto &entry : members)
    for (std::optional<unsigned> &shared : entry.second.shared)
      if (shared == dim)
        shared.reset();
}

bool BlockGroup::arrangeSums(Operation *op, Member &member) {
  bool isNeeded = leadsBack(op);
  for (auto [loop, isReduction] : llvm::enumerate(member.loops.isReduction)) {
    std::optional<unsigned> dim = member.shared[loop];
    if (!isReduction || !dim)
      continue;
    if (!isNeeded) {
      member.isSum = true;
      continue;
    }
    unshare(*dim);
    member.shared[loop].reset();
  }
  if (!member.isSum)
    return dropped.size() < dims.size();
  // Sums start with a tensor that the group does not make.
  auto destination = cast<DestinationStyleOpInterface>(op);
  return llvm::none_of(destination.getDpsInits(), [&](Value init) {
    return members.contains(init.getDefiningOp());
  });
}

bool BlockGroup::isConvex() const {
  DenseSet<Operation *> after;
  SmallVector<Operation *> pending;
  for (const auto &entry : members)
    pending.push_back(entry.first);
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val();
    bool isOutside = !members.contains(op);
    for (Operation *user : getBlockUsers(op)) {
      if (members.contains(user)) {
        if (isOutside)
          return false;
        continue;
      }
      if (!after.insert(user).second)
        continue;
      // The other groups are units too.
      for (Operation *peer : taken->getGroup(user)) {
        after.insert(peer);
        pending.push_back(peer);
      }
    }
  }
  return true;
}

bool BlockGroup::isTotal(const Member &member) {
  return llvm::all_of(
      llvm::seq<size_t>(0, member.shared.size()),
      [&](size_t loop) { return member.loops.isReduction[loop]; });
}

bool BlockGroup::hasIndependentBlocks() const {
  return llvm::any_of(dims, [](const SharedDim &dim) {
    return !dim.isSummed && dim.countBlocks() > 1;
  });
}

std::optional<BlockGroup> BlockGroup::with(Operation *op) const {
  std::optional<Member> member = match(op);
  BlockGroup trial = *this;
  if (!member || !trial.arrangeSums(op, *member))
    return std::nullopt;
  trial.members.insert({op, *member});
  if (!trial.isConvex() || !trial.chooseBlocks())
    return std::nullopt;
  // Blocks that are computed in order, for one number, leave threads idle.
  if (isTotal(*member) && hasIndependentBlocks() &&
      !trial.hasIndependentBlocks())
    return std::nullopt;
  return trial;
}

std::optional<BlockGroup> BlockGroup::withReader(Operation *op,
                                                 double saved) const {
  for (Operation *user : getBlockUsers(op)) {
    if (contains(user))
      continue;
    std::optional<BlockGroup> trial = with(user);
    if (trial && trial->countSavedBytes() > saved)
      return trial;
  }
  return std::nullopt;
}

bool BlockGroup::tryJoin(Operation *op) {
  std::optional<BlockGroup> trial = with(op);
  if (!trial)
    return false;
  double saved = countSavedBytes(), gain = trial->countSavedBytes() - saved;
  // What packing computes goes where its contraction goes.
  bool joins = gain > 0 ||
               (gain == 0 && (isPrologue(op) ||
                              (!trial->getMember(op).isSum && leadsBack(op))));
  // What loses may be made up for by a reader of its result.
  if (gain < 0) {
    trial = trial->withReader(op, saved);
    joins = trial.has_value();
  }
  if (joins)
    *this = std::move(*trial);
  return joins;
}

std::optional<BlockGroup> BlockGroup::grow(Operation *seed, int64_t cacheBytes,
                                           const TakenOps &taken) {
  std::optional<OpLoops> loops = OpLoops::get(seed);
  if (!loops || isPrologue(seed) ||
      getTensorBytes(seed->getResult(0).getType()) <= cacheBytes)
    return std::nullopt;
  BlockGroup group(cacheBytes, taken);
  Member member{*loops, {}, false};
  member.shared.resize(loops->extents.size());
  for (unsigned loop : loops->getResultLoops(seed, 0)) {
    member.shared[loop] = group.dims.size();
    group.dims.push_back({loops->extents[loop], loops->extents[loop]});
  }
  group.members.insert({seed, member});
  for (bool changed = true; changed && group.members.size() < kMaxOps;) {
    changed = false;
    SetVector<Operation *> neighbours;
    for (Operation *op : group.getOps()) {
      for (Value operand : op->getOperands())
        if (Operation *producer = operand.getDefiningOp())
          neighbours.insert(producer);
      neighbours.insert_range(op->getUsers());
    }
    SmallVector<Operation *> candidates;
    for (Operation *op : neighbours)
      if (op->getBlock() == seed->getBlock() && !group.contains(op) &&
          !taken.contains(op))
        candidates.push_back(op);
    llvm::sort(candidates, [](Operation *a, Operation *b) {
      return a->isBeforeInBlock(b);
    });
    for (Operation *op : candidates)
      changed |= group.tryJoin(op);
  }
  bool contracts = llvm::any_of(group.members, [](auto &entry) {
    return isa<ContractIntoOp>(entry.first);
  });
  if (!contracts || group.members.size() < 2 || !group.chooseBlocks() ||
      group.countSavedBytes() <= 0)
    return std::nullopt;
  group.shrinkBlocks();
  return group;
}
