//===- NetworkReduction.h - The cheap steps first ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What every good order does first is done before the search: a tensor that
// grows nothing is absorbed by a neighbour. Searches then see fewer leaves.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_NETWORKREDUCTION_H
#define TENSORNET_LIB_ANALYSIS_NETWORKREDUCTION_H

#include "tensornet/Analysis/ContractionTree.h"

namespace mlir::tensornet::detail {

/// A network after its first, cheap steps.
class NetworkReduction {
public:
  /// Contracts pairs whose result is no larger than the larger of the two, the
  /// cheapest first: vectors, scalars, diagonals and tensors whose indices
  /// another one spans (their order hardly matters), then runs of tensors that
  /// do not grow. Virtual leaves are left alone.
  explicit NetworkReduction(const ContractionGraph &graph);

  const ContractionGraph &getGraph() const { return reduced; }
  /// The tree of the given network for one of the reduced network.
  ContractionTree expand(const ContractionTree &tree) const;

private:
  unsigned numLeaves;
  /// The steps done, and which node each leaf of the reduced network is.
  std::vector<ContractionStep> steps;
  std::vector<NodeId> representatives;
  ContractionGraph reduced;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_NETWORKREDUCTION_H
