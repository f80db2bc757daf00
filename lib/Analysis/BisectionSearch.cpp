//===- BisectionSearch.cpp - Trees from recursive bisection ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathSearchInternal.h"
#include "SubNetwork.h"
#include "tensornet/Analysis/SearchRandom.h"

#include "llvm/ADT/STLExtras.h"

#include <metis.h>

#include <algorithm>
#include <cmath>
#include <mutex>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

/// METIS draws its random numbers from one generator of the whole process; it
/// is seeded anew for each partition, under this lock.
static std::mutex metisMutex;

/// Indices on more leaves than this become a path instead of a clique, whose
/// edges are quadratic.
constexpr unsigned kMaxClique = 8;

using Leaves = std::vector<unsigned>;

namespace {
/// A graph as METIS reads it.
struct PartitionGraph {
  std::vector<idx_t> offsets = {0}, neighbours, weights;
};

class Bisection {
public:
  Bisection(const ContractionGraph &graph,
            const BisectionParameters &parameters)
      : graph(graph), parameters(parameters), random(parameters.seed),
        occurrences(graph.countOccurrences()), members(graph.getNumIndices()) {}
  ContractionTree run();

private:
  /// A set of leaves, cut in two or contracted as a block.
  struct Part {
    Leaves leaves;
    unsigned halves[2] = {0, 0};
  };
  using Edges = std::vector<std::vector<std::pair<unsigned, double>>>;

  Edges getEdges(const Leaves &leaves);
  PartitionGraph getPartitionGraph(const Leaves &leaves);
  std::vector<idx_t> partition(const Leaves &leaves);
  void split();
  NodeId addBlock(const Leaves &leaves, ContractionTree &tree) const;

  const ContractionGraph &graph;
  BisectionParameters parameters;
  SearchRandom random;
  std::vector<unsigned> occurrences;
  /// The parts found so far, each after the one that it is a half of.
  std::vector<Part> parts;
  /// Per index the positions of the leaves in hand that hold it; else empty.
  std::vector<llvm::SmallVector<unsigned, 2>> members;
};
} // namespace

/// For each leaf what it shares with which other one, once per index.
Bisection::Edges Bisection::getEdges(const Leaves &leaves) {
  std::vector<IndexId> touched;
  for (auto [position, leaf] : llvm::enumerate(leaves))
    for (IndexId index : graph.getLeaf(leaf).indices) {
      if (members[index].empty())
        touched.push_back(index);
      members[index].push_back(position);
    }
  Edges edges(leaves.size());
  for (IndexId index : touched) {
    llvm::ArrayRef<unsigned> on = members[index];
    size_t reach = on.size() <= kMaxClique ? on.size() : 2;
    double weight = std::log2(std::max(graph.getExtent(index), 1.0)) /
                    std::max<size_t>(reach - 1, 1);
    for (size_t i = 0; i < on.size(); ++i)
      for (size_t j = i + 1; j < std::min(i + reach, on.size()); ++j) {
        edges[on[i]].push_back({on[j], weight});
        edges[on[j]].push_back({on[i], weight});
      }
    members[index].clear();
  }
  return edges;
}

PartitionGraph Bisection::getPartitionGraph(const Leaves &leaves) {
  PartitionGraph result;
  for (auto &list : getEdges(leaves)) {
    llvm::sort(list);
    for (size_t i = 0; i < list.size();) {
      unsigned neighbour = list[i].first;
      double weight = 0;
      for (; i < list.size() && list[i].first == neighbour; ++i)
        weight += list[i].second;
      result.neighbours.push_back(neighbour);
      result.weights.push_back(
          std::clamp<double>(std::round(weight * 100), 1, 1e6));
    }
    result.offsets.push_back(result.neighbours.size());
  }
  return result;
}

/// For each leaf its half, 0 or 1; both occur.
std::vector<idx_t> Bisection::partition(const Leaves &leaves) {
  PartitionGraph input = getPartitionGraph(leaves);
  idx_t numVertices = leaves.size(), numConstraints = 1, numParts = 2, cut = 0;
  std::vector<idx_t> halves(leaves.size(), 0);
  double share = 0.5 + parameters.skew * (random.getUniform() - 0.5);
  real_t targets[] = {static_cast<real_t>(share),
                      static_cast<real_t>(1 - share)};
  idx_t options[METIS_NOPTIONS];
  METIS_SetDefaultOptions(options);
  options[METIS_OPTION_SEED] = random.getBits() & 0x7fffffff;
  options[METIS_OPTION_UFACTOR] = 1 + 1000 * parameters.imbalance;
  {
    std::lock_guard<std::mutex> lock(metisMutex);
    METIS_PartGraphRecursive(&numVertices, &numConstraints,
                             input.offsets.data(), input.neighbours.data(),
                             nullptr, nullptr, input.weights.data(), &numParts,
                             targets, nullptr, options, &cut, halves.data());
  }
  // Few or unconnected leaves may all land on one side.
  if (!llvm::is_contained(halves, 0) || !llvm::is_contained(halves, 1))
    for (size_t i = 0; i < halves.size(); ++i)
      halves[i] = i < halves.size() / 2;
  return halves;
}

/// Fills `parts`.
void Bisection::split() {
  parts.emplace_back();
  for (unsigned leaf = 0; leaf < graph.getNumLeaves(); ++leaf)
    parts[0].leaves.push_back(leaf);
  for (size_t next = 0; next < parts.size(); ++next) {
    if (parts[next].leaves.size() <= std::max(parameters.blockSize, 2u))
      continue;
    Leaves leaves = std::move(parts[next].leaves);
    std::vector<idx_t> halves = partition(leaves);
    parts[next].leaves.clear();
    for (unsigned half : {0, 1}) {
      parts[next].halves[half] = parts.size();
      parts.emplace_back();
      for (auto [leaf, side] : llvm::zip_equal(leaves, halves))
        if (side == static_cast<idx_t>(half))
          parts.back().leaves.push_back(leaf);
    }
  }
}

/// Contracts a block by greedy search as a network of its own.
NodeId Bisection::addBlock(const Leaves &leaves, ContractionTree &tree) const {
  ContractionTree block =
      *findGreedyTree(getSubNetwork(graph, leaves, occurrences), {});
  std::vector<NodeId> made(leaves.begin(), leaves.end());
  for (const ContractionStep &step : block.getSteps())
    made.push_back(tree.addStep(made[step.lhs], made[step.rhs]));
  return made.back();
}

ContractionTree Bisection::run() {
  ContractionTree tree(graph.getNumLeaves());
  if (graph.getNumLeaves() < 2)
    return tree;
  split();
  std::vector<NodeId> made(parts.size());
  for (size_t part = parts.size(); part-- > 0;) {
    auto [lhs, rhs] = parts[part].halves;
    made[part] = lhs == 0 ? addBlock(parts[part].leaves, tree)
                          : tree.addStep(made[lhs], made[rhs]);
  }
  return tree;
}

ContractionTree
detail::findBisectionTree(const ContractionGraph &graph,
                          const BisectionParameters &parameters) {
  return Bisection(graph, parameters).run();
}
