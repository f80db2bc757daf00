//===- TensorNetToDestination.h - Give destinations -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTODESTINATION_H
#define TENSORNET_CONVERSION_TENSORNETTODESTINATION_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// An uninitialised tensor of the shape of `op`'s result and of the given
/// element type.
Value createEmptyResult(OpBuilder &builder, ContractOp op, Type elementType);

/// A tensor of zeros of the shape of `op`'s result and of the given element
/// type.
Value createZeroResult(OpBuilder &builder, ContractOp op, Type elementType);

/// `value`, of the shape of `op`'s result, in the element type of that result:
/// one elementwise linalg.generic, or `value` itself where nothing changes.
Value createRounding(OpBuilder &builder, ContractOp op, Value value);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTODESTINATION_H
