//===- ContractVerifier.h - Constraints of contractions ---------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_CONTRACTVERIFIER_H
#define TENSORNET_DIALECT_TENSORNET_IR_CONTRACTVERIFIER_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// Checks the constraints that contract and contract_into share (C1 to C6 and
/// C8 to C11). `target` is the type of the result or of the destination.
LogicalResult verifyContraction(Operation *op, const Indexing &indexing,
                                ValueRange inputs, ValueRange extents,
                                ShapedType target);

} // namespace mlir::tensornet

#endif // TENSORNET_DIALECT_TENSORNET_IR_CONTRACTVERIFIER_H
