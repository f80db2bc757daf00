//===- LowerToLLVM.cpp - Buffers to the LLVM dialect ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Pipelines/LowerToLLVM.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "tensornet/Conversion/Passes.h"

using namespace mlir;
using namespace mlir::tensornet;

/// Everything with a body to branches.
static void addLoopLowering(OpPassManager &pm) {
  // Before the linalg loops: a strided copy becomes linalg.
  pm.addPass(createConvertStridedCopyToLinalg());
  pm.addPass(createConvertLinalgToLoopsPass());
  // Subviews become arithmetic on descriptors, which may be affine.apply, so
  // it stands before the affine lowering.
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  // Needs branches; the handler's message is a global of the LLVM dialect.
  pm.addPass(createConvertAssertToHandler());
}

/// Scalar operations to what the LLVM dialect or libm has.
static void addScalarLowering(OpPassManager &pm) {
  // Complex functions become real ones, which the next passes lower.
  pm.addPass(createConvertComplexToStandardPass());
  // Integer powers have no LLVM counterpart.
  pm.addPass(createConvertMathToFuncs());
  // Makes math.absf: before the lowering of math.
  pm.addPass(createNarrowDoubles());
  // Before the lowering of math, which loses digits of these.
  pm.addPass(createConvertMathNearZeroToLibm());
  // Functions that LLVM has as intrinsics before those only libm has.
  pm.addNestedPass<func::FuncOp>(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertExtremesToLLVM());
  // bf16 rounding in integer arithmetic: no call of a compiler runtime, which
  // a JIT may not find.
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  pm.addPass(arith::createArithExpandOpsPass(expand));
}

void mlir::tensornet::buildLowerToLLVMPipeline(OpPassManager &pm) {
  addLoopLowering(pm);
  addScalarLowering(pm);
  // Vectors take several steps, of which the conversion below knows the last.
  // Vector code for AVX-512 has a few instructions of its own.
  ConvertVectorToLLVMPassOptions vectors;
  vectors.x86Vector = true;
  pm.addPass(createConvertVectorToLLVMPass(vectors));
  // All dialects in one conversion: one pass each takes many times as long.
  pm.addPass(createConvertToLLVMPass());
  // What the dialect conversions left between each other.
  pm.addPass(createReconcileUnrealizedCastsPass());
}
