//===- BlockGroup.h - Ops that share dimensions -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_FUSION_BLOCKGROUP_H
#define TENSORNET_LIB_CODEGEN_CPU_FUSION_BLOCKGROUP_H

#include "OpLoops.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <vector>

namespace mlir::tensornet::cpu {

/// A dimension that several ops share, so that blocks along it can be computed
/// by one op after the other.
struct SharedDim {
  int64_t extent;
  /// Points of a block.
  int64_t block;
  /// True where an op of the group sums over the dimension: its result is
  /// complete after the last block.
  bool isSummed = false;

  int64_t countBlocks() const { return llvm::divideCeil(extent, block); }
};

/// The ops that groups have, of which an op can be in one only.
class TakenOps {
public:
  bool contains(Operation *op) const { return groupOf.contains(op); }
  void addGroup(ArrayRef<Operation *> ops);
  /// The ops that are computed together with `op`; at least `op`.
  ArrayRef<Operation *> getGroup(Operation *const &op) const;

private:
  llvm::DenseMap<Operation *, unsigned> groupOf;
  std::vector<SmallVector<Operation *>> groups;
};

/// Ops of one block of the program that share dimensions. All of them compute
/// one block of these before any computes the next, so that what they hand to
/// each other stays in cache.
class BlockGroup {
public:
  struct Member {
    OpLoops loops;
    /// For every loop the number of its shared dimension, or none.
    SmallVector<std::optional<unsigned>> shared;
    /// True where the op sums over a shared dimension: nobody in the group
    /// reads its result.
    bool isSum = false;
  };

  /// The group that grows from the first result of `seed`; std::nullopt where
  /// no group saves traffic with memory. Ops in `taken` are left alone. Values
  /// of up to `cacheBytes` count as free.
  static std::optional<BlockGroup> grow(Operation *seed, int64_t cacheBytes,
                                        const TakenOps &taken);

  /// The ops in the order of the program.
  SmallVector<Operation *> getOps() const;
  bool contains(Operation *op) const { return members.contains(op); }
  const Member &getMember(Operation *op) const {
    return members.find(op)->second;
  }
  /// The shared dimensions, outermost first. Those whose block is everything
  /// are part of the list too.
  ArrayRef<SharedDim> getDims() const { return dims; }
  /// The shared dimension of each dimension of `operand` of `op`.
  SmallVector<std::optional<unsigned>> getOperandDims(OpOperand &operand) const;
  /// True where something outside of the group reads `value`, a result of it.
  bool escapes(Value value) const;

private:
  BlockGroup(int64_t cacheBytes, const TakenOps &taken)
      : cacheBytes(cacheBytes), taken(&taken) {}

  /// This group with `op`; std::nullopt where it cannot be a member.
  std::optional<BlockGroup> with(Operation *op) const;
  /// This group with a reader of the results of `op`, a member, that makes
  /// blocks save more than `saved` bytes; std::nullopt where none does.
  std::optional<BlockGroup> withReader(Operation *op, double saved) const;
  bool tryJoin(Operation *op);
  /// Gives the loops of `op` the shared dimensions that its neighbours in the
  /// group have there; std::nullopt where they disagree or have none.
  std::optional<Member> match(Operation *op) const;
  /// Makes the sums of `member` over shared dimensions possible: either the op
  /// is the last one that needs them, or they are shared no longer.
  bool arrangeSums(Operation *op, Member &member);
  void unshare(unsigned dim);
  bool isShared(unsigned dim) const { return !dropped.contains(dim); }
  /// True where what follows from `op` comes back to the group.
  bool leadsBack(Operation *op) const;
  /// True for a sum of everything to one number.
  static bool isTotal(const Member &member);
  /// True where some blocks need no result of another.
  bool hasIndependentBlocks() const;
  /// True where all ops can be computed at one place: no value leaves the group
  /// and comes back.
  bool isConvex() const;
  /// Chooses the blocks; false where none fit the cache.
  bool chooseBlocks();
  /// Cuts dimensions in `order`, one after the other, until blocks have at
  /// most `mostBytes`, and leaves the others whole; false where they never do.
  bool cutDims(int64_t mostBytes);
  /// Makes blocks smaller than the cache where they leave it less.
  void shrinkBlocks();
  /// True where the parts of tensors that blocks have are no short pieces of
  /// memory, and those of contractions no little work.
  bool hasLargePieces() const;
  /// The elements that lie together in a block of a tensor of `type`, whose
  /// dimensions are `present` ones of the group.
  int64_t countRun(RankedTensorType type,
                   ArrayRef<std::optional<unsigned>> present) const;
  /// The part of a tensor with these dimensions of the group that a block has.
  double getPart(ArrayRef<std::optional<unsigned>> present) const;
  /// The bytes of what the ops of the group make in one block.
  int64_t countBlockBytes() const;
  /// Bytes that the ops of the group hand to each other.
  double countHandedBytes() const;
  /// Bytes that blocks move again and again.
  double countRereadBytes() const;
  /// Bytes that blocks do not move between memory and cache.
  double countSavedBytes() const {
    return countHandedBytes() - countRereadBytes();
  }
  /// The time, in bytes, that what is handed takes because it leaves the cache
  /// before it is read: the more, the more of the cache a block touches.
  double countLostBytes() const;

  int64_t cacheBytes;
  const TakenOps *taken;
  llvm::MapVector<Operation *, Member> members;
  SmallVector<SharedDim> dims;
  /// The dimensions that may be cut, in the order in which they are.
  SmallVector<unsigned> order;
  DenseSet<unsigned> dropped;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_FUSION_BLOCKGROUP_H
