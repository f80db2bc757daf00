//===- LogCost.h - Costs beyond the range of double -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The figures of CostModel.h as logarithms, for networks whose costs are beyond
// the range of double.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_LOGCOST_H
#define TENSORNET_ANALYSIS_LOGCOST_H

#include "tensornet/Analysis/CostModel.h"

namespace mlir::tensornet {

/// Logarithms of the members of TreeCost; minus infinity stands for 0, and no
/// figure is too large.
struct LogCost {
  double log10Value, log10Weighted, log10Traffic, log10Seconds;
  double log2Written, log2Largest, log2Peak;
};

/// As `computeCost`.
LogCost computeLogCost(const ContractionGraph &graph,
                       const ContractionTree &tree, const IndexSet &sliced = {},
                       const MachineModel &machine = {});

/// log2 of the number of points of the box that these indices span.
double getLog2NumPoints(const ContractionGraph &graph,
                        llvm::ArrayRef<IndexId> indices);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_LOGCOST_H
