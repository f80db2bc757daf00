//===- SubNetwork.h - A part of a network -----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A part of a network as a network of its own.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_SUBNETWORK_H
#define TENSORNET_LIB_ANALYSIS_SUBNETWORK_H

#include "tensornet/Analysis/ContractionGraph.h"

#include "llvm/ADT/DenseMap.h"

namespace mlir::tensornet::detail {

/// Builds a network with indices numbered by first appearance.
class SubNetworkBuilder {
public:
  explicit SubNetworkBuilder(const ContractionGraph &graph) : graph(graph) {}

  /// Adds a leaf with these indices of the whole network.
  void addLeaf(const IndexSet &indices, bool active, bool free) {
    IndexSet own;
    for (IndexId index : indices) {
      auto [number, isNew] = numbers.try_emplace(index, 0);
      if (isNew)
        number->second = result.addIndex(graph.getExtent(index));
      own.push_back(number->second);
    }
    result.addLeaf(own, active, free);
  }
  /// The network whose result keeps these indices, of which some leaf has each.
  ContractionGraph finish(const IndexSet &output) {
    IndexSet own;
    for (IndexId index : output)
      own.push_back(numbers.lookup(index));
    result.setOutput(own);
    return std::move(result);
  }

private:
  const ContractionGraph &graph;
  llvm::DenseMap<IndexId, IndexId> numbers;
  ContractionGraph result;
};

/// These leaves of `graph`, in this order, as a network whose result keeps what
/// other leaves or the output hold; `occurrences` is graph.countOccurrences().
ContractionGraph getSubNetwork(const ContractionGraph &graph,
                               llvm::ArrayRef<unsigned> leaves,
                               llvm::ArrayRef<unsigned> occurrences);

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_SUBNETWORK_H
