//===- Plan.h - A plan and what is shown of it ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_TN_PLAN_PLAN_H
#define TENSORNET_TOOLS_TN_PLAN_PLAN_H

#include "tensornet/Analysis/LogCost.h"
#include "tensornet/Analysis/PathSearch.h"
#include "tensornet/Networks/NamedNetwork.h"

namespace mlir::tensornet {

/// A plan of a network and how it was found.
struct Plan {
  NamedNetwork network;
  /// The network with its active leaves, and one slice of it: the same where
  /// nothing is sliced.
  ContractionGraph graph, slice;
  ContractionTree tree;
  /// A loop over the values of these computes slice after slice.
  IndexSet sliced;
  /// The cost of the plan, of the same tree without slices, and of the order as
  /// written.
  LogCost cost, costUnsliced, costAsWritten;
  SearchObjective objective = SearchObjective::Operations;
  /// This host where seconds are minimised, else a typical core.
  MachineModel machine;
  SearchSummary summary;
  double seconds = 0;
  unsigned trials = 0;
};

/// Prints a table of steps, then totals.
void printTable(const Plan &plan, llvm::raw_ostream &os);
/// Prints one JSON object.
void printJson(const Plan &plan, llvm::raw_ostream &os);
/// Draws the tree of `plan` to a file whose name ends with .svg or .dot; an
/// error where the file cannot be written.
llvm::Error drawTree(const Plan &plan, llvm::StringRef path);

/// How tables and drawings name a node: t0, t1, ... are the tensors of the
/// network, s1, s2, ... the results of the steps.
std::string getNodeName(const ContractionTree &tree, NodeId node);
/// log10 of the number of slices.
double getLog10NumSlices(const Plan &plan);
/// The names of indices in brackets; beyond `most` only how many more there
/// are.
std::string listIndices(const NamedNetwork &network,
                        llvm::ArrayRef<IndexId> indices, size_t most);
/// A count whose logarithm is given: in full up to 10^12, else as 1.234e+56.
std::string formatCount(double log10);

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_TN_PLAN_PLAN_H
