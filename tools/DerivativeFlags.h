//===- DerivativeFlags.h - Flags of derivatives -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The flags by which our tools request derivatives.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_DERIVATIVEFLAGS_H
#define TENSORNET_TOOLS_DERIVATIVEFLAGS_H

#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "tensornet/Transforms/Differentiate/AddRequest.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

namespace mlir::tensornet {

/// --derivative and --wrt, which exist from construction on.
struct DerivativeFlags {
  explicit DerivativeFlags(llvm::cl::OptionCategory &category)
      : mode("derivative",
             llvm::cl::desc("Take the derivatives of the function:"),
             llvm::cl::values(
                 clEnumValN(DerivativeMode::valueAndGrad, "value_and_grad",
                            "all results, then the gradients of the first"),
                 clEnumValN(DerivativeMode::vjp, "vjp",
                            "all results, then cotangents times Jacobians; "
                            "cotangents are further inputs"),
                 clEnumValN(DerivativeMode::jvp, "jvp",
                            "all results, then Jacobians times tangents; "
                            "tangents are further inputs"),
                 clEnumValN(DerivativeMode::jacobian, "jacobian",
                            "the Jacobians of the results"),
                 clEnumValN(DerivativeMode::hessian, "hessian",
                            "the second derivatives of the first result")),
             llvm::cl::cat(category)),
        wrt("wrt", llvm::cl::CommaSeparated,
            llvm::cl::desc("The arguments to differentiate (default: all "
                           "floating ones)"),
            llvm::cl::value_desc("0,1"), llvm::cl::cat(category)) {}

  llvm::Error check() const {
    if (!mode.getNumOccurrences() && !wrt.empty())
      return llvm::createStringError("--wrt needs --derivative");
    return llvm::Error::success();
  }

  /// The mode, if one is given.
  std::optional<DerivativeMode> getMode() const {
    if (!mode.getNumOccurrences())
      return std::nullopt;
    return mode.getValue();
  }

  llvm::cl::opt<DerivativeMode> mode;
  llvm::cl::list<int64_t> wrt;
};

/// `function`, or a new function beside it that requests its derivatives. Fails
/// after reporting.
inline FailureOr<func::FuncOp>
addDerivatives(func::FuncOp function, std::optional<DerivativeMode> mode,
               ArrayRef<int64_t> wrt) {
  if (!mode)
    return function;
  std::string name =
      (function.getName() + "_" + stringifyDerivativeMode(*mode)).str();
  while (function->getParentOfType<ModuleOp>().lookupSymbol(name))
    name += "_";
  return addRequest(function, *mode, wrt, name);
}

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_DERIVATIVEFLAGS_H
