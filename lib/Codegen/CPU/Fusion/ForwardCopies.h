//===- ForwardCopies.h - Reads of copies ------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_FUSION_FORWARDCOPIES_H
#define TENSORNET_LIB_CODEGEN_CPU_FUSION_FORWARDCOPIES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace mlir::tensornet::cpu {

/// Elements of `tensor` by the points of some loops.
struct ElementRead {
  Value tensor;
  AffineMap map;
};

/// What a linalg.generic that copies or broadcasts made `read.tensor` of, read
/// at the same points; std::nullopt where none did.
std::optional<ElementRead> getCopied(const ElementRead &read);

/// True where `operand` is read by a sum, again and again, and comes from an
/// elementwise linalg.generic that turns it round for that: the indices of the
/// sum follow one another in the memory of the result, and not so in that of
/// something that this reads.
bool isTurnedForSum(OpOperand &operand);

/// Lets every linalg.generic below `root` read what a producer copies or
/// broadcasts where the producer reads it, unless it turns that round for a
/// sum, and drops results that nobody needs
/// then:
///   b, p = generic(e[i, j], s[i]) { yield s, e / s };  use(b[i, j])
/// becomes
///   p = generic(e[i, j], s[i]) { yield e / s };  use(s[i])
LogicalResult forwardCopies(Operation *root);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_FUSION_FORWARDCOPIES_H
