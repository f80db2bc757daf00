//===- SubNetwork.cpp - A part of a network -------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SubNetwork.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

ContractionGraph detail::getSubNetwork(const ContractionGraph &graph,
                                       llvm::ArrayRef<unsigned> leaves,
                                       llvm::ArrayRef<unsigned> occurrences) {
  SubNetworkBuilder builder(graph);
  llvm::MapVector<IndexId, unsigned> inside;
  for (unsigned leaf : leaves) {
    const ContractionGraph::Leaf &tensor = graph.getLeaf(leaf);
    builder.addLeaf(tensor.indices, tensor.active, tensor.free);
    for (IndexId index : tensor.indices)
      ++inside[index];
  }
  IndexSet output;
  for (auto [index, count] : inside)
    if (graph.isOutput(index) || occurrences[index] > count)
      output.push_back(index);
  return builder.finish(output);
}
