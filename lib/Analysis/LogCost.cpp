//===- LogCost.cpp - Costs beyond the range of double ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/LogCost.h"

#include "CostCount.h"
#include "WideNumber.h"

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

double mlir::tensornet::getLog2NumPoints(const ContractionGraph &graph,
                                         llvm::ArrayRef<IndexId> indices) {
  return countPoints<WideNumber>(graph, indices).getLog2();
}

LogCost mlir::tensornet::computeLogCost(const ContractionGraph &graph,
                                        const ContractionTree &tree,
                                        const IndexSet &sliced,
                                        const MachineModel &machine) {
  auto cost = CostCount<WideNumber>(graph, tree, sliced, machine).count();
  return {cost.value.getLog10(),   cost.weighted.getLog10(),
          cost.traffic.getLog10(), cost.seconds.getLog10(),
          cost.written.getLog2(),  cost.largest.getLog2(),
          cost.peak.getLog2()};
}
