//===- LowerPadding.h - Padding as a fill and a copy ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_LOWERPADDING_H
#define TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_LOWERPADDING_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::tensornet::cpu {

/// Adds the pattern pad(x) -> insert_slice(x, fill), for padding with one
/// value.
void populateLowerPaddingPatterns(RewritePatternSet &patterns);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_CONTRACTIONS_LOWERPADDING_H
