//===- BufferRoots.cpp - What buffers have in common ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferRoots.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::tensornet;

Value cpu::getBufferRoot(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

static bool isAllocation(Value value) {
  return isa_and_nonnull<memref::AllocOp, memref::AllocaOp>(
      value.getDefiningOp());
}

static bool isFunctionArgument(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner()->isEntryBlock() &&
         isa<FunctionOpInterface>(argument.getOwner()->getParentOp());
}

/// True for a buffer that existed before the allocation `fresh` was made.
static bool isOlder(Value root, Value fresh) {
  if (isAllocation(root))
    return true;
  auto argument = dyn_cast<BlockArgument>(root);
  return argument &&
         argument.getParentRegion()->isAncestor(fresh.getParentRegion());
}

bool cpu::mayOverlap(Value root, Value other) {
  if (root == other)
    return true;
  if (isFunctionArgument(root) && isFunctionArgument(other))
    return false;
  return !(isAllocation(root) && isOlder(other, root)) &&
         !(isAllocation(other) && isOlder(root, other));
}
