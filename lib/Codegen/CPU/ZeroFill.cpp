//===- ZeroFill.cpp - Fills that a kernel makes needless ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZeroFill.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::tensornet;

/// The buffer that `value` is a view of.
static Value getRoot(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

static bool isAllocation(Value value) {
  return isa_and_nonnull<memref::AllocOp, memref::AllocaOp>(
      value.getDefiningOp());
}

/// True where `op` surely leaves the buffer `root` alone.
static bool leavesAlone(Operation *op, Value root) {
  if (isMemoryEffectFree(op) || isa<memref::AllocOp>(op))
    return true;
  if (op->getNumRegions() > 0 && !isa<linalg::LinalgOp>(op))
    return false;
  if (!isa<linalg::LinalgOp, ContractIntoOp, memref::LoadOp, memref::StoreOp>(
          op))
    return false;
  // A fresh allocation overlaps nothing but its own views.
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    if (!isa<BaseMemRefType>(operand.getType()))
      return true;
    Value other = getRoot(operand);
    return other != root && (isAllocation(root) || isAllocation(other));
  });
}

/// True for the constant zero of any type.
static bool isZero(Value value) {
  ArrayAttr parts;
  if (matchPattern(value, m_Constant(&parts)))
    return llvm::all_of(parts.getAsRange<FloatAttr>(), [](FloatAttr part) {
      return part.getValue().isZero();
    });
  return matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero());
}

Operation *cpu::findZeroFill(ContractIntoOp op) {
  Value root = getRoot(op.getInit());
  for (Operation *before = op->getPrevNode(); before;
       before = before->getPrevNode()) {
    if (auto fill = dyn_cast<linalg::FillOp>(before)) {
      if (fill.getOutputs()[0] == op.getInit()) {
        Value value = fill.getInputs()[0];
        return isZero(value) ? before : nullptr;
      }
    }
    if (!leavesAlone(before, root))
      return nullptr;
  }
  return nullptr;
}
