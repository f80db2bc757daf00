//===- TensorNetToAffine.h - Contractions to loops --------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTOAFFINE_H
#define TENSORNET_CONVERSION_TENSORNETTOAFFINE_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::tensornet {

/// Adds the patterns of --convert-tensornet-to-affine.
void populateTensorNetToAffinePatterns(RewritePatternSet &patterns);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTOAFFINE_H
