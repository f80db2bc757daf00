//===- RequestExpansion.h - One request expanded ----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_REQUESTEXPANSION_H
#define TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_REQUESTEXPANSION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"

namespace mlir::tensornet {

/// The values that `request`, which is no Hessian, asks of `function`, computed
/// before it. `isHessian` says that the function is the gradient of another
/// one, so that its Jacobian is symmetric; `memoryLimit` is that of
/// expandRequests(). Fails after an error.
FailureOr<SmallVector<Value>> expandRequest(DerivativeRequest request,
                                            func::FuncOp function,
                                            bool isHessian,
                                            uint64_t memoryLimit);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_DIFFERENTIATE_REQUESTEXPANSION_H
