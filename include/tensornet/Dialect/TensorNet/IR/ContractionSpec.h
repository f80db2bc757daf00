//===- ContractionSpec.h - The parts of a contraction -----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_CONTRACTIONSPEC_H
#define TENSORNET_DIALECT_TENSORNET_IR_CONTRACTIONSPEC_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// The parts of `op`, to build a similar one; makes no IR. Of `resultSizes`,
/// those that an operand gives at run time are null.
ContractionSpec getContractionSpec(ContractOp op);

} // namespace mlir::tensornet

#endif // TENSORNET_DIALECT_TENSORNET_IR_CONTRACTIONSPEC_H
