//===- GroupRows.cpp - Ops on the same rows brought together --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers/BufferAccess.h"
#include "Kernels/KernelPrologue.h"
#include "Kernels/KernelReduction.h"
#include "RowGroups.h"
#include "VectorLoops.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETGROUPROWS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Ops that a search for members of a group passes over, and members of it.
static constexpr size_t kWindow = 48;
static constexpr size_t kMostMembers = 16;
/// Elements of a sum over rows, of which each thread holds its own.
static constexpr int64_t kMostColumns = 1 << 14;

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// The number of leading loops that are parallel, or reductions, like the
/// first.
static unsigned countLeadingLoops(linalg::GenericOp op) {
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  return llvm::find_if(iterators,
                       [&](utils::IteratorType iterator) {
                         return iterator != iterators.front();
                       }) -
         iterators.begin();
}

/// True where `op` writes rows at each point of its first `count` loops, or
/// adds all of them to a result of moderate size.
static bool hasRowResults(linalg::GenericOp op, unsigned count) {
  return llvm::all_of(op.getDpsInitsMutable(), [&](OpOperand &init) {
    AffineMap map = op.getMatchingIndexingMap(&init);
    if (!isColumnSum(op))
      return isRowLocal(map, count);
    auto type = cast<MemRefType>(init.get().getType());
    return type.hasStaticShape() && type.getLayout().isIdentity() &&
           type.getNumElements() <= kMostColumns;
  });
}

/// True where two ops can share their first `count` loops.
static bool canShareLoops(linalg::GenericOp a, linalg::GenericOp b,
                          unsigned count) {
  auto left = getAccesses(a), right = getAccesses(b);
  for (const BufferAccess &x : *left)
    for (const BufferAccess &y : *right)
      if (conflict(x, y) &&
          (x.memref != y.memref || !isRowLocal(x.map, count) ||
           !isRowLocal(y.map, count)))
        return false;
  return true;
}

/// True where both step through the rows of one memref: then these loops have
/// equal extents.
static bool haveRowsInCommon(linalg::GenericOp a, linalg::GenericOp b,
                             unsigned count) {
  auto left = getAccesses(a), right = getAccesses(b);
  for (const BufferAccess &x : *left)
    for (const BufferAccess &y : *right)
      if (x.memref == y.memref && isRowLocal(x.map, count) &&
          isRowLocal(y.map, count))
        return true;
  return false;
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

/// linalg.fill -> linalg.generic { yield value }
static linalg::GenericOp generalize(linalg::FillOp fill) {
  OpBuilder builder(fill);
  Value value = fill.getInputs()[0], buffer = fill.getOutputs()[0];
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, fill.getLoc(), ValueRange(), ValueRange{buffer},
      ArrayRef{builder.getMultiDimIdentityMap(rank)}, iterators,
      [&](OpBuilder &inner, Location loc, ValueRange) {
        linalg::YieldOp::create(inner, loc, value);
      });
  fill.erase();
  return generic;
}

namespace {
/// Collects the groups of one block.
class BlockGrouper {
public:
  BlockGrouper(Block &block, unsigned vectorBits, unsigned &nextId)
      : block(block), vectorBits(vectorBits), nextId(nextId) {}

  void run() {
    sinkFills();
    for (Operation *op = &block.front(); op; op = op->getNextNode()) {
      auto leader = dyn_cast<linalg::GenericOp>(op);
      if (!leader || isColumnSum(leader))
        continue;
      if (unsigned count = countRowLoops(leader, ~0u))
        op = collect(leader, count);
    }
  }

private:
  /// Moves each fill to the first op that needs it.
  void sinkFills() {
    for (auto fill :
         llvm::make_early_inc_range(block.getOps<linalg::FillOp>())) {
      Operation *next = fill->getNextNode();
      while (next && !next->hasTrait<OpTrait::IsTerminator>() &&
             !conflict(fill, next))
        next = next->getNextNode();
      if (auto user = dyn_cast_or_null<linalg::GenericOp>(next))
        if (user.getNumReductionLoops() > 0 &&
            llvm::is_contained(user.getDpsInits(), fill.getOutputs()[0]))
          fill->moveBefore(user);
    }
  }

  /// The fills right in front of `op` that it adds to.
  static SmallVector<linalg::FillOp> getFills(linalg::GenericOp op) {
    SmallVector<linalg::FillOp> fills;
    Operation *before = op->getPrevNode();
    for (; before; before = before->getPrevNode()) {
      auto fill = dyn_cast<linalg::FillOp>(before);
      if (!fill || !llvm::is_contained(op.getDpsInits(), fill.getOutputs()[0]))
        break;
      fills.insert(fills.begin(), fill);
    }
    return fills;
  }

  /// The largest number of leading loops, up to `limit`, whose points `op` can
  /// do one after the other, each with all that it writes.
  unsigned countRowLoops(linalg::GenericOp op, unsigned limit) {
    OpBuilder builder(op);
    GenericVectorizer vectorizer(op, builder, vectorBits, /*parallel=*/false);
    unsigned count = std::min(limit, countLeadingLoops(op));
    if (count == 0 || isPrologue(op) || isReduction(op) ||
        !vectorizer.canVectorize())
      return 0;
    // The loop of vectors may be the last of these, unless it is summed over.
    unsigned more = isColumnSum(op) ? 1 : 0;
    while (count > 0 &&
           !(vectorizer.hasRows(count + more) && hasRowResults(op, count)))
      --count;
    return count;
  }

  /// The largest number of loops that `op` can share with all of `group`; 0
  /// where it cannot or need not join.
  unsigned countSharedLoops(const RowGroup &group, linalg::GenericOp op) {
    unsigned count = countRowLoops(op, group.numLoops);
    for (; count > 0; --count)
      if (llvm::all_of(group.ops,
                       [&](linalg::GenericOp member) {
                         return canShareLoops(member, op, count);
                       }) &&
          llvm::any_of(group.ops, [&](linalg::GenericOp member) {
            return haveRowsInCommon(member, op, count);
          }))
        break;
    return count;
  }

  /// Collects the group that starts with `leader`, of which rows have `count`
  /// loops; returns its last op.
  Operation *collect(linalg::GenericOp leader, unsigned count) {
    RowGroup group;
    group.ops.push_back(leader);
    group.numLoops = count;
    SmallVector<linalg::FillOp> fills = getFills(leader);
    SmallVector<Operation *> passed;
    Operation *first = fills.empty() ? leader.getOperation() : fills.front();
    Operation *last = leader;
    for (Operation *next = leader->getNextNode(), *after = nullptr;
         next && passed.size() < kWindow && group.ops.size() < kMostMembers;
         next = after) {
      after = next->getNextNode();
      auto op = dyn_cast<linalg::GenericOp>(next);
      unsigned shared = op ? countSharedLoops(group, op) : 0;
      SmallVector<linalg::FillOp> own;
      if (shared)
        own = getFills(op);
      SmallVector<Operation *> moved(own.begin(), own.end());
      moved.push_back(next);
      for (linalg::FillOp fill : own)
        passed.erase(llvm::find(passed, fill.getOperation()));
      if (!shared || !makeRoom(moved, passed, first)) {
        passed.append(moved);
        continue;
      }
      // The sum over all rows starts before the first.
      if (isColumnSum(op)) {
        for (linalg::FillOp fill : own)
          fill->moveBefore(first);
        moved = {op};
        own.clear();
      }
      for (Operation *member : moved) {
        member->moveAfter(last);
        last = member;
      }
      fills.append(own);
      group.ops.push_back(op);
      group.numLoops = shared;
    }
    if (group.ops.size() > 1)
      finish(group, fills);
    return group.ops.back();
  }

  /// Makes the fills members and marks all.
  void finish(RowGroup &group, ArrayRef<linalg::FillOp> fills) {
    RowGroup all;
    all.numLoops = group.numLoops;
    for (linalg::FillOp fill : fills)
      all.ops.push_back(generalize(fill));
    all.ops.append(group.ops);
    llvm::sort(all.ops, [](linalg::GenericOp a, linalg::GenericOp b) {
      return a->isBeforeInBlock(b);
    });
    setRowGroup(all, nextId++);
  }

  Block &block;
  unsigned vectorBits;
  unsigned &nextId;
};

struct GroupRows : tensornet::impl::TensorNetGroupRowsBase<GroupRows> {
  using TensorNetGroupRowsBase::TensorNetGroupRowsBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    unsigned nextId = 0;
    getOperation()->walk(
        [](linalg::GenericOp op) { expandIndexArithmetic(op); });
    getOperation()->walk([&](Block *block) {
      if (!block->empty() && !isa<linalg::LinalgOp>(block->getParentOp()))
        BlockGrouper(*block, bits, nextId).run();
    });
  }
};

} // namespace
