//===- ZeroFill.cpp - Fills that a kernel makes needless ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ZeroFill.h"

#include "BufferRoots.h"
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

Value cpu::getFillNumber(Operation *op) {
  Value number;
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    number = fill.getInputs()[0];
  else if (auto generic = dyn_cast<linalg::GenericOp>(op);
           generic && generic.getNumDpsInputs() == 1 &&
           linalg::isaFillOpInterface(generic) &&
           generic.getIndexingMapsArray().back().isPermutation())
    number = generic.getDpsInputs()[0];
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!number || number.getType() !=
                     getElementTypeOrSelf(linalgOp.getDpsInits()[0].getType()))
    return Value();
  return number;
}

/// The fill of `memref` that nothing between it and `op` reads or writes.
static Operation *findFillOf(Value memref, Operation *op) {
  Value root = cpu::getBufferRoot(memref);
  for (Operation *before = op->getPrevNode(); before;
       before = before->getPrevNode()) {
    if (cpu::getFillNumber(before) &&
        cast<linalg::LinalgOp>(before).getDpsInits()[0] == memref)
      return before;
    if (!leavesAlone(before, root))
      return nullptr;
  }
  return nullptr;
}

Operation *cpu::findZeroFill(ContractIntoOp op) {
  Operation *fill = findFillOf(op.getInit(), op);
  return fill && isZero(getFillNumber(fill)) ? fill : nullptr;
}

Operation *cpu::findFill(linalg::GenericOp op) {
  if (!op.hasPureBufferSemantics() || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() == 0)
    return nullptr;
  Value result = op.getDpsInits()[0], root = getBufferRoot(result);
  bool readsResult = llvm::any_of(op.getDpsInputs(), [&](Value input) {
    return isa<BaseMemRefType>(input.getType()) &&
           mayOverlap(getBufferRoot(input), root);
  });
  return readsResult ? nullptr : findFillOf(result, op);
}
