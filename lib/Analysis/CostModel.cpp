//===- CostModel.cpp - What an order of contractions costs ------------ -*- C++
//-*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/CostModel.h"

#include <algorithm>
#include <cmath>

using namespace mlir::tensornet;

double TreeCost::getLog10Value() const { return std::log10(value); }

double TreeCost::getLog10Weighted() const { return std::log10(weighted); }

double mlir::tensornet::countStepPoints(const ContractionGraph &graph,
                                        const IndexSet &lhs,
                                        const IndexSet &rhs, bool anyFree) {
  return anyFree ? 0 : graph.getNumPoints(unite(lhs, rhs));
}

TreeCost mlir::tensornet::computeCost(const ContractionGraph &graph,
                                      const ContractionTree &tree) {
  std::vector<bool> active = tree.computeActiveNodes(graph);
  std::vector<double> elements(tree.getNumNodes(), 0);
  auto isFree = [&](NodeId node) {
    return tree.isLeaf(node) && graph.getLeaf(node).free;
  };
  TreeCost cost;
  double alive = 0;
  tree.walkSteps(graph, [&](const ContractionTree::StepView &step) {
    double points = countStepPoints(graph, step.lhsIndices, step.rhsIndices,
                                    isFree(step.lhs) || isFree(step.rhs));
    cost.value += points;
    cost.weighted += points * getNumPasses(active[step.lhs], active[step.rhs]);
    double size = graph.getNumPoints(step.resultIndices);
    elements[step.node] = size;
    cost.written += size;
    cost.largest = std::max(cost.largest, size);
    alive += size;
    cost.peak = std::max(cost.peak, alive);
    alive -= elements[step.lhs] + elements[step.rhs];
  });
  return cost;
}
