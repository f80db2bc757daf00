//===- BlockGroup.cpp - Ops that share dimensions -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockGroup.h"

#include "KernelPrologue.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Block.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Blocks of fewer rows do not pay, unless there are no more: tiles of kernels
/// have about as many.
static constexpr int64_t kMinRows = 16;
/// The same where ops sum over the rows: what they add to is read and written
/// once per block.
static constexpr int64_t kMinSummedRows = 64;
static constexpr int64_t kManyRows = 512;
/// Blocks of more rows are whole tiles of kernels.
static constexpr int64_t kTileRows = 16;
/// What reading and packing a byte again takes that is still in a cache, in the
/// time that other bytes take.
static constexpr double kNearWeight = 0.25;
/// What one dimension has to save, in terms of what outer ones do, to be cut in
/// their place.
static constexpr double kMuchMore = 1.1;
/// Blocks become no smaller than this part of the cache, ...
static constexpr int64_t kSmallestBlock = 32;
/// ... the parts of each tensor that is larger than this part of the cache no
/// shorter pieces of memory, in elements, ...
static constexpr int64_t kSmallTensor = 8, kMinRun = 64;
/// ... and contractions no fewer multiplications.
static constexpr double kMinWork = 1 << 19;
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
  for (Operation *user : getBlockUsers(op)) {
    if (gain >= 0 || joins)
      break;
    if (trial->contains(user))
      continue;
    std::optional<BlockGroup> both = trial->with(user);
    joins = both && both->countSavedBytes() > saved;
    if (joins)
      trial = std::move(both);
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

//===----------------------------------------------------------------------===//
// Blocks and their cost
//===----------------------------------------------------------------------===//

/// The value whose memory `result` takes, as far as the group makes it.
static Value getMemory(const BlockGroup &group, OpResult result) {
  Value value = result;
  while (auto current = dyn_cast<OpResult>(value)) {
    auto op = dyn_cast<DestinationStyleOpInterface>(current.getOwner());
    if (!op || !group.contains(op))
      break;
    Value init = op.getDpsInits()[current.getResultNumber()];
    if (!group.contains(init.getDefiningOp()))
      break;
    value = init;
  }
  return value;
}

int64_t BlockGroup::countBlockBytes() const {
  llvm::SetVector<Value> memory;
  for (const auto &[op, member] : members)
    if (!member.isSum && !isPrologue(op))
      for (OpResult result : op->getResults())
        memory.insert(getMemory(*this, result));
  int64_t bytes = 0;
  for (Value value : memory) {
    auto result = cast<OpResult>(value);
    const Member &member = getMember(result.getOwner());
    SmallVector<std::optional<unsigned>> present;
    for (unsigned loop : member.loops.getResultLoops(result.getOwner(),
                                                     result.getResultNumber()))
      present.push_back(member.shared[loop]);
    bytes += getTensorBytes(value.getType()) * getPart(present);
  }
  return bytes;
}

bool BlockGroup::chooseBlocks() {
  for (auto &entry : members)
    for (auto [loop, isReduction] :
         llvm::enumerate(entry.second.loops.isReduction))
      if (isReduction && entry.second.shared[loop])
        dims[*entry.second.shared[loop]].isSummed = true;
  // Outer dimensions come first: rows stay together as long as they can.
  order.clear();
  for (unsigned number = 0; number < dims.size(); ++number)
    if (isShared(number))
      order.push_back(number);
  if (!cutDims(cacheBytes))
    return false;
  // Another one alone may leave much less to be read again.
  double saved = countSavedBytes();
  if (saved <= 0)
    return true;
  auto best = std::pair(order, dims);
  for (unsigned number : SmallVector<unsigned>(order)) {
    order = {number};
    if (dims[number].isSummed || !cutDims(cacheBytes))
      continue;
    if (double other = countSavedBytes(); other > kMuchMore * saved) {
      saved = other;
      best = {order, dims};
    }
  }
  std::tie(order, dims) = best;
  return true;
}

bool BlockGroup::cutDims(int64_t mostBytes) {
  for (SharedDim &dim : dims)
    dim.block = dim.extent;
  for (unsigned number : order) {
    SharedDim &dim = dims[number];
    int64_t least = dim.isSummed ? kMinSummedRows : kMinRows;
    if (dim.extent <= kManyRows)
      least = 1;
    while (countBlockBytes() > mostBytes && dim.block > least)
      dim.block = std::max(least, (dim.block + 1) / 2);
    if (countBlockBytes() <= mostBytes) {
      // Kernels like whole tiles of rows.
      if (dim.block < dim.extent && dim.block > kTileRows)
        dim.block = dim.block / 8 * 8;
      return true;
    }
    dim.block = 1;
  }
  return false;
}

void BlockGroup::shrinkBlocks() {
  SmallVector<SharedDim> best = dims;
  double gain = countSavedBytes() - countLostBytes();
  for (int64_t bytes = cacheBytes / 2; bytes >= cacheBytes / kSmallestBlock;
       bytes /= 2) {
    if (!cutDims(bytes) || !hasLargePieces())
      break;
    if (double other = countSavedBytes() - countLostBytes(); other > gain) {
      gain = other;
      best = dims;
    }
  }
  dims = best;
}

int64_t BlockGroup::countRun(RankedTensorType type,
                             ArrayRef<std::optional<unsigned>> present) const {
  int64_t run = 1;
  for (auto [extent, dim] :
       llvm::reverse(llvm::zip_equal(type.getShape(), present))) {
    run *= dim ? dims[*dim].block : extent;
    if (dim && dims[*dim].countBlocks() > 1)
      break;
  }
  return run;
}

bool BlockGroup::hasLargePieces() const {
  auto isLarge = [&](RankedTensorType type,
                     ArrayRef<std::optional<unsigned>> present) {
    return getTensorBytes(type) <= cacheBytes / kSmallTensor ||
           countRun(type, present) >= kMinRun;
  };
  for (const auto &[op, member] : members) {
    for (OpOperand &operand : op->getOpOperands())
      if (auto type = dyn_cast<RankedTensorType>(operand.get().getType()))
        if (!isLarge(type, getOperandDims(operand)))
          return false;
    if (!isa<ContractIntoOp>(op))
      continue;
    double work = 1;
    for (auto [extent, shared] :
         llvm::zip_equal(member.loops.extents, member.shared))
      work *= double(shared ? dims[*shared].block : extent);
    if (work < kMinWork)
      return false;
  }
  return true;
}

double BlockGroup::countHandedBytes() const {
  double handed = 0;
  for (const auto &[op, member] : members)
    for (OpResult result : op->getResults()) {
      int64_t bytes = getTensorBytes(result.getType());
      if (bytes <= cacheBytes || member.isSum || isPrologue(op))
        continue;
      // Each reader in the group, and the writer unless others read too.
      handed += escapes(result) ? 0.0 : double(bytes);
      DenseSet<Operation *> readers(result.user_begin(), result.user_end());
      for (Operation *reader : readers)
        handed += contains(reader) ? double(bytes) : 0.0;
    }
  return handed;
}

double BlockGroup::getPart(ArrayRef<std::optional<unsigned>> present) const {
  double part = 1;
  for (std::optional<unsigned> dim : present)
    if (dim)
      part *= double(dims[*dim].block) / double(dims[*dim].extent);
  return part;
}

double BlockGroup::countRereadBytes() const {
  double reread = 0;
  for (const auto &entry : members)
    for (OpOperand &operand : entry.first->getOpOperands()) {
      if (contains(operand.get().getDefiningOp()))
        continue;
      // What lacks a shared dimension is read anew for each of its blocks; a
      // sum is written too.
      double visits = 1;
      SmallVector<std::optional<unsigned>> present = getOperandDims(operand);
      for (auto [number, dim] : llvm::enumerate(dims))
        if (!llvm::is_contained(present, number))
          visits *= double(dim.countBlocks());
      double bytes = double(getTensorBytes(operand.get().getType()));
      // What one thread reads again soon is in its cache.
      double weight =
          bytes * getPart(present) <= double(cacheBytes) ? kNearWeight : 1;
      bool isInit =
          cast<DestinationStyleOpInterface>(entry.first).isDpsInit(&operand);
      reread += (visits - 1) * weight * bytes * (isInit ? 2 : 1);
    }
  return reread;
}

double BlockGroup::countLostBytes() const {
  double touched = double(countBlockBytes());
  llvm::SmallSetVector<Value, 8> operands;
  for (const auto &entry : members)
    for (OpOperand &operand : entry.first->getOpOperands())
      if (!contains(operand.get().getDefiningOp()) &&
          (entry.second.isSum || !cast<DestinationStyleOpInterface>(entry.first)
                                      .isDpsInit(&operand)) &&
          operands.insert(operand.get()))
        touched += double(getTensorBytes(operand.get().getType())) *
                   getPart(getOperandDims(operand));
  return kNearWeight * countHandedBytes() *
         std::min(1.0, touched / double(cacheBytes));
}
