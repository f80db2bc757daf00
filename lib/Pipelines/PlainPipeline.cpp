//===- PlainPipeline.cpp - Naive CPU pipeline -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "tensornet/Conversion/Passes.h"
#include "tensornet/Pipelines/Bufferize.h"
#include "tensornet/Pipelines/LowerToLLVM.h"
#include "tensornet/Pipelines/Pipelines.h"

using namespace mlir;
using namespace mlir::tensornet;

/// Every op on tensors to one that bufferizes.
static void addLinalg(OpPassManager &pm) {
  // Before bufferization, which would otherwise write into arguments.
  pm.addPass(createPrepareEntryPoints());
  // One-shot bufferization knows destinations, not contract itself.
  pm.addPass(createConvertTensorNetToDestination());
  // arith and math on tensors do not bufferize; linalg does.
  pm.addPass(createConvertElementwiseToLinalgPass());
}

void mlir::tensornet::buildPlainCpuPipeline(OpPassManager &pm, CpuStage stage) {
  // Pairwise form is left out: the oracle takes contractions as written.
  if (stage <= CpuStage::pairwise)
    return;
  addLinalg(pm);
  if (stage == CpuStage::linalg)
    return;
  buildBufferizePipeline(pm);
  if (stage == CpuStage::outlined)
    return;
  // Contractions become loops where they have buffers to update in place.
  pm.addPass(createConvertTensorNetToAffine());
  if (stage == CpuStage::buffers)
    return;
  buildLowerToLLVMPipeline(pm);
}
