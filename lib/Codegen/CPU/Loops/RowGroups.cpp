//===- RowGroups.cpp - Ops on the same rows -------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGroups.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::tensornet::cpu;

/// The number of the group, then the number of its loops.
static constexpr StringLiteral kAttribute = "tensornet.rows";

void mlir::tensornet::cpu::setRowGroup(const RowGroup &group, unsigned id) {
  for (linalg::GenericOp op : group.ops)
    op->setAttr(
        kAttribute,
        DenseI64ArrayAttr::get(op.getContext(), {int64_t(id), group.numLoops}));
}

bool mlir::tensornet::cpu::isInRowGroup(linalg::GenericOp op) {
  return op->hasAttr(kAttribute);
}

RowGroup mlir::tensornet::cpu::getRowGroup(linalg::GenericOp op) {
  RowGroup group;
  group.ops.push_back(op);
  auto mark = op->getAttrOfType<DenseI64ArrayAttr>(kAttribute);
  if (!mark || mark.size() != 2)
    return group;
  for (Operation *next = op->getNextNode(); next; next = next->getNextNode()) {
    auto generic = dyn_cast<linalg::GenericOp>(next);
    if (!generic || generic->getAttr(kAttribute) != mark)
      break;
    group.ops.push_back(generic);
  }
  group.numLoops = mark[1];
  return group;
}

bool mlir::tensornet::cpu::isRowLocal(AffineMap map, unsigned count) {
  if (!map || map.getNumResults() < count)
    return false;
  for (auto [number, expr] : llvm::enumerate(map.getResults())) {
    if (number < count) {
      if (expr != getAffineDimExpr(number, map.getContext()))
        return false;
      continue;
    }
    for (unsigned loop = 0; loop < count; ++loop)
      if (expr.isFunctionOfDim(loop))
        return false;
  }
  return true;
}

bool mlir::tensornet::cpu::isColumnSum(linalg::GenericOp op) {
  return op.getNumLoops() > 0 &&
         op.getIteratorTypesArray().front() == utils::IteratorType::reduction;
}

/// True where only ops of `group` use `buffer`, row by row, until it is freed.
static bool isScratch(memref::AllocOp buffer, const RowGroup &group) {
  MemRefType type = buffer.getType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity() ||
      buffer->getBlock() != group.ops.front()->getBlock())
    return false;
  return llvm::all_of(buffer->getUses(), [&](OpOperand &use) {
    if (isa<memref::DeallocOp>(use.getOwner()))
      return use.getOwner()->getBlock() == buffer->getBlock();
    auto op = dyn_cast<linalg::GenericOp>(use.getOwner());
    return op && llvm::is_contained(group.ops, op) &&
           isRowLocal(op.getMatchingIndexingMap(&use), group.numLoops);
  });
}

SmallVector<memref::AllocOp>
mlir::tensornet::cpu::getScratchBuffers(const RowGroup &group) {
  llvm::SetVector<Operation *> buffers;
  for (linalg::GenericOp op : group.ops)
    for (Value operand : op->getOperands())
      if (auto buffer = operand.getDefiningOp<memref::AllocOp>())
        if (isScratch(buffer, group))
          buffers.insert(buffer);
  SmallVector<memref::AllocOp> result;
  for (Operation *buffer : buffers)
    result.push_back(cast<memref::AllocOp>(buffer));
  return result;
}
