//===- OrderResults.h - Results in the order of an operand ------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_ORDERRESULTS_H
#define TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_ORDERRESULTS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::tensornet::cpu {

/// Adds a pattern for contractions with a large operand whose memory a kernel
/// would read in short pieces, because the much smaller result lies in another
/// order: the sum gets the order of that operand, and is transposed.
///
///     a[k, j, i] b[m, k] -> [i, m, j]     becomes
///     s[m, j, i] -> [i, m, j]   with   s = a[k, j, i] b[m, k] -> [m, j, i]
///
/// So does a result of few columns, which fill few lanes, beside many rows that
/// lie side by side: a[k, m] b[k, n] -> [m, n] becomes the transpose of [n, m].
void populateOrderResultsPatterns(RewritePatternSet &patterns,
                                  unsigned vectorBits);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_ORDERRESULTS_H
