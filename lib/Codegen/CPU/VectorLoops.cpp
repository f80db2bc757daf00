//===- VectorLoops.cpp - linalg on memrefs to vector loops ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "tensornet/Codegen/CPU/HostVectors.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETVECTORLOOPS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// affine.apply(map)(values) -> arith on values, which has a vector form
static void expandIndexArithmetic(linalg::GenericOp op) {
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

struct VectorLoops : tensornet::impl::TensorNetVectorLoopsBase<VectorLoops> {
  using TensorNetVectorLoopsBase::TensorNetVectorLoopsBase;

  void runOnOperation() override {
    unsigned bits = vectorWidth ? vectorWidth : getHostVectorBits();
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops) {
      expandIndexArithmetic(op);
      GenericVectorizer vectorizer(op, bits, parallel);
      if (!vectorizer.canVectorize())
        continue;
      vectorizer.emit();
      op.erase();
    }
  }
};

} // namespace
