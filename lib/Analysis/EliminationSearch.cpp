//===- EliminationSearch.cpp - Trees from elimination orders --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathSearchInternal.h"
#include "TreeBuilder.h"
#include "tensornet/Analysis/SearchRandom.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {
/// An index is eliminated by contracting everything that holds it.
class Elimination {
public:
  Elimination(const ContractionGraph &graph,
              const EliminationParameters &parameters)
      : graph(graph), parameters(parameters), random(parameters.seed),
        builder(graph), versions(graph.getNumIndices(), 0) {}
  ContractionTree run();

private:
  struct Entry {
    double score;
    IndexId index;
    unsigned version;
    /// The order of a heap with the lowest score on top.
    bool operator<(const Entry &other) const {
      return std::tie(other.score, other.index) < std::tie(score, index);
    }
  };
  void push(IndexId index);
  double getScore(IndexId index);

  const ContractionGraph &graph;
  EliminationParameters parameters;
  SearchRandom random;
  TreeBuilder builder;
  std::priority_queue<Entry> queue;
  /// Per index how often its score was computed; older entries are stale.
  std::vector<unsigned> versions;
};
} // namespace

double Elimination::getScore(IndexId index) {
  IndexSet joined;
  double before = 0;
  for (NodeId node : builder.getHolders(index)) {
    joined = unite(joined, builder.getIndices(node));
    before = std::max(before, builder.getLogElements(node));
  }
  // The tensor that is left (its size, not the step's: the eliminated index
  // does not stay), against the largest one that goes.
  double after = builder.getLogPoints(joined) - builder.getLogExtent(index);
  return after - parameters.relief * before +
         parameters.temperature * random.getGumbel();
}

void Elimination::push(IndexId index) {
  if (graph.isOutput(index) || builder.getHolders(index).size() < 2)
    return;
  queue.push({getScore(index), index, ++versions[index]});
}

ContractionTree Elimination::run() {
  for (IndexId index = 0; index < graph.getNumIndices(); ++index)
    push(index);
  while (!queue.empty()) {
    Entry next = queue.top();
    queue.pop();
    llvm::ArrayRef<NodeId> holders = builder.getHolders(next.index);
    if (next.version != versions[next.index] || holders.size() < 2)
      continue;
    NodeId node = builder.contractAll(llvm::to_vector(holders));
    for (IndexId index : IndexSet(builder.getIndices(node)))
      push(index);
  }
  return builder.finish();
}

ContractionTree
detail::findEliminationTree(const ContractionGraph &graph,
                            const EliminationParameters &parameters) {
  return Elimination(graph, parameters).run();
}
