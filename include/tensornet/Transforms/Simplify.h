//===- Simplify.h - Rewrites that simplify contractions ---------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rewrites of --tensornet-simplify for other passes to apply.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_SIMPLIFY_H
#define TENSORNET_TRANSFORMS_SIMPLIFY_H

namespace mlir {
class RewritePatternSet;

namespace tensornet {

/// What the rewrites may do.
struct SimplifyOptions {
  /// Substitute single-use producers with several operands into their
  /// consumers. Off after differentiation, where the pairwise trees that
  /// derivatives share would come apart; views, deltas, ones and constants are
  /// absorbed all the same.
  bool flatten = true;
  /// Treat floating arith ops as operations on real numbers, whatever their
  /// fast-math flags say.
  bool realArithmetic = false;
};

/// Adds the rewrites of --tensornet-simplify. They end under the greedy driver:
/// each lowers the first of these numbers that it changes:
///  - elements that elementwise ops compute,
///  - sums and negations between contractions and what they read,
///  - contractions between contractions and what they read,
///  - ranks of virtual and constant operands, each plus one.
void populateSimplifyPatterns(RewritePatternSet &patterns,
                              const SimplifyOptions &options);

} // namespace tensornet
} // namespace mlir

#endif // TENSORNET_TRANSFORMS_SIMPLIFY_H
