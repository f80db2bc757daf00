//===- TestNetworks.h - Networks that several tests use ------- -*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TEST_UNIT_ANALYSIS_TESTNETWORKS_H
#define TENSORNET_TEST_UNIT_ANALYSIS_TESTNETWORKS_H

#include "tensornet/Analysis/ContractionGraph.h"

#include <random>

namespace mlir::tensornet {

/// Which leaves of a test network are active.
enum class Activity { None, Random, All };

/// A network with hyperedges, output indices, result-only indices, indices
/// private to a leaf, extents from 1 up, and now and then a scalar, a free leaf
/// and a disconnected part. Each index is held by 1 to 3 leaves.
inline ContractionGraph makeRandomNetwork(unsigned numLeaves, unsigned seed,
                                          Activity activity,
                                          bool withFreeLeaves = true) {
  std::mt19937 random(seed);
  auto below = [&](unsigned bound) -> unsigned { return random() % bound; };
  ContractionGraph graph;
  std::vector<IndexSet> leaves(numLeaves);
  IndexSet output;
  unsigned numIndices = numLeaves + below(numLeaves + 2);
  for (unsigned number = 0; number < numIndices; ++number) {
    IndexId index = graph.addIndex(1 + below(5));
    for (unsigned holder = 0, holders = 1 + below(3); holder < holders;
         ++holder)
      leaves[below(numLeaves)].push_back(index);
    if (below(5) == 0)
      output.push_back(index);
  }
  if (below(4) == 0)
    output.push_back(graph.addIndex(3));
  for (const IndexSet &leaf : leaves) {
    bool active = activity == Activity::All ||
                  (activity == Activity::Random && below(2) == 0);
    bool free = withFreeLeaves && below(8) == 0;
    graph.addLeaf(leaf, active && !free, free);
  }
  graph.setOutput(output);
  return graph;
}

/// A[i0, i1], B[i1, i2], ... -> [i0, in].
inline ContractionGraph makeChain(unsigned numLeaves, double extent,
                                  bool active = false) {
  ContractionGraph graph;
  for (unsigned index = 0; index <= numLeaves; ++index)
    graph.addIndex(extent);
  for (unsigned leaf = 0; leaf < numLeaves; ++leaf)
    graph.addLeaf({leaf, leaf + 1}, active);
  graph.setOutput({0, numLeaves});
  return graph;
}

/// The inner product of two matrix product states with open ends. Leaves stand
/// state by state: sites of the first, then sites of the second.
inline ContractionGraph makeInnerProduct(unsigned numSites, double bond,
                                         double physical, bool active) {
  ContractionGraph graph;
  llvm::SmallVector<IndexId> sites, upper, lower;
  for (unsigned site = 0; site < numSites; ++site)
    sites.push_back(graph.addIndex(physical));
  for (unsigned site = 0; site + 1 < numSites; ++site) {
    upper.push_back(graph.addIndex(bond));
    lower.push_back(graph.addIndex(bond));
  }
  for (llvm::ArrayRef<IndexId> bonds : {upper, lower})
    for (unsigned site = 0; site < numSites; ++site) {
      IndexSet leaf = {sites[site]};
      if (site > 0)
        leaf.push_back(bonds[site - 1]);
      if (site + 1 < numSites)
        leaf.push_back(bonds[site]);
      graph.addLeaf(leaf, active);
    }
  return graph;
}

} // namespace mlir::tensornet

#endif // TENSORNET_TEST_UNIT_ANALYSIS_TESTNETWORKS_H
