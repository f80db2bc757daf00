//===- Patterns.h - Families of simplifying rewrites ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The families of rewrites that make up --tensornet-simplify.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_SIMPLIFY_PATTERNS_H
#define TENSORNET_LIB_TRANSFORMS_SIMPLIFY_PATTERNS_H

#include "mlir/IR/PatternMatch.h"
#include "tensornet/Transforms/Simplify.h"

namespace mlir::tensornet {

/// Contractions read through views, ones, deltas, constants and producers.
void populateFlattenPatterns(RewritePatternSet &patterns,
                             const SimplifyOptions &options);

/// Equal terms of sums merge, opposite ones cancel.
void populateSumPatterns(RewritePatternSet &patterns,
                         const SimplifyOptions &options);

/// Products with constants, ones and deltas join contractions; permutations of
/// sums move to the terms that can absorb them; scalars that go into a 0-d
/// tensor and out again stay as they were.
void populateElementwisePatterns(RewritePatternSet &patterns,
                                 const SimplifyOptions &options);

/// Elementwise ops of broadcasts are computed before broadcasting.
void populateBroadcastPatterns(RewritePatternSet &patterns);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_SIMPLIFY_PATTERNS_H
