//===- VectorLoops.cpp - linalg on memrefs to vector loops ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "Buffers/ZeroFill.h"
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
  if (!getFillNumber(op) || op->getParentOfType<scf::ParallelOp>())
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
    // What a reduction starts from is written where the reduction reads it.
    DenseMap<Operation *, linalg::GenericOp> fills;
    llvm::SmallPtrSet<Operation *, 16> done;
    for (linalg::GenericOp op : ops)
      if (auto fill = dyn_cast_or_null<linalg::GenericOp>(findFill(op));
          fill && !isInRowGroup(fill) && !isInRowGroup(op)) {
        fills[op] = fill;
        done.insert(fill);
      }
    for (linalg::GenericOp op : ops) {
      if (done.contains(op))
        continue;
      if (isInRowGroup(op) || !emitFill(op, bits))
        emitMembers(op, fills.lookup(op), bits, done);
    }
    fixOrder(getOperation());
  }

  /// Emits `fill` where threads share it.
  bool emitFill(linalg::GenericOp fill, unsigned bits) {
    if (!parallel || !isLargeFill(fill))
      return false;
    linalg::GenericOp named = nameNumber(fill);
    if (emitAlone(named, linalg::GenericOp(), bits))
      named.erase();
    return true;
  }

  /// Emits `op` with the members of its group, or alone, after `fill`, which
  /// may be null. What is `done` is gone.
  void emitMembers(linalg::GenericOp op, linalg::GenericOp fill, unsigned bits,
                   llvm::SmallPtrSetImpl<Operation *> &done) {
    RowGroup group = getRowGroup(op);
    for (linalg::GenericOp member : group.ops)
      expandIndexArithmetic(member);
    if (!emitGroup(group, bits)) {
      if (!emitAlone(op, fill, bits))
        return;
      group.ops.truncate(1);
    }
    for (linalg::GenericOp member : group.ops) {
      done.insert(member);
      member.erase();
    }
  }

  bool emitGroup(const RowGroup &group, unsigned bits) {
    OpBuilder builder(group.ops.front());
    GenericGroup emitter(group, builder, bits, parallel);
    return emitter.canVectorize() && emitter.emit();
  }

  /// Emits `op` after `fill`, which may be null.
  bool emitAlone(linalg::GenericOp op, linalg::GenericOp fill, unsigned bits) {
    OpBuilder builder(op);
    GenericVectorizer vectorizer(op, builder, bits, parallel);
    bool isVector = vectorizer.canVectorize();
    if (isVector && vectorizer.emit(fill ? getFillNumber(fill) : Value()))
      fill.erase();
    else if (fill)
      emitFill(fill, bits);
    return isVector;
  }
};

} // namespace
