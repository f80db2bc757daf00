//===- TensorNetToLinalg.h - Contractions to linalg -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTOLINALG_H
#define TENSORNET_CONVERSION_TENSORNETTOLINALG_H

#include "mlir/IR/PatternMatch.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// Replaces `op` by linalg on tensors (see --convert-tensornet-to-linalg).
/// Virtual operands are left without this use where possible.
void lowerContractionToLinalg(RewriterBase &rewriter, ContractOp op);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTOLINALG_H
