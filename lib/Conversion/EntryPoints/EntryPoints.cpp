//===- EntryPoints.cpp - Functions called from outside --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "tensornet/Conversion/Passes.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_PREPAREENTRYPOINTS
#define GEN_PASS_DEF_RESULTSTOOUTPARAMS
#include "tensornet/Conversion/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// return %a, %a -> return %a, %copy: every result has a buffer of its own.
static void separateResults(func::ReturnOp op) {
  OpBuilder builder(op);
  llvm::SmallDenseSet<Value> seen;
  for (OpOperand &result : op->getOpOperands()) {
    auto type = dyn_cast<MemRefType>(result.get().getType());
    if (!type || seen.insert(result.get()).second)
      continue;
    Value copy = memref::AllocOp::create(
        builder, op.getLoc(),
        memref::getMixedSizes(builder, op.getLoc(), result.get()),
        type.getElementType());
    memref::CopyOp::create(builder, op.getLoc(), result.get(), copy);
    result.set(copy);
  }
}

namespace {

struct PrepareEntryPoints
    : tensornet::impl::PrepareEntryPointsBase<PrepareEntryPoints> {
  void runOnOperation() override {
    Builder builder(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function.isPublic() || function.isExternal())
        continue;
      function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                        builder.getUnitAttr());
      for (BlockArgument argument : function.getArguments())
        if (isa<TensorType>(argument.getType()))
          function.setArgAttr(
              argument.getArgNumber(),
              bufferization::BufferizationDialect::kWritableAttrName,
              builder.getBoolAttr(false));
    }
  }
};

struct ResultsToOutParams
    : tensornet::impl::ResultsToOutParamsBase<ResultsToOutParams> {
  void runOnOperation() override {
    getOperation().walk(separateResults);
    bufferization::BufferResultsToOutParamsOpts options;
    options.modifyPublicFunctions = true;
    options.hoistStaticAllocs = true;
    options.filterFn = [](func::FuncOp *function) {
      return llvm::none_of(function->getResultTypes(), [](Type type) {
        auto buffer = dyn_cast<MemRefType>(type);
        return buffer && !buffer.hasStaticShape();
      });
    };
    if (failed(bufferization::promoteBufferResultsToOutParams(getOperation(),
                                                              options)))
      signalPassFailure();
  }
};

} // namespace
