//===- TreeBuilder.h - A tree made step by step -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What searches that contract tensor after tensor have in common: the tensors
// not yet used, their live indices, and who holds which index.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_TREEBUILDER_H
#define TENSORNET_LIB_ANALYSIS_TREEBUILDER_H

#include "tensornet/Analysis/ContractionTree.h"

#include <queue>
#include <tuple>

namespace mlir::tensornet::detail {

/// Over one index so many holders are looked at: an index on thousands of
/// tensors would otherwise make millions of pairs.
inline constexpr unsigned kMaxNeighboursPerIndex = 16;

/// Two nodes that may be contracted.
struct ScoredPair {
  double score;
  NodeId lhs, rhs;
  /// The order of a heap with the lowest score on top.
  bool operator<(const ScoredPair &other) const {
    return std::tie(other.score, other.lhs, other.rhs) <
           std::tie(score, lhs, rhs);
  }
};

/// A tree under construction with the live indices of its unused nodes.
class TreeBuilder {
public:
  explicit TreeBuilder(const ContractionGraph &graph);

  /// Contracts two unused nodes; the node that it makes.
  NodeId contract(NodeId lhs, NodeId rhs);
  /// Contracts unused nodes, two or more, the smallest first.
  NodeId contractAll(llvm::ArrayRef<NodeId> nodes);
  /// Contracts everything that is left and gives the tree away.
  ContractionTree finish();

  bool isUsed(NodeId node) const { return used[node]; }
  /// True where the node is a virtual leaf.
  bool isFree(NodeId node) const {
    return tree.isLeaf(node) && graph.getLeaf(node).free;
  }
  const ContractionTree &getTree() const { return tree; }
  /// The live indices of an unused node.
  const IndexSet &getIndices(NodeId node) const { return sets[node]; }
  /// The unused nodes that hold `index`, in ascending order.
  llvm::ArrayRef<NodeId> getHolders(IndexId index) const {
    return holders[index];
  }
  double getLogExtent(IndexId index) const { return logExtents[index]; }
  /// The binary logarithm of the elements of an unused node.
  double getLogElements(NodeId node) const { return logElements[node]; }
  /// The live indices that the contraction of two unused nodes will have.
  IndexSet getResultIndices(NodeId lhs, NodeId rhs) const;
  /// The binary logarithm of the number of points of `indices`.
  double getLogPoints(const IndexSet &indices) const;

private:
  void addNode(IndexSet indices);

  const ContractionGraph &graph;
  ContractionTree tree;
  std::vector<double> logExtents;
  std::vector<llvm::SmallVector<NodeId, 2>> holders;
  std::vector<IndexSet> sets;
  std::vector<double> logElements;
  std::vector<bool> used;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_TREEBUILDER_H
