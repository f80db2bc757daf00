//===- AddRequest.h - Functions of one request ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Derivatives of a function as a function.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_DIFFERENTIATE_ADDREQUEST_H
#define TENSORNET_TRANSFORMS_DIFFERENTIATE_ADDREQUEST_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"

namespace mlir::tensornet {

/// The numbers of all arguments that can be differentiated.
SmallVector<int64_t> getDifferentiableArguments(func::FuncOp function);

/// Adds, after `callee`, a function `name` that holds one request for the
/// derivatives of `callee`, and returns it. Its arguments are those of
/// `callee`, then cotangents or tangents. An empty `wrt` stands for every
/// argument that can be differentiated; an empty `name` for <callee>_<mode>.
/// Fails, after reporting, where the name is taken or the request is not
/// allowed.
FailureOr<func::FuncOp> addRequest(func::FuncOp callee, DerivativeMode mode,
                                   ArrayRef<int64_t> wrt, StringRef name = "");

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_DIFFERENTIATE_ADDREQUEST_H
