//===- OrderOperands.h - Small operands in the order of a large -*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_ORDEROPERANDS_H
#define TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_ORDEROPERANDS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::tensornet::cpu {

/// Adds a pattern for contractions of a large operand, contiguous along the
/// sum, with a few vectors that lie across it: these are transposed, so that
/// vector loops along the sum read both operands as they lie.
///
///     a[i, k] b[k, j] -> [i, j]     becomes
///     a[i, k] t[j, k] -> [i, j]   with   t = b[k, j] -> [j, k]
void populateOrderOperandsPatterns(RewritePatternSet &patterns,
                                   unsigned vectorBits);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_ORDEROPERANDS_H
