//===- ChooseKernels.cpp - Kernels as attributes --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCandidate.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETCHOOSEKERNELS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

struct ChooseKernels
    : tensornet::impl::TensorNetChooseKernelsBase<ChooseKernels> {
  using TensorNetChooseKernelsBase::TensorNetChooseKernelsBase;

  void runOnOperation() override {
    unsigned bits = getVectorBits(vectorWidth);
    if (failed(verifyVectorBits(getOperation(), bits)))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([&](ContractIntoOp op) {
      return failed(choose(op, bits)) ? WalkResult::interrupt()
                                      : WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  LogicalResult choose(ContractIntoOp op, unsigned bits) {
    std::optional<KernelCandidate> candidate = getCandidate(op);
    if (!candidate) {
      if (op.getKernelAttr())
        return op.emitOpError("has a kernel, but no kernel fits its operands");
      return success();
    }
    // The attribute speaks of tiles of vectors; a matrix unit has its own.
    if (!op.getKernelAttr() && fitsMatrixUnit(op, *candidate))
      return success();
    FailureOr<std::optional<KernelPlan>> plan =
        planKernel(op, *candidate, bits, parallel);
    if (failed(plan))
      return failure();
    if (*plan)
      op.setKernelAttr(KernelAttr::get(&getContext(), (*plan)->getChoice()));
    return success();
  }
};

} // namespace
