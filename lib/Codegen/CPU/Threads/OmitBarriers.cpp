//===- OmitBarriers.cpp - Loops that end with their region ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "tensornet/Codegen/CPU/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETOMITBARRIERS
#include "tensornet/Codegen/CPU/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;

namespace {

struct OmitBarriers : tensornet::impl::TensorNetOmitBarriersBase<OmitBarriers> {
  void runOnOperation() override {
    getOperation()->walk([](omp::ParallelOp region) {
      Operation *end = region.getRegion().back().getTerminator();
      if (auto loop = dyn_cast_or_null<omp::WsloopOp>(end->getPrevNode()))
        loop.setNowait(true);
    });
  }
};

} // namespace
