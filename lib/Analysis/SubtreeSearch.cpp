//===- SubtreeSearch.cpp - Exact search on subtrees of a tree -------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathSearchInternal.h"

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cassert>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {
/// Leaves of a subtree that is searched exactly: 3^8 / 2 splits take some 20
/// microseconds.
constexpr unsigned kSubtreeLeaves = 8;
/// Passes over all subtrees; most trees stop changing before.
constexpr unsigned kMaxSweeps = 8;
/// Marks indices that the subtree's result keeps among their holders.
constexpr LeafMask kKept = LeafMask(1) << 31;

/// A tree whose subtrees can be replaced.
class MutableTree {
public:
  MutableTree(const ContractionGraph &graph, const ContractionTree &tree,
              const StepCost &stepCost);

  /// Goes once over all subtrees; true where one was replaced.
  bool sweep();
  ContractionTree getTree() const;

private:
  struct Node {
    NodeId lhs = 0, rhs = 0; ///< Of nodes that are not leaves.
    IndexSet indices;
    double elements = 0;
    double cost = 0; ///< Of the step that makes this node.
    bool active = false, free = false;
    llvm::hash_code searched = 0; ///< The subtree last searched from here.
  };
  /// A node and its descendants down to a frontier of few nodes.
  struct Subtree {
    llvm::SmallVector<NodeId, kSubtreeLeaves> inner, frontier;
  };

  bool isLeaf(NodeId node) const { return node < numLeaves; }
  void update(NodeId node);
  std::vector<NodeId> getInnerNodesChildrenFirst() const;
  Subtree getSubtree(NodeId root) const;
  llvm::hash_code hash(const Subtree &subtree) const;
  SearchCost getCost(const Subtree &subtree) const;
  SmallNetwork getNetwork(const Subtree &subtree);
  void replace(const Subtree &subtree);
  bool improve(NodeId root);

  const ContractionGraph &graph;
  const StepCost &stepCost;
  unsigned numLeaves;
  NodeId root;
  std::vector<Node> nodes;
  ExactSearch search;
  /// The indices of the subtree in hand, and for each which nodes of the
  /// frontier hold it; 0 for all others.
  llvm::SmallVector<IndexId, 64> touched;
  std::vector<LeafMask> holders;
};
} // namespace

MutableTree::MutableTree(const ContractionGraph &graph,
                         const ContractionTree &tree, const StepCost &stepCost)
    : graph(graph), stepCost(stepCost), numLeaves(tree.getNumLeaves()),
      root(tree.getRoot()), nodes(tree.getNumNodes()),
      holders(graph.getNumIndices(), 0) {
  std::vector<IndexSet> sets = tree.computeNodeIndices(graph);
  for (NodeId node = 0; node < nodes.size(); ++node) {
    nodes[node].indices = std::move(sets[node]);
    if (isLeaf(node)) {
      nodes[node].elements = graph.getNumPoints(nodes[node].indices);
      nodes[node].active = graph.getLeaf(node).active;
      nodes[node].free = graph.getLeaf(node).free;
      continue;
    }
    nodes[node].lhs = tree.getStep(node).lhs;
    nodes[node].rhs = tree.getStep(node).rhs;
    update(node);
  }
}

/// Recomputes what follows from a node's children and indices.
void MutableTree::update(NodeId number) {
  Node &node = nodes[number];
  const Node &lhs = nodes[node.lhs], &rhs = nodes[node.rhs];
  node.active = lhs.active || rhs.active;
  node.elements = graph.getNumPoints(node.indices);
  bool anyFree = lhs.free || rhs.free;
  double points = countStepPoints(graph, lhs.indices, rhs.indices, anyFree);
  node.cost = stepCost.get({points, lhs.elements, rhs.elements, node.elements,
                            lhs.active, rhs.active, anyFree});
}

std::vector<NodeId> MutableTree::getInnerNodesChildrenFirst() const {
  std::vector<NodeId> order = {root};
  for (size_t next = 0; next < order.size(); ++next)
    for (NodeId child : {nodes[order[next]].lhs, nodes[order[next]].rhs})
      if (!isLeaf(child))
        order.push_back(child);
  std::reverse(order.begin(), order.end());
  return order;
}

/// Replaces the costliest node of the frontier by its children while there is
/// room; equal costs in the order of the frontier.
MutableTree::Subtree MutableTree::getSubtree(NodeId root) const {
  Subtree subtree;
  subtree.inner = {root};
  subtree.frontier = {nodes[root].lhs, nodes[root].rhs};
  while (subtree.frontier.size() < kSubtreeLeaves) {
    NodeId *costliest = nullptr;
    for (NodeId &node : subtree.frontier)
      if (!isLeaf(node) &&
          (!costliest || nodes[node].cost > nodes[*costliest].cost))
        costliest = &node;
    if (!costliest)
      break;
    NodeId opened = *costliest;
    subtree.inner.push_back(opened);
    *costliest = nodes[opened].lhs;
    subtree.frontier.push_back(nodes[opened].rhs);
  }
  return subtree;
}

llvm::hash_code MutableTree::hash(const Subtree &subtree) const {
  llvm::hash_code code(1);
  for (NodeId node : subtree.inner)
    code = llvm::hash_combine(code, node, nodes[node].lhs, nodes[node].rhs);
  return code;
}

SearchCost MutableTree::getCost(const Subtree &subtree) const {
  SearchCost cost;
  for (NodeId node : subtree.inner) {
    cost.total += nodes[node].cost;
    cost.written += nodes[node].elements;
    cost.largest = std::max(cost.largest, nodes[node].elements);
  }
  return cost;
}

/// The frontier as a network; fills `touched` and `holders`.
SmallNetwork MutableTree::getNetwork(const Subtree &subtree) {
  for (IndexId index : touched)
    holders[index] = 0;
  touched.clear();
  SmallNetwork network;
  network.numLeaves = subtree.frontier.size();
  for (auto [number, node] : llvm::enumerate(subtree.frontier)) {
    LeafMask bit = LeafMask(1) << number;
    network.active |= nodes[node].active ? bit : 0;
    network.free |= nodes[node].free ? bit : 0;
    for (IndexId index : nodes[node].indices) {
      if (holders[index] == 0)
        touched.push_back(index);
      holders[index] |= bit;
    }
  }
  for (IndexId index : nodes[subtree.inner.front()].indices)
    holders[index] |= kKept;
  for (IndexId index : touched)
    network.addIndex(holders[index] & ~kKept, (holders[index] & kKept) != 0,
                     graph.getExtent(index));
  return network;
}

/// Rebuilds the subtree as the last search found it, out of the same nodes.
void MutableTree::replace(const Subtree &subtree) {
  llvm::SmallVector<LeafMask, kSubtreeLeaves> sets = {
      (LeafMask(1) << subtree.frontier.size()) - 1};
  for (unsigned next = 0; next < sets.size(); ++next) {
    LeafMask lhs = search.getHalf(sets[next]);
    Node &node = nodes[subtree.inner[next]];
    auto attach = [&](LeafMask set) {
      if ((set & (set - 1)) == 0)
        return subtree.frontier[llvm::countr_zero(set)];
      sets.push_back(set);
      return subtree.inner[sets.size() - 1];
    };
    node.lhs = attach(lhs);
    node.rhs = attach(sets[next] ^ lhs);
  }
  llvm::sort(touched);
  for (unsigned number = sets.size(); number-- > 0;) {
    Node &node = nodes[subtree.inner[number]];
    node.indices.clear();
    // The bit of kept indices counts as a holder outside the set.
    for (IndexId index : touched)
      if ((holders[index] & sets[number]) != 0 &&
          (holders[index] & ~sets[number]) != 0)
        node.indices.push_back(index);
    update(subtree.inner[number]);
  }
}

bool MutableTree::improve(NodeId root) {
  Subtree subtree = getSubtree(root);
  llvm::hash_code code = hash(subtree);
  if (nodes[root].searched == code)
    return false;
  SearchCost found = search.run(getNetwork(subtree), stepCost);
  bool better = found.isClearlyBelow(getCost(subtree));
  if (better)
    replace(subtree);
  nodes[root].searched = better ? hash(subtree) : code;
  return better;
}

bool MutableTree::sweep() {
  bool changed = false;
  for (NodeId node : getInnerNodesChildrenFirst())
    changed |= improve(node);
  return changed;
}

ContractionTree MutableTree::getTree() const {
  ContractionTree tree(numLeaves);
  std::vector<NodeId> made(nodes.size());
  for (NodeId leaf = 0; leaf < numLeaves; ++leaf)
    made[leaf] = leaf;
  for (NodeId node : getInnerNodesChildrenFirst())
    made[node] = tree.addStep(made[nodes[node].lhs], made[nodes[node].rhs]);
  return tree;
}

ContractionTree detail::improveSubtrees(const ContractionGraph &graph,
                                        const ContractionTree &tree,
                                        const StepCost &stepCost) {
  if (tree.getNumLeaves() < 3)
    return tree;
  MutableTree improved(graph, tree, stepCost);
  for (unsigned sweep = 0; sweep < kMaxSweeps; ++sweep)
    if (!improved.sweep())
      break;
  return improved.getTree();
}
