//===- LayoutProblem.h - Tensors that share an order ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_LAYOUT_LAYOUTPROBLEM_H
#define TENSORNET_LIB_TRANSFORMS_LAYOUT_LAYOUTPROBLEM_H

#include "LayoutCost.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::tensornet {

/// For each new dimension the old one.
using DimOrder = SmallVector<unsigned, 4>;

/// True for an elementwise op on tensors with one result.
bool isElementwise(Operation *op);

/// The tensors below an op whose dimensions may be put in another order: those
/// that only contractions of bare subscripts and elementwise ops make and read.
/// Tensors that elementwise ops connect have one order.
class LayoutProblem {
public:
  explicit LayoutProblem(Operation *root);

  /// Chooses an order for every group of tensors, with the least cost next to
  /// the orders of the others, and repeats that once.
  void solve();
  /// The order of the dimensions of `value`; null where it stays.
  const DimOrder *getOrder(Value value) const;

private:
  /// A contraction: a group, or none, and the indices of each tensor.
  struct Contraction {
    SmallVector<std::optional<unsigned>, 3> groups;
    SmallVector<IndexOrder, 3> tensors;
    SmallVector<double> extents;
  };
  struct Group {
    DimOrder order;
    /// The contractions that make or read one of its tensors.
    SmallVector<unsigned> contractions;
  };

  void connect(Operation *root);
  void addContraction(ContractOp op);
  IndexOrder getIndices(const Contraction &contraction, unsigned tensor) const;
  double getCost(const Group &group) const;
  void addCandidates(unsigned group, SmallVector<DimOrder> &candidates) const;
  void chooseOrder(unsigned group);

  llvm::EquivalenceClasses<Value> connected;
  /// The group of every tensor that may change, by the first of its class.
  DenseMap<Value, unsigned> groupOf;
  SmallVector<Group> groups;
  SmallVector<Contraction> contractions;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_LAYOUT_LAYOUTPROBLEM_H
