//===- InlineStackScopes.cpp - Scopes without stack memory ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETINLINESTACKSCOPES
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// True where no stack memory is taken inside of `scope`.
static bool isEmptyScope(memref::AllocaScopeOp scope) {
  return scope.getBodyRegion().hasOneBlock() &&
         !scope->walk([](memref::AllocaOp) { return WalkResult::interrupt(); })
              .wasInterrupted();
}

namespace {

struct InlineStackScopes
    : tensornet::impl::TensorNetInlineStackScopesBase<InlineStackScopes> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](memref::AllocaScopeOp scope) {
      if (!isEmptyScope(scope))
        return;
      Block *body = &scope.getBodyRegion().front();
      Operation *end = body->getTerminator();
      SmallVector<Value> results(end->getOperands());
      rewriter.eraseOp(end);
      rewriter.inlineBlockBefore(body, scope);
      rewriter.replaceOp(scope, results);
    });
  }
};

} // namespace
