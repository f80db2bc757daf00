//===- Pipelines.cpp - Pipelines of tensornet -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Pipelines/Pipelines.h"

#include "mlir/Pass/PassRegistry.h"
#include "tensornet/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::tensornet;

void mlir::tensornet::buildTensorNetToCpuPipeline(
    OpPassManager &pm, const TensorNetToCpuOptions &options) {
  // Lowering knows values only: requests become ordinary code first.
  pm.addPass(createTensorNetDifferentiate());
  if (options.stage == CpuStage::network)
    return;
  switch (options.style) {
  case CpuStyle::optimised:
    return buildOptimisedCpuPipeline(pm, options);
  case CpuStyle::plain:
    return buildPlainCpuPipeline(pm, options.stage);
  }
}

void mlir::tensornet::registerTensorNetPipelines() {
  PassPipelineRegistration<TensorNetToCpuOptions>(
      "tensornet-to-cpu",
      "Lower a module in any form to the LLVM dialect for the CPU",
      buildTensorNetToCpuPipeline);
}
