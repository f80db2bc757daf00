//===- Recomputation.cpp - Values computed anew ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recomputation.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Multiplications and additions that one core does while it moves a byte to
/// and from what lies beyond its own caches.
static constexpr double kOperationsPerByte = 3;
/// Larger values leave the last cache too; their bytes take longer by a factor.
static constexpr int64_t kFarBytes = 32 << 20;
static constexpr double kFarFactor = 3;

Recomputation::Recomputation(const BlockGroup &group, int64_t cacheBytes)
    : group(group), cacheBytes(cacheBytes) {
  for (Operation *op : group.getOps())
    for (OpResult result : op->getResults())
      if (!group.getMember(op).isSum && group.escapes(result) &&
          getTensorBytes(result.getType()) > cacheBytes)
        values.push_back(result);
  // What one op needs in memory, others may as well read there.
  llvm::erase_if(values, [&](OpResult value) {
    return !llvm::all_of(value.getUsers(), [&](Operation *user) {
      return group.contains(user) ||
             (user->getBlock() == value.getParentBlock() && OpLoops::get(user));
    });
  });
  for (OpResult value : values)
    addToChain(value.getOwner());
}

void Recomputation::addToChain(Operation *op) {
  if (chain.contains(op))
    return;
  for (Value operand : op->getOperands())
    if (Operation *producer = operand.getDefiningOp())
      if (group.contains(producer) &&
          getTensorBytes(operand.getType()) > cacheBytes)
        addToChain(producer);
  chain.insert(op);
}

bool Recomputation::isCheaper() const {
  double traffic = 0, operations = 0;
  for (OpResult value : values) {
    double bytes = getTensorBytes(value.getType());
    double visits = 1 + llvm::count_if(value.getUsers(), [&](Operation *user) {
                      return !group.contains(user);
                    });
    traffic += bytes * visits * (bytes > kFarBytes ? kFarFactor : 1);
  }
  for (Operation *op : chain)
    operations += countOperations(op, group.getMember(op).loops);
  return operations < traffic * kOperationsPerByte;
}

void Recomputation::apply() {
  Operation *first = nullptr;
  for (OpResult value : values)
    for (Operation *user : value.getUsers())
      if (!group.contains(user) && (!first || user->isBeforeInBlock(first)))
        first = user;
  OpBuilder builder(first);
  for (Operation *op : chain) {
    // Destinations that two ops shared would be copied.
    for (Value operand : op->getOperands()) {
      Operation *start = operand.getDefiningOp();
      if (mapping.contains(operand) ||
          !isa_and_nonnull<linalg::FillOp, tensor::EmptyOp>(start))
        continue;
      if (auto fill = dyn_cast<linalg::FillOp>(start))
        if (Operation *empty =
                fill.getOutputs()[0].getDefiningOp<tensor::EmptyOp>())
          starts.push_back(builder.clone(*empty, mapping));
      starts.push_back(builder.clone(*start, mapping));
    }
    copies.push_back(builder.clone(*op, mapping));
  }
  for (OpResult value : values)
    value.replaceUsesWithIf(mapping.lookup(value), [&](OpOperand &use) {
      return !group.contains(use.getOwner()) &&
             !llvm::is_contained(copies, use.getOwner());
    });
}

void Recomputation::revert() {
  for (OpResult value : values)
    mapping.lookup(value).replaceUsesWithIf(value, [&](OpOperand &use) {
      return !llvm::is_contained(copies, use.getOwner());
    });
  for (Operation *op : llvm::reverse(copies))
    op->erase();
  for (Operation *op : llvm::reverse(starts))
    op->erase();
}

bool Recomputation::isInside(const BlockGroup &later) const {
  return llvm::all_of(copies, [&](Operation *op) {
    return later.contains(op) && llvm::none_of(op->getResults(), [&](Value v) {
             return getTensorBytes(v.getType()) > cacheBytes &&
                    later.escapes(v);
           });
  });
}
