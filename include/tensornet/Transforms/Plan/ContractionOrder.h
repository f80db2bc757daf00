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

#include "tensornet/Analysis/CostModel.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// The extent that the search assumes for an index whose extent is dynamic.
inline constexpr double kDynamicExtentHint = 64;

/// How a contraction counts one of its operands.
enum class OperandKind {
  /// A tensor that is read at several index points: a leaf of the network.
  Leaf,
  /// One element: 0-d, or without an index in its subscripts.
  Scalar,
  /// A contraction without operands, which is never stored.
  Virtual,
};

/// The kind of operand number `operand` of `op`.
OperandKind getOperandKind(ContractOp op, unsigned operand);

/// The operands of one contraction as the search sees them. Virtual operands
/// (ones, deltas, masks) are no leaves: they ride along with the first step
/// that spans their indices. Scalars are multiplied with each other; their
/// product is one leaf beside the tensors, so that the search decides which
/// tensor it scales, by what that and its adjoints cost.
struct OrderingProblem {
  ContractionGraph graph;
  /// The operand numbers of the first leaves of the graph. The last one is the
  /// product of the scalars, where there are scalars and other leaves.
  SmallVector<unsigned> leaves;
  /// Operand numbers of virtual operands.
  SmallVector<unsigned> riders;
  /// Operand numbers of scalars in the order in which they are multiplied,
  /// active ones last.
  SmallVector<unsigned> scalars;
  unsigned numInactiveScalars = 0;

  /// The problem of ordering `op`, where the gradients with respect to the
  /// operands in `active` (one bit per input) are wanted too.
  OrderingProblem(ContractOp op, const BitVector &active);

  /// What the order of `tree` costs; value and gradients include the products
  /// of scalars with each other.
  TreeCost computeCost(const ContractionTree &tree) const;
};

/// What keeps `op` from pairwise form, such as "index 'k' is private to
/// operand #1"; empty where it is in that form. It is where at most two
/// operands are leaves and where, if two are,
///  - each of its indices is on a leaf, so none is result-only or on virtual
///    operands alone, and
///  - no index is private: on one leaf and not in the result, with all virtual
///    operands that use it spanned by that leaf, so that it can be summed
///    first.
std::string getPairwiseViolation(ContractOp op);

/// True where `op` is in pairwise form.
bool isPairwise(ContractOp op);

/// True where value and adjoints of `op` are binary as it stands: it is in
/// pairwise form and no active scalar stands beside two other factors.
bool hasBinaryAdjoints(ContractOp op, const BitVector &active);

/// Makes the contractions of `tree` (a tree over `problem.leaves`) at the
/// insertion point of `builder` and returns the value that `op` computes, of
/// its type. All of them are in pairwise form. Intermediates have the compute
/// type of `op`.
Value createTree(OpBuilder &builder, ContractOp op,
                 const OrderingProblem &problem, const ContractionTree &tree);

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_PLAN_CONTRACTIONORDER_H
