//===- ContractionTree.h - An order of pairwise contractions -- -*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The result of a path search: which two tensors are contracted first, which
// next, up to one tensor. A list in SSA style rather than linked nodes, so that
// nothing recurses however deep the tree is.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_CONTRACTIONTREE_H
#define TENSORNET_ANALYSIS_CONTRACTIONTREE_H

#include "tensornet/Analysis/ContractionGraph.h"

namespace mlir::tensornet {

/// A node of a tree: leaves are 0..n-1, the result of step s is n + s.
using NodeId = unsigned;

/// One pairwise contraction.
struct ContractionStep {
  NodeId lhs;
  NodeId rhs;
  bool operator==(const ContractionStep &other) const {
    return lhs == other.lhs && rhs == other.rhs;
  }
};

/// An order of pairwise contractions of `n` leaves. Steps stand in the order in
/// which they run. A complete tree has n - 1 steps (none for n <= 1), uses each
/// node but the last once, and its last node is the result.
///
/// Of each node only those indices are alive that a leaf outside the node or
/// the output spans; the others have been summed. So an index private to one
/// leaf is summed before the first step, and no step has an index that is
/// private to one operand: a step runs over the union of its operands' index
/// sets. Result-only indices are in no set (they are broadcast at the end).
class ContractionTree {
public:
  explicit ContractionTree(unsigned numLeaves = 0) : numLeaves(numLeaves) {}

  /// The tree (((0, 1), 2), ...): the order in which operands are written.
  static ContractionTree getLeftToRight(unsigned numLeaves);
  /// The tree with these steps; std::nullopt unless they form a complete tree.
  static std::optional<ContractionTree>
  get(unsigned numLeaves, llvm::ArrayRef<ContractionStep> steps);

  /// Appends the contraction of two nodes that exist, differ and have not been
  /// used; returns the node that it makes.
  NodeId addStep(NodeId lhs, NodeId rhs);

  unsigned getNumLeaves() const { return numLeaves; }
  unsigned getNumNodes() const { return numLeaves + steps.size(); }
  llvm::ArrayRef<ContractionStep> getSteps() const { return steps; }
  bool isLeaf(NodeId node) const { return node < numLeaves; }
  /// The step that makes `node`, which must not be a leaf.
  const ContractionStep &getStep(NodeId node) const {
    return steps[node - numLeaves];
  }
  /// The node that holds the result; the tree must be complete and have a leaf.
  NodeId getRoot() const { return getNumNodes() - 1; }
  /// True where each node but the last is used once, by a later step.
  bool isComplete() const;
  /// The longest chain of steps that depend on each other; 0 without steps.
  unsigned getDepth() const;

  /// What `walkSteps` shows of one step. The sets are gone after the call.
  struct StepView {
    NodeId node, lhs, rhs;
    const IndexSet &lhsIndices, &rhsIndices, &resultIndices;
  };
  /// Calls `callback` on the steps in order. `graph` must have as many leaves.
  /// Keeps only the sets of nodes not yet used: linear memory on long chains.
  void walkSteps(const ContractionGraph &graph,
                 llvm::function_ref<void(const StepView &)> callback) const;
  /// The live indices of every node, leaves included.
  std::vector<IndexSet> computeNodeIndices(const ContractionGraph &graph) const;
  /// For every node whether an active leaf is below it (or is it).
  std::vector<bool> computeActiveNodes(const ContractionGraph &graph) const;

  bool operator==(const ContractionTree &other) const {
    return numLeaves == other.numLeaves && steps == other.steps;
  }

private:
  unsigned numLeaves;
  std::vector<ContractionStep> steps;
};

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_CONTRACTIONTREE_H
