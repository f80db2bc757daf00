//===- RunTimeChecks.h - Checks that types leave open -----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_UTILS_RUNTIMECHECKS_H
#define TENSORNET_CONVERSION_UTILS_RUNTIMECHECKS_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// Makes a `tensornet.check` for everything that `op` requires and that its
/// types do not settle: bare subscripts of one index that have the same size,
/// explicit extents and sizes that are not negative. A check that depends on
/// function arguments alone, of an op that always runs, stands at the
/// function's entry.
void createRunTimeChecks(OpBuilder &builder, ContractOp op);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_UTILS_RUNTIMECHECKS_H
