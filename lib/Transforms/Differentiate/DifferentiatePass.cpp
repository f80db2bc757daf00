//===- DifferentiatePass.cpp - The pass tensornet-differentiate -----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExpandRequests.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "tensornet/Transforms/Differentiate/AddRequest.h"
#include "tensornet/Transforms/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETDIFFERENTIATE
#include "tensornet/Transforms/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// stop_gradient(x) -> x
static void eraseStopGradients(ModuleOp module) {
  module.walk([](StopGradientOp op) {
    op.getResult().replaceAllUsesWith(op.getInput());
    op.erase();
  });
}

namespace {

struct DifferentiatePass
    : tensornet::impl::TensorNetDifferentiateBase<DifferentiatePass> {
  using TensorNetDifferentiateBase::TensorNetDifferentiateBase;

  void runOnOperation() override {
    if (!function.empty() && failed(addRequestFunction()))
      return signalPassFailure();
    if (failed(expandRequests(getOperation(), memoryLimit)))
      return signalPassFailure();
    // A pass that adds one request may be followed by others that add more.
    if (function.empty())
      eraseStopGradients(getOperation());
  }

private:
  /// Adds the function that holds the request which the options describe.
  LogicalResult addRequestFunction();
};

} // namespace

LogicalResult DifferentiatePass::addRequestFunction() {
  ModuleOp module = getOperation();
  auto callee = module.lookupSymbol<func::FuncOp>(function);
  if (!callee)
    return module.emitError("tensornet-differentiate: the module has no "
                            "function @")
           << function;
  std::optional<DerivativeMode> requested = symbolizeDerivativeMode(mode);
  if (!requested)
    return module.emitError("tensornet-differentiate: unknown mode '")
           << mode
           << "'; expected value_and_grad, vjp, jvp, jacobian or hessian";
  SmallVector<int64_t> numbers(wrt.begin(), wrt.end());
  return tensornet::addRequest(callee, *requested, numbers, name);
}
