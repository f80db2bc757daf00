//===- InitAll.cpp - Registration of dialects and passes ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/InitAll.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "tensornet/Conversion/Passes.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "tensornet/Pipelines/Pipelines.h"
#include "tensornet/Transforms/Differentiate/CallRule.h"
#include "tensornet/Transforms/Differentiate/Rules.h"
#include "tensornet/Transforms/Passes.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

using namespace mlir;

void tensornet::registerTensorNetDialects(DialectRegistry &registry) {
  registry.insert<TensorNetDialect>();
  registerCallRule(registry);
  registerDerivativeRules(registry);
}

void tensornet::registerTensorNetPasses() {
  registerConvertAssertToHandler();
  registerConvertStridedCopyToLinalg();
  registerConvertTensorNetToAffine();
  registerConvertTensorNetToDestination();
  registerConvertTensorNetToLinalg();
  registerCheckAllocations();
  registerConvertExtremesToLLVM();
  registerConvertMathNearZeroToLibm();
  registerNarrowDoubles();
  registerPrepareEntryPoints();
  registerResultsToOutParams();
  registerTensorNetCPUPasses();
  registerTensorNetCSE();
  registerTensorNetDifferentiate();
  registerTensorNetLayout();
  registerTensorNetPipelines();
  registerTensorNetPlan();
  registerTensorNetPrintCost();
  registerTensorNetVerifyForm();
  registerTensorNetSimplify();
}

void tensornet::registerAllDialects(DialectRegistry &registry) {
  ::mlir::registerAllDialects(registry);
  ::mlir::registerAllExtensions(registry);
  registerTensorNetDialects(registry);
}

void tensornet::registerAllPasses() {
  ::mlir::registerAllPasses();
  registerTensorNetPasses();
}
