//===- CostModel.cpp - What an order of contractions costs ----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/CostModel.h"

#include "CostCount.h"

#include <cmath>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

double TreeCost::getLog10Value() const { return std::log10(value); }

double TreeCost::getLog10Weighted() const { return std::log10(weighted); }

double mlir::tensornet::countStepPoints(const ContractionGraph &graph,
                                        const IndexSet &lhs,
                                        const IndexSet &rhs, bool anyFree) {
  return anyFree ? 0 : graph.getNumPoints(unite(lhs, rhs));
}

TreeCost mlir::tensornet::computeCost(const ContractionGraph &graph,
                                      const ContractionTree &tree,
                                      const IndexSet &sliced,
                                      const MachineModel &machine) {
  return {CostCount<double>(graph, tree, sliced, machine).count()};
}
