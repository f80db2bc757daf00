//===- LinearPath.cpp - Orders as positions in a list ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Networks/LinearPath.h"

#include <algorithm>

using namespace mlir::tensornet;

namespace {
/// Counts how many nodes below a given one have not been used yet, in
/// logarithmic time (Fenwick 1994).
class UnusedNodes {
public:
  explicit UnusedNodes(unsigned numNodes) : sums(numNodes + 1) {
    for (unsigned i = 1; i <= numNodes; ++i)
      sums[i] = i & -i;
  }
  /// The number of unused nodes with a smaller number than `node`.
  unsigned countBelow(NodeId node) const {
    unsigned count = 0;
    for (unsigned i = node; i > 0; i -= i & -i)
      count += sums[i];
    return count;
  }
  void use(NodeId node) {
    for (unsigned i = node + 1; i < sums.size(); i += i & -i)
      --sums[i];
  }

private:
  std::vector<unsigned> sums;
};
} // namespace

std::vector<PathPair>
mlir::tensornet::getLinearPath(const ContractionTree &tree) {
  // A result stands behind all nodes made before it, so the position of a node
  // is the number of unused nodes with smaller numbers.
  UnusedNodes unused(tree.getNumNodes());
  std::vector<PathPair> path;
  for (const ContractionStep &step : tree.getSteps()) {
    path.push_back(
        std::minmax(unused.countBelow(step.lhs), unused.countBelow(step.rhs)));
    unused.use(step.lhs);
    unused.use(step.rhs);
  }
  return path;
}
