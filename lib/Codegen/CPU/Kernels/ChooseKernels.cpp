//===- ChooseKernels.cpp - Kernels as attributes --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCandidate.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETCHOOSEKERNELS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// The private functions that only the bodies of parallel loops call, where one
/// thread runs them.
static DenseSet<StringAttr> findCallees(Operation *root) {
  DenseSet<StringAttr> inside, outside;
  root->walk([&](func::CallOp call) {
    bool isInside = call->getParentOfType<scf::ParallelOp>();
    (isInside ? inside : outside).insert(call.getCalleeAttr().getAttr());
  });
  root->walk([&](func::FuncOp function) {
    if (function.isPublic())
      outside.insert(function.getSymNameAttr());
  });
  for (StringAttr name : outside)
    inside.erase(name);
  return inside;
}

namespace {

struct ChooseKernels
    : tensornet::impl::TensorNetChooseKernelsBase<ChooseKernels> {
  using TensorNetChooseKernelsBase::TensorNetChooseKernelsBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    if (failed(verifyVectorBits(getOperation(), bits)))
      return signalPassFailure();
    DenseSet<StringAttr> callees = findCallees(getOperation());
    WalkResult result = getOperation()->walk([&](ContractIntoOp op) {
      auto function = op->getParentOfType<func::FuncOp>();
      bool isShared = op->getParentOfType<scf::ParallelOp>() ||
                      (function && callees.contains(function.getSymNameAttr()));
      return failed(choose(op, bits, parallel && !isShared))
                 ? WalkResult::interrupt()
                 : WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  LogicalResult choose(ContractIntoOp op, unsigned bits, bool onThreads) {
    std::optional<KernelCandidate> candidate = getCandidate(op);
    if (!candidate) {
      if (op.getKernelAttr())
        return op.emitOpError("has a kernel, but no kernel fits its operands");
      return success();
    }
    // The attribute speaks of tiles of vectors; a matrix unit has its own.
    if (!op.getKernelAttr() &&
        fitsMatrixUnit(op, *candidate, getMatrixUnit(matrixUnit)))
      return success();
    FailureOr<std::optional<KernelPlan>> plan =
        planKernel(op, *candidate, bits, onThreads);
    if (failed(plan))
      return failure();
    if (*plan)
      op.setKernelAttr(KernelAttr::get(&getContext(), (*plan)->getChoice()));
    return success();
  }
};

} // namespace
