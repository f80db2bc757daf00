//===- Lowerable.h - What lowering starts from ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_UTILS_LOWERABLE_H
#define TENSORNET_CONVERSION_UTILS_LOWERABLE_H

#include "mlir/IR/PatternMatch.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// Fails, with an error at the first one, where derivative requests are left
/// under `root`: lowering knows values only.
LogicalResult verifyNoRequests(Operation *root);

/// The contractions of `root`, users before the producers of their operands,
/// so that whoever replaces one by one still sees which operands are virtual.
SmallVector<ContractOp> collectUsersFirst(Operation *root);

/// The operands of `op` that virtual contractions give: their elements count
/// index points.
SmallVector<int64_t> getCountingOperands(ContractOp op);

/// stop_gradient(x) -> x        (no request is left that could ask)
void populateEraseStopGradientPatterns(RewritePatternSet &patterns);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_UTILS_LOWERABLE_H
