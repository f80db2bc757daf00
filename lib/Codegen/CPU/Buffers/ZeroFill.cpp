//===- ZeroFill.cpp - Fills that a kernel makes needless ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZeroFill.h"

#include "BufferRoots.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tensornet;

/// True where `op` surely leaves the buffer `root` alone.
static bool leavesAlone(Operation *op, Value root) {
  if (isMemoryEffectFree(op) || isa<memref::AllocOp>(op))
    return true;
  if (op->getNumRegions() > 0 && !isa<linalg::LinalgOp>(op))
    return false;
  if (!isa<linalg::LinalgOp, ContractIntoOp, memref::LoadOp, memref::StoreOp>(
          op))
    return false;
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    return !isa<BaseMemRefType>(operand.getType()) ||
           !cpu::mayOverlap(cpu::getBufferRoot(operand), root);
  });
}

bool cpu::isZero(Value value) {
  ArrayAttr parts;
  if (matchPattern(value, m_Constant(&parts)))
    return llvm::all_of(parts.getAsRange<FloatAttr>(), [](FloatAttr part) {
      return part.getValue().isZero();
    });
  return matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero());
}

Operation *cpu::findZeroFill(ContractIntoOp op) {
  Value root = getBufferRoot(op.getInit());
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
