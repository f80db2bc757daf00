//===- TunedKernels.cpp - Kernels found by timing -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/Kernels/TunedKernels.h"
#include "KernelCandidate.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/AsmState.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

TunedKernels::~TunedKernels() = default;

ContractIntoOp cpu::getOpenContraction(func::FuncOp function) {
  if (function.isExternal() || !function.isPrivate() ||
      !function.getBody().hasOneBlock())
    return nullptr;
  auto contractions = function.getOps<ContractIntoOp>();
  if (!llvm::hasSingleElement(contractions))
    return nullptr;
  ContractIntoOp op = *contractions.begin();
  return op.getKernelAttr() ? nullptr : op;
}

KernelSignature cpu::getKernelSignature(func::FuncOp function,
                                        unsigned vectorWidth) {
  KernelSignature signature;
  signature.vectorBits = getVectorBits(vectorWidth);
  llvm::raw_string_ostream os(signature.work);
  OpPrintingFlags flags;
  flags.useLocalScope().printGenericOpForm();
  AsmState state(function, flags);
  os << function.getFunctionType() << "\n";
  for (Operation &op : function.getBody().front()) {
    op.print(os, state);
    os << "\n";
  }
  return signature;
}

int64_t cpu::getKernelVectorLength(ContractIntoOp op, unsigned vectorWidth) {
  return getKernelTarget(op.getInitType().getElementType(),
                         getVectorBits(vectorWidth))
      .vectorLength;
}

namespace {

struct TakeTunedKernels
    : PassWrapper<TakeTunedKernels, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TakeTunedKernels)

  TakeTunedKernels(const TunedKernels &kernels, unsigned vectorWidth,
                   bool parallel)
      : kernels(kernels), vectorWidth(vectorWidth), parallel(parallel) {}

  StringRef getArgument() const override { return "tensornet-tuned-kernels"; }
  StringRef getDescription() const override {
    return "take kernels that were found by timing";
  }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (ContractIntoOp op = getOpenContraction(function))
        take(op, getKernelSignature(function, vectorWidth));
  }

private:
  void take(ContractIntoOp op, const KernelSignature &signature) {
    std::optional<std::string> text = kernels.find(signature);
    if (!text)
      return;
    ScopedDiagnosticHandler silence(&getContext(),
                                    [](Diagnostic &) { return success(); });
    auto kernel =
        dyn_cast_or_null<KernelAttr>(parseAttribute(*text, &getContext()));
    FailureOr<KernelChoice> choice = failure();
    if (kernel)
      choice = complete(op, kernel, signature.vectorBits);
    if (succeeded(choice))
      op.setKernelAttr(KernelAttr::get(&getContext(), *choice));
    else
      kernels.refuse(signature);
  }

  /// What `kernel` says for `op`, completed by the model; fails where it is
  /// impossible.
  FailureOr<KernelChoice> complete(ContractIntoOp op, KernelAttr kernel,
                                   unsigned vectorBits) {
    std::optional<KernelCandidate> candidate = getCandidate(op);
    if (!candidate)
      return failure();
    op.setKernelAttr(kernel);
    auto plan = planKernel(op, *candidate, vectorBits, /*parallel=*/false);
    op.removeKernelAttr();
    if (failed(plan) || !*plan)
      return failure();
    // Where the kernel leaves it open, blocks are cut for threads.
    KernelChoice given;
    if (kernel.getValue().distribute)
      given = kernel.getValue();
    if (parallel)
      if (llvm::Error error = distributeKernel(**plan, given))
        return consumeError(std::move(error)), failure();
    return (*plan)->getChoice();
  }

  const TunedKernels &kernels;
  unsigned vectorWidth;
  bool parallel;
};

} // namespace

std::unique_ptr<Pass> cpu::createTunedKernelsPass(const TunedKernels &kernels,
                                                  unsigned vectorWidth,
                                                  bool parallel) {
  return std::make_unique<TakeTunedKernels>(kernels, vectorWidth, parallel);
}
