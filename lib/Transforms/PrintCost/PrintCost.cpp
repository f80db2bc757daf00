//===- PrintCost.cpp - The pass tensornet-print-cost ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/Buffers/Workspace.h"
#include "tensornet/Transforms/Passes.h"
#include "tensornet/Transforms/PrintCost/FunctionCost.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETPRINTCOST
#include "tensornet/Transforms/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

/// Prints what --tensornet-plan-memory noted on `function`.
static void printMemory(Operation *function) {
  for (auto [attribute, word] :
       {std::make_pair(kWorkspaceAttrName, "workspace"),
        std::make_pair(kThreadWorkspaceAttrName, "thread-workspace"),
        std::make_pair(kPooledAttrName, "pooled")})
    if (auto count = function->getAttrOfType<IntegerAttr>(attribute))
      llvm::outs() << " " << word << "=" << count.getInt();
}

namespace {

struct PrintCostPass : tensornet::impl::TensorNetPrintCostBase<PrintCostPass> {
  using TensorNetPrintCostBase::TensorNetPrintCostBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<FunctionOpInterface>()) {
      if (function.isExternal())
        continue;
      FunctionCost cost = computeFunctionCost(function);
      llvm::outs() << "@" << function.getName()
                   << ": multiplications=" << cost.multiplications
                   << " largest=" << cost.largest << " peak=" << cost.peak;
      if (planned) {
        FunctionCost after = computeFunctionCost(function, /*planned=*/true);
        llvm::outs() << " planned=" << after.multiplications
                     << " shared=" << after.shared;
      }
      printMemory(function);
      llvm::outs() << "\n";
    }
    llvm::outs().flush();
    markAllAnalysesPreserved();
  }
};

} // namespace
