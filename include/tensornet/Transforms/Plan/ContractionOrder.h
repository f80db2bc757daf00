//===- ContractionOrder.h - Contractions in an order ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From one n-ary contraction to the graph that the path search orders, and
// from the order found back to contractions in pairwise form.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_PLAN_CONTRACTIONORDER_H
#define TENSORNET_TRANSFORMS_PLAN_CONTRACTIONORDER_H

#include "tensornet/Analysis/ContractionTree.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// The extent that the search assumes for an index whose extent is dynamic.
inline constexpr double kDynamicExtentHint = 64;

/// The operands of one contraction as the search sees them. 0-d operands and
/// virtual ones (ones, deltas, masks) are no leaves: they ride along with the
/// first step that spans their indices. An active 0-d operand is multiplied in
/// by a step of its own, so that its adjoint needs no third operand.
struct OrderingProblem {
  ContractionGraph graph;
  /// The operand numbers of the leaves of the graph.
  SmallVector<unsigned> leaves;
  /// Operand numbers of virtual operands and inactive 0-d ones.
  SmallVector<unsigned> riders;
  /// Operand numbers of active 0-d operands.
  SmallVector<unsigned> activeScalars;

  /// The problem of ordering `op`, where the gradients with respect to the
  /// operands in `active` (one bit per input) are wanted too.
  OrderingProblem(ContractOp op, const BitVector &active);
};

/// True where `op` is in pairwise form: at most two operands besides 0-d and
/// virtual ones, no index private to one operand of a binary contraction, and
/// none result-only beside a product.
bool isPairwise(ContractOp op);

/// Makes the contractions of `tree` (a tree over `problem.leaves`) at the
/// insertion point of `builder` and returns the value that `op` computes. All
/// of them are in pairwise form. Intermediates have the compute type of `op`.
Value createTree(OpBuilder &builder, ContractOp op,
                 const OrderingProblem &problem, const ContractionTree &tree);

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_PLAN_CONTRACTIONORDER_H
