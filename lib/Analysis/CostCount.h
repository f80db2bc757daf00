//===- CostCount.h - Counting what a tree costs -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place where the cost of a tree is counted, in numbers of any kind.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_COSTCOUNT_H
#define TENSORNET_LIB_ANALYSIS_COSTCOUNT_H

#include "tensornet/Analysis/CostModel.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <vector>

namespace mlir::tensornet::detail {

/// The points of the box that these indices span.
template <typename Number>
Number countPoints(const ContractionGraph &graph,
                   llvm::ArrayRef<IndexId> indices) {
  Number points = 1;
  for (IndexId index : indices) {
    // Infinity times 0 is no number.
    if (graph.getExtent(index) == 0)
      return 0;
    points = points * Number(graph.getExtent(index));
  }
  return points;
}

/// Counts a tree of a network, or of one slice of it times the slices.
template <typename Number>
class CostCount {
public:
  CostCount(const ContractionGraph &graph, const ContractionTree &tree,
            const IndexSet &sliced, const MachineModel &machine)
      : graph(graph), tree(tree), machine(machine),
        active(tree.computeActiveNodes(graph)),
        elements(tree.getNumNodes(), Number(0)),
        isSliced(graph.getNumIndices(), false), hasSlices(!sliced.empty()),
        numSlices(countPoints<Number>(graph, sliced)) {
    for (IndexId index : sliced)
      isSliced[index] = true;
  }

  TreeCostOf<Number> count() {
    tree.walkSteps(
        graph, [&](const ContractionTree::StepView &step) { countStep(step); });
    alive = Number(0);
    if (hasSlices && tree.getNumNodes() > 0)
      // What the slices are added up in.
      alive = countPoints<Number>(graph, graph.getOutput());
    for (NodeId node = tree.getNumLeaves(); node < tree.getNumNodes(); ++node)
      passForward(node);
    for (NodeId node = tree.getNumNodes(); node-- > tree.getNumLeaves();)
      passBackward(node);
    for (Number *sum : {&cost.value, &cost.weighted, &cost.traffic,
                        &cost.seconds, &cost.written})
      *sum = *sum * numSlices;
    return cost;
  }

private:
  Number countSlice(const IndexSet &indices) const {
    IndexSet whole = indices;
    if (hasSlices)
      llvm::erase_if(whole, [&](IndexId index) { return isSliced[index]; });
    return countPoints<Number>(graph, whole);
  }
  bool isFree(NodeId node) const {
    return tree.isLeaf(node) && graph.getLeaf(node).free;
  }
  /// Leaves are inputs: they take no memory of their own.
  Number getMemory(NodeId node) const {
    return tree.isLeaf(node) ? Number(0) : elements[node];
  }

  void countStep(const ContractionTree::StepView &step) {
    elements[step.node] = countSlice(step.resultIndices);
    cost.written = cost.written + elements[step.node];
    cost.largest = std::max(cost.largest, elements[step.node]);
    if (isFree(step.lhs) || isFree(step.rhs))
      return;
    Number points = countSlice(unite(step.lhsIndices, step.rhsIndices));
    Number moved = countSlice(step.lhsIndices) + countSlice(step.rhsIndices) +
                   elements[step.node];
    Number passes = getNumPasses(active[step.lhs], active[step.rhs]);
    cost.value = cost.value + points;
    cost.weighted = cost.weighted + points * passes;
    cost.traffic = cost.traffic + moved * passes;
    Number computing = points * Number(1 / machine.multiplicationsPerSecond);
    Number moving = moved * Number(1 / machine.elementsPerSecond);
    cost.seconds =
        cost.seconds +
        (std::max(computing, moving) + Number(machine.secondsPerStep)) * passes;
  }

  void allocate(Number size) {
    alive = alive + size;
    cost.peak = std::max(cost.peak, alive);
  }

  /// Makes the value of `node`; frees operands that no gradient will read.
  void passForward(NodeId node) {
    auto [lhs, rhs] = tree.getStep(node);
    allocate(elements[node]);
    if (!active[rhs])
      alive = alive - getMemory(lhs);
    if (!active[lhs])
      alive = alive - getMemory(rhs);
  }

  /// Makes the cotangents of the operands of `node`; frees its own, which for
  /// the root is an input, and the values kept for this step.
  void passBackward(NodeId node) {
    if (!active[node])
      return;
    auto [lhs, rhs] = tree.getStep(node);
    if (active[lhs])
      allocate(getMemory(lhs));
    if (active[rhs])
      allocate(getMemory(rhs));
    if (node != tree.getRoot())
      alive = alive - elements[node];
    if (active[rhs])
      alive = alive - getMemory(lhs);
    if (active[lhs])
      alive = alive - getMemory(rhs);
  }

  const ContractionGraph &graph;
  const ContractionTree &tree;
  const MachineModel &machine;
  std::vector<bool> active;
  std::vector<Number> elements;
  std::vector<bool> isSliced;
  bool hasSlices;
  Number numSlices;
  Number alive = 0;
  TreeCostOf<Number> cost;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_COSTCOUNT_H
