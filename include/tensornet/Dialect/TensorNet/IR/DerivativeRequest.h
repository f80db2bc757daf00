//===- DerivativeRequest.h - View of the request ops ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One view of the five request ops.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_DERIVATIVEREQUEST_H
#define TENSORNET_DIALECT_TENSORNET_IR_DERIVATIVEREQUEST_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

enum class DerivativeMode { valueAndGrad, vjp, jvp, jacobian, hessian };

/// The name of a mode in ops, flags and options: `value_and_grad`, ...
StringRef stringifyDerivativeMode(DerivativeMode mode);
std::optional<DerivativeMode> symbolizeDerivativeMode(StringRef name);

/// A request op of any mode.
struct DerivativeRequest {
  Operation *op;
  DerivativeMode mode;
  FlatSymbolRefAttr callee;
  /// The point at which the function is differentiated.
  OperandRange args;
  /// Cotangents of vjp, tangents of jvp; empty for other modes.
  OperandRange seeds;
  ArrayRef<int64_t> wrt;

  /// The request that `op` makes; std::nullopt for other ops.
  static std::optional<DerivativeRequest> get(Operation *op);
};

/// The type of a request: from the arguments of the function, then cotangents
/// or tangents, to everything that the request returns. Fails, after reporting
/// through `emitError`, where `wrt` or the types of the function do not allow
/// the request.
FailureOr<FunctionType>
inferRequestType(DerivativeMode mode, FunctionType callee,
                 ArrayRef<int64_t> wrt,
                 function_ref<InFlightDiagnostic()> emitError);

/// Makes a request op. `operands` are the arguments of the function, then
/// cotangents or tangents; `type` is what inferRequestType returns.
Operation *createRequest(OpBuilder &builder, Location loc, DerivativeMode mode,
                         StringRef callee, ValueRange operands,
                         unsigned numArgs, ArrayRef<int64_t> wrt,
                         FunctionType type);

} // namespace mlir::tensornet

#endif // TENSORNET_DIALECT_TENSORNET_IR_DERIVATIVEREQUEST_H
