//===- OptimisedPipeline.cpp - Fast CPU pipeline --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Codegen/CPU/Kernels/TunedKernels.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "tensornet/Conversion/Passes.h"
#include "tensornet/Pipelines/Bufferize.h"
#include "tensornet/Pipelines/LowerToLLVM.h"
#include "tensornet/Pipelines/Pipelines.h"

using namespace mlir;
using namespace mlir::tensornet;

/// Contractions to destinations, everything elementwise to fused linalg ops.
static void addFusion(OpPassManager &pm, const TensorNetToCpuOptions &options) {
  // Fusion knows linalg.generic only. This stands before contractions get
  // fills, which kernels look for.
  pm.addPass(createLinalgGeneralizeNamedOpsPass());
  // Masks and affine subscripts leave plain contractions, kernels and linalg.
  TensorNetAffineContractionsOptions affine;
  affine.vectorWidth = options.vectorWidth;
  pm.addPass(createTensorNetAffineContractions(affine));
  // What is better fused than computed by a kernel.
  TensorNetFusibleContractionsOptions fusible;
  fusible.vectorWidth = options.vectorWidth;
  pm.addPass(createTensorNetFusibleContractions(fusible));
  // Kernels update a destination in place.
  pm.addPass(createConvertTensorNetToDestination());
  // Differences and their exponentials are still ops of their own.
  pm.addPass(createTensorNetBoundExponentials());
  // Chains of elementwise ops become one loop nest each.
  pm.addPass(createConvertElementwiseToLinalgPass());
  pm.addPass(createTensorNetFuseElementwise());
  // What fusion left without a use. Equal fills stay apart: destinations that
  // shared one would need copies.
  pm.addPass(createCanonicalizerPass());
  // What packing computes needs no blocks to stay in cache.
  TensorNetPlaceProloguesOptions prologues;
  prologues.vectorWidth = options.vectorWidth;
  prologues.parallel = options.parallel;
  pm.addPass(createTensorNetPlacePrologues(prologues));
  // Chains are as short as they get.
  TensorNetBlockRowsOptions blocks;
  blocks.parallel = options.parallel;
  pm.addPass(createTensorNetBlockRows(blocks));
  // Bufferization keeps the order of ops.
  pm.addPass(createTensorNetPlaceEpilogues());
  TensorNetPlaceReductionsOptions reductions;
  reductions.vectorWidth = options.vectorWidth;
  reductions.parallel = options.parallel;
  pm.addPass(createTensorNetPlaceReductions(reductions));
  // Contractions are where they stay.
  pm.addPass(createTensorNetPlacePrologues(prologues));
}

/// Destinations become buffers, and the work on them functions.
static void addBuffers(OpPassManager &pm,
                       const TensorNetToCpuOptions &options) {
  buildBufferizePipeline(pm);
  // Blocks that threads share are loops from here on.
  if (options.parallel)
    pm.addPass(createForallToParallelLoopPass());
  // Memory that is free early is used again early.
  pm.addNestedPass<func::FuncOp>(
      bufferization::createOptimizeAllocationLivenessPass());
  // What works on the same rows comes together; after the pass before, which
  // would put frees between.
  TensorNetGroupRowsOptions rows;
  rows.vectorWidth = options.vectorWidth;
  pm.addPass(createTensorNetGroupRows(rows));
  // Copies of slices are loops like others.
  pm.addPass(createConvertStridedCopyToLinalg());
  // Before code grows: what is equal is compiled once.
  pm.addPass(createTensorNetOutlineKernels());
}

void mlir::tensornet::buildOptimisedCpuPipeline(
    OpPassManager &pm, const TensorNetToCpuOptions &options) {
  // Equal work once, and dead work never.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  if (options.stage == CpuStage::pairwise)
    return;
  // Where contractions are still whole: a piece is one more index. With or
  // without threads, so that results are the same bits.
  TensorNetSplitSumsOptions split;
  split.vectorWidth = options.vectorWidth;
  pm.addPass(createTensorNetSplitSums(split));
  // Before bufferization, which would otherwise write into arguments.
  pm.addPass(createPrepareEntryPoints());
  addFusion(pm, options);
  if (options.stage == CpuStage::linalg)
    return;
  addBuffers(pm, options);
  if (options.stage == CpuStage::outlined)
    return;
  buildOutlinedToLLVMPipeline(pm, options);
}

void mlir::tensornet::buildOutlinedToLLVMPipeline(
    OpPassManager &pm, const TensorNetToCpuOptions &options) {
  // What was found by timing comes before the cost model. The layout of every
  // buffer is known, and equal contractions are one.
  if (options.tunedKernels)
    pm.addPass(cpu::createTunedKernelsPass(
        *options.tunedKernels, options.vectorWidth, options.parallel));
  TensorNetChooseKernelsOptions choose;
  choose.vectorWidth = options.vectorWidth;
  choose.parallel = options.parallel;
  choose.matrixUnit = options.matrixUnit;
  pm.addPass(createTensorNetChooseKernels(choose));
  // Kernels that use one thread show themselves, and are still single calls.
  if (options.parallel)
    pm.addPass(createTensorNetShareContractions());
  // Equal slices of a buffer are one value, outside of the loops that leave
  // them alone.
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  // Once it is known how every kernel reads its operands.
  TensorNetSharePackingOptions packing;
  packing.vectorWidth = options.vectorWidth;
  packing.parallel = options.parallel;
  pm.addPass(createTensorNetSharePacking(packing));
  // Destinations and the fills before them are buffers now.
  TensorNetCPUKernelsOptions kernels;
  kernels.vectorWidth = options.vectorWidth;
  kernels.parallel = options.parallel;
  kernels.matrixUnit = options.matrixUnit;
  pm.addPass(createTensorNetCPUKernels(kernels));
  // Fills that kernels left are loops like others.
  pm.addPass(createLinalgGeneralizeNamedOpsPass());
  // What fusion made.
  TensorNetVectorLoopsOptions loops;
  loops.vectorWidth = options.vectorWidth;
  loops.parallel = options.parallel;
  pm.addPass(createTensorNetVectorLoops(loops));
  // Of kernels and loops; before constants leave loops.
  TensorNetVectorFunctionsOptions functions;
  functions.vectorWidth = options.vectorWidth;
  pm.addPass(createTensorNetVectorFunctions(functions));
  if (!cpu::hasFusedMultiplyAdds(cpu::getVectorBits(options.vectorWidth)))
    pm.addPass(createTensorNetSeparateMultiplyAdds());
  // What no kernel fits.
  pm.addPass(createConvertTensorNetToAffine());
  // Before address arithmetic is folded.
  pm.addPass(createTensorNetUnrollShortLoops());
  // Address arithmetic that a loop repeats.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  // Every buffer that the code will need is there now, and loops on threads
  // still show themselves.
  TensorNetPlanMemoryOptions memory;
  memory.limit = options.workspaceLimit;
  pm.addPass(createTensorNetPlanMemory(memory));
  // Workspaces are the last arguments that functions get.
  pm.addPass(createTensorNetPassAddresses());
  if (options.stage == CpuStage::buffers)
    return;
  if (options.parallel) {
    // Before loops become branches.
    pm.addPass(createConvertSCFToOpenMPPass());
    // Scopes of stack memory, which cannot hold branches.
    pm.addPass(createTensorNetInlineStackScopes());
    // Of loops that are regions of their own.
    pm.addPass(createTensorNetOmitBarriers());
  }
  buildLowerToLLVMPipeline(pm);
}
