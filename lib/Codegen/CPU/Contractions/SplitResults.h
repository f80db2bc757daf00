//===- SplitResults.h - Sums behind scattering results ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_SPLITRESULTS_H
#define TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_SPLITRESULTS_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet::cpu {

/// Rewrites a contraction of static shapes whose result has places that many
/// points hit, or none, so that kernels can compute the sums:
///
///     a[i, k] b[k, j] -> [i, i, j]   becomes   d[i, j] -> [i, i, j]
///         where d is a[i, k] b[k, j] -> [i, j]
///     y[h] k[r] -> [2 * h + r]       becomes   y[q - s] k[2 * s + c] -> [q, c]
///         whose elements, in this order, are those of the result
///
/// Returns whether it did.
bool splitResult(RewriterBase &rewriter, ContractOp op);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_SPLITRESULTS_H
