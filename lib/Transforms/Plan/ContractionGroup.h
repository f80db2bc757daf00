//===- ContractionGroup.h - Contractions of a block -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The contractions of one block as a group of products that are planned
// together, and back.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_PLAN_CONTRACTIONGROUP_H
#define TENSORNET_LIB_TRANSFORMS_PLAN_CONTRACTIONGROUP_H

#include "tensornet/Analysis/ProductGroup.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// What is known of a tensor from outside.
struct LeafFacts {
  bool active = false;
  /// See ProductGroup::Tensor.
  double frequency = 1;
};

/// The contractions of a block that compute in one type. Those take part that
/// are in pairwise form and have bare subscripts, no explicit extents and no
/// virtual operands; everything else is a boundary: what it reads is a result,
/// what it makes a leaf. A result that rounds (to a narrower type) is a
/// boundary too, and so is one with broadcast or repeated dimensions.
class ContractionGroup {
public:
  ContractionGroup(Block &block, Type computeType,
                   function_ref<LeafFacts(Value)> getFacts);

  /// True where `op` takes part in a group.
  static bool canJoin(ContractOp op);

  const ProductGroup &getProducts() const { return products; }
  bool isEmpty() const { return entries.empty(); }
  /// Replaces contractions by what `planned` says, which plans the same group.
  /// Those that it leaves as they are stay.
  void rewrite(const ProductGroup &planned);

private:
  friend class GroupEmitter;

  /// A contraction that takes part.
  struct Entry {
    ContractOp op;
    /// Its product: over all of the operands' indices in the result.
    TensorId tensor;
    /// The indices of `op` that are the dimensions of `tensor`.
    SmallVector<IndexId, 4> dims;
    /// The result of `op` is `tensor` as it is.
    bool isWhole;
    /// `tensor` and what the products of scalars made on the way to it.
    SmallVector<TensorId, 3> made;
  };

  TensorId getTensor(Value value, function_ref<LeafFacts(Value)> getFacts);
  void addEntry(ContractOp op, function_ref<LeafFacts(Value)> getFacts);
  ProductFactor addScaled(Entry &entry, const ProductFactor &scalar,
                          const ProductFactor &factor);
  void addScaling(Entry &entry, Product &product, const ProductFactor &scalar);
  void markResults();

  Block &block;
  Type computeType;
  ProductGroup products;
  std::vector<Entry> entries;
  /// The tensor of every value that is read.
  DenseMap<Value, TensorId> tensorOf;
  /// The value of every leaf; null for products.
  std::vector<Value> leafValues;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_PLAN_CONTRACTIONGROUP_H
