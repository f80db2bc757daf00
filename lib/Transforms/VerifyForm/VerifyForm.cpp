//===- VerifyForm.cpp - The pass tensornet-verify-form --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "tensornet/Transforms/Passes.h"
#include "tensornet/Transforms/Plan/ContractionOrder.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::tensornet {
#define GEN_PASS_DEF_TENSORNETVERIFYFORM
#include "tensornet/Transforms/Passes.h.inc"
} // namespace mlir::tensornet

using namespace mlir;
using namespace mlir::tensornet;

namespace {
/// Each form allows less than the one before.
enum class Form { Source, Network, Pairwise };
} // namespace

static std::optional<Form> parseForm(StringRef text) {
  return llvm::StringSwitch<std::optional<Form>>(text)
      .Case("source", Form::Source)
      .Case("network", Form::Network)
      .Case("pairwise", Form::Pairwise)
      .Default(std::nullopt);
}

static StringRef getName(Form form) {
  switch (form) {
  case Form::Source:
    return "source";
  case Form::Network:
    return "network";
  case Form::Pairwise:
    return "pairwise";
  }
  llvm_unreachable("every form has a name");
}

static bool isTensorOrScalar(Type type) {
  return type.isIntOrIndexOrFloat() || isa<ComplexType, TensorType>(type);
}

static InFlightDiagnostic emitViolation(Operation *op, Form form) {
  return op->emitOpError("is not in ") << getName(form) << " form: ";
}

/// Checks that the values of one kind ("operand", ...) are tensors and scalars.
static LogicalResult verifyTypes(Operation *op, Form form, StringRef kind,
                                 TypeRange types) {
  for (auto [number, type] : llvm::enumerate(types))
    if (!isTensorOrScalar(type))
      return emitViolation(op, form)
             << kind << " #" << number << " has type " << type
             << ", but only tensors and scalars are allowed";
  return success();
}

static LogicalResult verifyValueSemantics(Operation *op, Form form) {
  if (failed(verifyTypes(op, form, "operand", op->getOperandTypes())) ||
      failed(verifyTypes(op, form, "result", op->getResultTypes())))
    return failure();
  // A declaration has no block whose arguments could be looked at.
  if (auto function = dyn_cast<FunctionOpInterface>(op);
      function && function.isExternal())
    return failure(
        failed(
            verifyTypes(op, form, "argument", function.getArgumentTypes())) ||
        failed(verifyTypes(op, form, "result", function.getResultTypes())));
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (failed(verifyTypes(op, form, "block argument",
                             block.getArgumentTypes())))
        return failure();
  return success();
}

static LogicalResult verifyForm(Operation *op, Form form) {
  if (failed(verifyValueSemantics(op, form)))
    return failure();
  if (form != Form::Source && DerivativeRequest::get(op))
    return emitViolation(op, form) << "derivative requests are expanded there";
  auto contract = dyn_cast<ContractOp>(op);
  if (form != Form::Pairwise || !contract)
    return success();
  std::string violation = getPairwiseViolation(contract);
  return violation.empty() ? success() : emitViolation(op, form) << violation;
}

namespace {

struct VerifyFormPass
    : tensornet::impl::TensorNetVerifyFormBase<VerifyFormPass> {
  using TensorNetVerifyFormBase::TensorNetVerifyFormBase;

  void runOnOperation() override {
    std::optional<Form> parsed = parseForm(form);
    if (!parsed) {
      getOperation()->emitError("tensornet-verify-form: unknown form '")
          << form << "'; expected source, network or pairwise";
      return signalPassFailure();
    }
    WalkResult result =
        getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
          return failed(verifyForm(op, *parsed)) ? WalkResult::interrupt()
                                                 : WalkResult::advance();
        });
    if (result.wasInterrupted())
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
