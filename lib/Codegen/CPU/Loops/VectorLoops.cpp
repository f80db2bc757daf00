//===- VectorLoops.cpp - linalg on memrefs to vector loops ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "GenericGroups.h"
#include "RowGroups.h"
#include "Threads/Threads.h"
#include "Vectors/VectorBody.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETVECTORLOOPS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

void cpu::expandIndexArithmetic(linalg::GenericOp op) {
  IRRewriter rewriter(op.getContext());
  for (auto apply : llvm::make_early_inc_range(
           op.getBody()->getOps<affine::AffineApplyOp>())) {
    rewriter.setInsertionPoint(apply);
    auto results = affine::expandAffineMap(
        rewriter, apply.getLoc(), apply.getAffineMap(), apply.getMapOperands());
    rewriter.replaceOp(apply, results->front());
  }
}

namespace {

/// Takes the leave to reassociate and contract from arithmetic that has its
/// order: LLVM would use it as the code around suggests, so that results would
/// depend on the number of threads.
void fixOrder(Operation *root) {
  constexpr auto kLeave =
      arith::FastMathFlags::reassoc | arith::FastMathFlags::contract;
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    // Loops of these are made later.
    if (isa<linalg::LinalgOp>(op))
      return WalkResult::skip();
    auto arithmetic = dyn_cast<arith::ArithFastMathInterface>(op);
    // How a vector is summed is the same everywhere.
    if (!arithmetic || isa<vector::ReductionOp>(op))
      return WalkResult::advance();
    if (arith::FastMathFlagsAttr flags = arithmetic.getFastMathFlagsAttr())
      op->setAttr(arithmetic.getFastMathAttrName(),
                  arith::FastMathFlagsAttr::get(op->getContext(),
                                                flags.getValue() & ~kLeave));
    return WalkResult::advance();
  });
}

/// True where `op` fills so much memory with one number that threads had better
/// share it; a smaller fill is LLVM's to write.
bool isLargeFill(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() != 0 ||
      isa<ShapedType>(op.getDpsInputs()[0].getType()) ||
      op.getBody()->getTerminator()->getOperand(0) !=
          op.getBody()->getArgument(0) ||
      op->getParentOfType<scf::ParallelOp>())
    return false;
  auto type = dyn_cast<MemRefType>(op.getDpsInits()[0].getType());
  return type && type.hasStaticShape() &&
         isVectorElement(type.getElementType()) &&
         type.getNumElements() * type.getElementTypeBitWidth() / 8 >=
             kMinThreadedCost;
}

/// The same fill, whose body takes the number from outside.
linalg::GenericOp nameNumber(linalg::GenericOp fill) {
  OpBuilder builder(fill);
  Value number = fill.getDpsInputs()[0];
  auto result = linalg::GenericOp::create(
      builder, fill.getLoc(), ValueRange(), fill.getDpsInits(),
      ArrayRef(fill.getIndexingMapsArray().back()),
      fill.getIteratorTypesArray(),
      [&](OpBuilder &inner, Location loc, ValueRange) {
        linalg::YieldOp::create(inner, loc, number);
      });
  fill.erase();
  return result;
}

struct VectorLoops : tensornet::impl::TensorNetVectorLoopsBase<VectorLoops> {
  using TensorNetVectorLoopsBase::TensorNetVectorLoopsBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp &op : ops)
      if (parallel && isLargeFill(op) && !isInRowGroup(op))
        op = nameNumber(op);
    llvm::SmallPtrSet<Operation *, 16> erased;
    for (linalg::GenericOp op : ops) {
      if (erased.contains(op))
        continue;
      RowGroup group = getRowGroup(op);
      for (linalg::GenericOp member : group.ops)
        expandIndexArithmetic(member);
      if (!emitGroup(group, bits)) {
        if (!emitAlone(op, bits))
          continue;
        group.ops.truncate(1);
      }
      for (linalg::GenericOp member : group.ops) {
        erased.insert(member);
        member.erase();
      }
    }
    fixOrder(getOperation());
  }

  bool emitGroup(const RowGroup &group, unsigned bits) {
    OpBuilder builder(group.ops.front());
    GenericGroup emitter(group, builder, bits, parallel);
    return emitter.canVectorize() && emitter.emit();
  }

  bool emitAlone(linalg::GenericOp op, unsigned bits) {
    OpBuilder builder(op);
    GenericVectorizer vectorizer(op, builder, bits, parallel);
    if (!vectorizer.canVectorize())
      return false;
    vectorizer.emit();
    return true;
  }
};

} // namespace
