//===- Absorb.h - Operands to read through ----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which operands of a contraction are better read through their definition.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_SIMPLIFY_ABSORB_H
#define TENSORNET_LIB_TRANSFORMS_SIMPLIFY_ABSORB_H

#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "tensornet/Transforms/Simplify.h"

namespace mlir::tensornet {

/// How a contraction reads an operand after simplification.
enum class OperandKind {
  leaf,     ///< as it is
  constant, ///< a splat constant: a scalar factor, and ones
  ones,     ///< a contraction without operands: ones, deltas, masks
  scaled,   ///< arith.negf or arith.mulf by a constant: its operand, a factor
  view,     ///< a contraction of one tensor that copies elements
  producer, ///< any other contraction
};

/// A kind, and for leaves the reason why nothing better was possible.
struct OperandChoice {
  OperandKind kind;
  StringRef reason;
};

/// What is known about the contractions between the one that is rewritten and
/// the operand.
struct ReadContext {
  /// They go away when their operands are read instead, so that reading through
  /// costs no second computation.
  bool exclusive;
  /// Producers of several tensors may join: flattening is allowed, or none of
  /// the contractions adds an index point.
  bool joins;
};

/// Chooses how to read `operand` of a contraction.
OperandChoice chooseOperand(OpOperand &operand, ReadContext context,
                            const SimplifyOptions &options);

/// True where `consumer` only permutes, sums or takes a diagonal of one tensor,
/// so that it may join the ordered tree that makes that tensor.
bool keepsOrder(ContractOp consumer);

/// True where `op` is the only operand that its one user, a contraction, will
/// read through: then there is nothing to do for `op` itself.
bool isAbsorbedByUser(ContractOp op, const SimplifyOptions &options);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_SIMPLIFY_ABSORB_H
