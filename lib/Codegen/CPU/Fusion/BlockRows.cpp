//===- BlockRows.cpp - Blocks of rows through several ops -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockGroupEmitter.h"
#include "ForwardCopies.h"
#include "Recomputation.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETBLOCKROWS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

/// True for a contraction whose result is transposed: it lies as the operands
/// do, of which blocks would read pieces.
bool onlyTransposes(const BlockGroup &group) {
  SmallVector<Operation *> ops = group.getOps();
  auto generic = dyn_cast<linalg::GenericOp>(ops.back());
  return ops.size() == 2 && isa<ContractIntoOp>(ops.front()) && generic &&
         linalg::isaTransposeOpInterface(generic);
}

/// Groups the ops of one block.
class GroupFinder {
public:
  GroupFinder(Block &block, int64_t cacheBytes, bool parallel)
      : block(block), cacheBytes(cacheBytes), parallel(parallel) {}

  void run() {
    for (Operation *op = &block.front(); op; op = op->getNextNode())
      if (!taken.contains(op))
        if (std::optional<BlockGroup> group =
                BlockGroup::grow(op, cacheBytes, taken);
            group && !onlyTransposes(*group))
          take(*group);
    for (const BlockGroup &group : groups)
      BlockGroupEmitter(group, parallel).emit();
    if (groups.empty())
      return;
    // Users of a group stand between its ops.
    sortTopologically(&block);
    // Where whole values would have started.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

private:
  void take(const BlockGroup &group) {
    taken.addGroup(group.getOps());
    groups.push_back(group);
    Recomputation recomputation(group, cacheBytes);
    if (!recomputation.isCheaper())
      return;
    recomputation.apply();
    std::optional<BlockGroup> later =
        BlockGroup::grow(recomputation.getFirst(), cacheBytes, taken);
    if (later && recomputation.isInside(*later))
      take(*later);
    else
      recomputation.revert();
  }

  Block &block;
  int64_t cacheBytes;
  bool parallel;
  std::vector<BlockGroup> groups;
  TakenOps taken;
};

struct BlockRows : tensornet::impl::TensorNetBlockRowsBase<BlockRows> {
  using TensorNetBlockRowsBase::TensorNetBlockRowsBase;

  void runOnOperation() override {
    // Broadcasts that several ops read would be stored.
    if (failed(forwardCopies(getOperation())))
      return signalPassFailure();
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) {
      Operation *parent = block->getParentOp();
      if (isa<FunctionOpInterface, scf::ForOp>(parent) && !block->empty())
        blocks.push_back(block);
    });
    for (Block *block : blocks)
      GroupFinder(*block, cacheBytes, parallel).run();
  }
};

} // namespace
