//===- ContractionGraph.h - A contraction network as a hypergraph ---------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a path search needs to know of a contraction: which indices each leaf
// tensor spans, which indices the result keeps, and how long each index is.
// Repeated and affine subscripts are the caller's: only the set of indices of a
// leaf matters to the cost of an order.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_CONTRACTIONGRAPH_H
#define TENSORNET_ANALYSIS_CONTRACTIONGRAPH_H

#include "tensornet/Analysis/Indexing.h"

#include <vector>

namespace mlir::tensornet {

/// A set of indices as a sorted list without repeats.
using IndexSet = llvm::SmallVector<IndexId, 6>;

/// The set of these indices, which may come in any order and repeat.
IndexSet makeIndexSet(llvm::ArrayRef<IndexId> indices);
/// The set of the indices that these subscripts use.
IndexSet getIndexSet(llvm::ArrayRef<LinearForm> subscripts);
/// The union of two index sets.
IndexSet unite(const IndexSet &lhs, const IndexSet &rhs);
/// True where every index of `part` is in `whole`.
bool isSubset(const IndexSet &part, const IndexSet &whole);

/// A network of leaf tensors that are multiplied and summed to one result.
///
///   ContractionGraph graph;                    // A[i, j], B[j, k] -> [i, k]
///   IndexId i = graph.addIndex(4), j = graph.addIndex(8), k =
///   graph.addIndex(2); graph.addLeaf({i, j}, /*active=*/true);
///   graph.addLeaf({j, k});
///   graph.setOutput({i, k});
///
/// An index may occur on any number of leaves (a hyperedge), on one only (it is
/// summed before its leaf is used), or in the output alone (it is broadcast
/// after the last step); the latter two cost nothing.
class ContractionGraph {
public:
  struct Leaf {
    IndexSet indices;
    /// The gradient with respect to this tensor is wanted.
    bool active = false;
    /// The tensor is virtual (never stored): steps that use it are not counted.
    bool free = false;
  };

  /// The network of one contraction: a leaf per operand that spans the indices
  /// of its subscripts, whatever their form; `extents` has one entry (a hint
  /// where it is dynamic) per index number. No leaf is active or free yet.
  static ContractionGraph get(const Indexing &indexing,
                              llvm::ArrayRef<double> extents);

  /// Adds an index of this extent and returns its number: 0, 1, ... in order.
  /// For a dynamic extent pass a hint. Negative and NaN extents count as 0.
  IndexId addIndex(double extent);
  /// Changes the extent of an index.
  void setExtent(IndexId index, double extent) {
    extents[index] = extent > 0 ? extent : 0;
  }
  /// Adds a leaf that spans `indices` (in any order, repeats are dropped) and
  /// returns its number: 0, 1, ... in order. All indices must have been added.
  unsigned addLeaf(llvm::ArrayRef<IndexId> indices, bool active = false,
                   bool free = false);
  /// Sets the indices of the result; the empty set, a scalar, if never called.
  void setOutput(llvm::ArrayRef<IndexId> indices);
  /// Says whether the gradient with respect to `leaf` is wanted.
  void setActive(unsigned leaf, bool active) { leaves[leaf].active = active; }
  /// Says whether `leaf` is virtual.
  void setFree(unsigned leaf, bool free) { leaves[leaf].free = free; }

  unsigned getNumIndices() const { return extents.size(); }
  unsigned getNumLeaves() const { return leaves.size(); }
  llvm::ArrayRef<Leaf> getLeaves() const { return leaves; }
  const Leaf &getLeaf(unsigned leaf) const { return leaves[leaf]; }
  double getExtent(IndexId index) const { return extents[index]; }
  const IndexSet &getOutput() const { return output; }
  bool isOutput(IndexId index) const { return keptByOutput[index]; }
  bool isAnyLeafActive() const;

  /// For each index on how many leaves it occurs.
  std::vector<unsigned> countOccurrences() const;
  /// The number of points of the box that these indices span: 1 without
  /// indices, 0 where an extent is 0, infinity beyond the range of double.
  double getNumPoints(llvm::ArrayRef<IndexId> indices) const;

private:
  std::vector<double> extents;
  std::vector<bool> keptByOutput;
  std::vector<Leaf> leaves;
  IndexSet output;
};

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_CONTRACTIONGRAPH_H
