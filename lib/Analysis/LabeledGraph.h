//===- LabeledGraph.h - Graphs with coloured vertices -----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_LABELEDGRAPH_H
#define TENSORNET_LIB_ANALYSIS_LABELEDGRAPH_H

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace mlir::tensornet::detail {

/// An undirected graph whose vertices have colours.
class LabeledGraph {
public:
  /// Vertices correspond only where all numbers of their colours are equal.
  using Color = std::array<int64_t, 4>;

  /// Adds a vertex and returns its number: 0, 1, ... in order.
  unsigned addVertex(Color color);
  /// Joins two vertices, which differ and are not joined yet.
  void addEdge(unsigned a, unsigned b);

  /// A one-to-one map of the vertices of this graph to those of `other` that
  /// keeps colours and edges: element v is the image of vertex v. std::nullopt
  /// where there is none.
  std::optional<std::vector<unsigned>>
  findIsomorphism(const LabeledGraph &other) const;

private:
  friend class CanonicalLabels;
  std::vector<Color> colors;
  std::vector<std::pair<unsigned, unsigned>> edges;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_LABELEDGRAPH_H
