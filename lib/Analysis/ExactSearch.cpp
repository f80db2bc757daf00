//===- ExactSearch.cpp - Dynamic programming over subsets -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathSearchInternal.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cassert>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

void SmallNetwork::addIndex(LeafMask leaves, bool kept, double extent) {
  auto [position, isNew] =
      positions.try_emplace(leaves * 2 + kept, indices.size());
  if (isNew) {
    indices.push_back({leaves, kept, extent});
    return;
  }
  // Infinity times 0 is no number.
  double &fused = indices[position->second].extent;
  fused = extent == 0 || fused == 0 ? 0 : fused * extent;
}

/// Fills `points[v]` for each set v of the first up to 8 of these indices.
static void fillBytePoints(llvm::ArrayRef<SmallNetwork::Index> indices,
                           double *points) {
  points[0] = 1;
  for (unsigned value = 1; value < 256; ++value) {
    unsigned low = llvm::countr_zero(value);
    double extent = low < indices.size() ? indices[low].extent : 1;
    // Extents of 0 are looked up apart: infinity times 0 is no number.
    points[value] = points[value & (value - 1)] * (extent == 0 ? 1 : extent);
  }
}

/// Fills for each set of leaves the indices that any of them holds.
static void fillTouchedIndices(const SmallNetwork &network, unsigned numWords,
                               std::vector<uint64_t> &touched) {
  size_t numSets = size_t(1) << network.numLeaves;
  touched.assign(numSets * numWords, 0);
  for (auto [number, index] : llvm::enumerate(network.indices))
    for (unsigned leaf = 0; leaf < network.numLeaves; ++leaf)
      if (index.leaves >> leaf & 1)
        touched[(size_t(1) << leaf) * numWords + number / 64] |=
            uint64_t(1) << (number % 64);
  for (size_t set = 1; set < numSets; ++set)
    for (unsigned word = 0; word < numWords; ++word)
      touched[set * numWords + word] |=
          touched[(set & (set - 1)) * numWords + word] |
          touched[(set & -set) * numWords + word];
}

void ExactSearch::prepareIndices(const SmallNetwork &network) {
  numWords = (network.indices.size() + 63) / 64;
  numBytes = (network.indices.size() + 7) / 8;
  bytePoints.resize(size_t(numBytes) * 256);
  llvm::ArrayRef<SmallNetwork::Index> indices = network.indices;
  for (unsigned byte = 0; byte < numBytes; ++byte)
    fillBytePoints(indices.drop_front(byte * 8), &bytePoints[byte * 256]);
  kept.assign(numWords, 0);
  zeroExtents.assign(numWords, 0);
  for (auto [number, index] : llvm::enumerate(indices)) {
    uint64_t bit = uint64_t(1) << (number % 64);
    kept[number / 64] |= index.kept ? bit : 0;
    zeroExtents[number / 64] |= index.extent == 0 ? bit : 0;
  }
}

void ExactSearch::prepareSets(const SmallNetwork &network) {
  size_t numSets = size_t(1) << network.numLeaves;
  fillTouchedIndices(network, numWords, touched);
  live.resize(numSets * numWords);
  elements.resize(numSets);
  active.resize(numSets);
  isFree.resize(numSets);
  for (size_t set = 0; set < numSets; ++set) {
    for (unsigned word = 0; word < numWords; ++word) {
      uint64_t outside = touched[(numSets - 1 - set) * numWords + word];
      uint64_t inside = touched[set * numWords + word];
      live[set * numWords + word] = inside & (outside | kept[word]);
    }
    isFree[set] = (set & (set - 1)) == 0 && (set & network.free) != 0;
    active[set] = (set & network.active) != 0;
    elements[set] = countPoints(set, set);
  }
}

double ExactSearch::countPoints(LeafMask lhs, LeafMask rhs) const {
  const uint64_t *lhsWords = live.data() + size_t(lhs) * numWords;
  const uint64_t *rhsWords = live.data() + size_t(rhs) * numWords;
  double points = 1;
  for (unsigned word = 0; word < numWords; ++word) {
    uint64_t set = lhsWords[word] | rhsWords[word];
    if (set & zeroExtents[word])
      return 0;
    unsigned firstByte = word * 8;
    unsigned lastByte = std::min(firstByte + 8, numBytes);
    for (unsigned byte = firstByte; byte < lastByte; ++byte, set >>= 8)
      points *= bytePoints[byte * 256 + (set & 255)];
  }
  return points;
}

void ExactSearch::findBestSplit(LeafMask leaves, const StepCost &stepCost) {
  LeafMask low = leaves & -leaves, rest = leaves ^ low;
  SearchCost best;
  LeafMask bestHalf = 0;
  for (LeafMask others = rest; others != 0;) {
    others = (others - 1) & rest;
    LeafMask lhs = low | others, rhs = leaves ^ lhs;
    double base = totals[lhs] + totals[rhs];
    if (bestHalf != 0 && base > best.total)
      continue;
    bool anyFree = isFree[lhs] || isFree[rhs];
    double step = stepCost.get({anyFree ? 0 : countPoints(lhs, rhs),
                                elements[lhs], elements[rhs], elements[leaves],
                                active[lhs] != 0, active[rhs] != 0, anyFree});
    SearchCost cost = {base + step, written[lhs] + written[rhs],
                       std::max(largest[lhs], largest[rhs])};
    if (bestHalf != 0 && !(cost < best))
      continue;
    best = cost;
    bestHalf = lhs;
  }
  halves[leaves] = bestHalf;
  totals[leaves] = best.total;
  written[leaves] = best.written + elements[leaves];
  largest[leaves] = std::max(best.largest, elements[leaves]);
}

SearchCost ExactSearch::run(const SmallNetwork &network,
                            const StepCost &stepCost) {
  assert(network.numLeaves >= 1 && network.numLeaves <= kMaxExactLeaves &&
         "exact search takes few leaves");
  prepareIndices(network);
  prepareSets(network);
  size_t numSets = size_t(1) << network.numLeaves;
  totals.assign(numSets, 0);
  written.assign(numSets, 0);
  largest.assign(numSets, 0);
  halves.assign(numSets, 0);
  for (LeafMask leaves = 1; leaves < numSets; ++leaves)
    if ((leaves & (leaves - 1)) != 0)
      findBestSplit(leaves, stepCost);
  LeafMask all = numSets - 1;
  return {totals[all], written[all], largest[all]};
}

/// The network of all leaves of `graph`.
static SmallNetwork getSmallNetwork(const ContractionGraph &graph) {
  SmallNetwork network;
  network.numLeaves = graph.getNumLeaves();
  std::vector<LeafMask> holders(graph.getNumIndices(), 0);
  for (auto [number, leaf] : llvm::enumerate(graph.getLeaves())) {
    LeafMask bit = LeafMask(1) << number;
    network.active |= leaf.active ? bit : 0;
    network.free |= leaf.free ? bit : 0;
    for (IndexId index : leaf.indices)
      holders[index] |= bit;
  }
  for (auto [index, leaves] : llvm::enumerate(holders))
    if (leaves != 0)
      network.addIndex(leaves, graph.isOutput(index), graph.getExtent(index));
  return network;
}

ContractionTree detail::findExactTree(const ContractionGraph &graph,
                                      const StepCost &stepCost) {
  unsigned numLeaves = graph.getNumLeaves();
  ContractionTree tree(numLeaves);
  if (numLeaves < 2)
    return tree;
  ExactSearch search;
  search.run(getSmallNetwork(graph), stepCost);

  // Sets from the whole down to pairs, then steps in the opposite order.
  llvm::SmallVector<LeafMask, 16> sets = {(LeafMask(1) << numLeaves) - 1};
  for (unsigned next = 0; next < sets.size(); ++next) {
    LeafMask lhs = search.getHalf(sets[next]), rhs = sets[next] ^ lhs;
    for (LeafMask half : {lhs, rhs})
      if ((half & (half - 1)) != 0)
        sets.push_back(half);
  }
  llvm::DenseMap<LeafMask, NodeId> nodes;
  for (unsigned leaf = 0; leaf < numLeaves; ++leaf)
    nodes[LeafMask(1) << leaf] = leaf;
  for (LeafMask set : llvm::reverse(sets)) {
    LeafMask lhs = search.getHalf(set);
    nodes[set] = tree.addStep(nodes.lookup(lhs), nodes.lookup(set ^ lhs));
  }
  return tree;
}
