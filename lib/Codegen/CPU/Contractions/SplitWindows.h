//===- SplitWindows.h - Windows side by side --------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_SPLITWINDOWS_H
#define TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_SPLITWINDOWS_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// Rewrites a contraction of static shapes with dimensions that windows cover
/// side by side, without gaps or overlaps, as one where windows and their
/// points are dimensions:
///
///     x[n, 2 * h + r] w[r, o] -> [n, h, o]   becomes
///     y[n, h, r] w[r, o] -> [n, h, o]
///         where r < 2, and y is x with its last dimension as two
///
/// Likewise in the result. Returns the contraction to go on with, `op` where
/// nothing is to be split.
ContractOp splitWindows(RewriterBase &rewriter, ContractOp op);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_SPLITWINDOWS_H
