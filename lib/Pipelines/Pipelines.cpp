//===- Pipelines.cpp - Pipelines of tensornet -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Pipelines/Pipelines.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "tensornet/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::tensornet;

void mlir::tensornet::buildNetworkPipeline(OpPassManager &pm,
                                           uint64_t memoryLimit) {
  TensorNetSimplifyOptions simplify;
  simplify.realArithmetic = true;
  // First, so that contractions which feed only each other are ordered as one
  // and derivatives are taken of little.
  pm.addPass(createTensorNetSimplify(simplify));
  // Everything below knows values only.
  TensorNetDifferentiateOptions differentiate;
  differentiate.memoryLimit = memoryLimit;
  pm.addPass(createTensorNetDifferentiate(differentiate));
  // One block holds the whole network: plan orders block by block.
  pm.addPass(createInlinerPass());
  pm.addPass(createSymbolDCEPass());
  // What derivatives leave to fold. The trees that they share stay whole.
  simplify.flatten = false;
  pm.addPass(createTensorNetSimplify(simplify));
  // Value and derivatives are one program now: what they have in common is
  // computed once, and planned once.
  pm.addPass(createTensorNetCSE());
}

void mlir::tensornet::buildPairwisePipeline(OpPassManager &pm,
                                            uint64_t memoryLimit) {
  // Contractions off the active paths still have many operands.
  TensorNetPlanOptions plan;
  plan.memoryLimit = memoryLimit;
  pm.addPass(createTensorNetPlan(plan));
  // Orders may have brought out equal parts.
  pm.addPass(createTensorNetCSE());
  // Who reads an intermediate is known now.
  pm.addPass(createTensorNetLayout());
}

void mlir::tensornet::buildTensorNetToCpuPipeline(
    OpPassManager &pm, const TensorNetToCpuOptions &options) {
  switch (options.style) {
  case CpuStyle::optimised:
    buildNetworkPipeline(pm, options.memoryLimit);
    if (options.stage == CpuStage::network)
      return;
    buildPairwisePipeline(pm, options.memoryLimit);
    return buildOptimisedCpuPipeline(pm, options);
  case CpuStyle::plain:
    // The oracle takes contractions as written.
    pm.addPass(createTensorNetDifferentiate());
    if (options.stage == CpuStage::network)
      return;
    return buildPlainCpuPipeline(pm, options.stage);
  }
}

void mlir::tensornet::registerTensorNetPipelines() {
  PassPipelineRegistration<TensorNetToCpuOptions>(
      "tensornet-to-cpu",
      "Lower a module in any form to the LLVM dialect for the CPU",
      buildTensorNetToCpuPipeline);
}
