//===- LabeledGraph.cpp - Isomorphism by canonical labels -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LabeledGraph.h"

#include "llvm/ADT/STLExtras.h"

// Its variables of static storage belong to one thread each where this is 1.
#include <nausparse.h>
static_assert(HAVE_TLS, "passes run in parallel: nauty must have been built "
                        "with thread-local storage");

using namespace mlir::tensornet::detail;

unsigned LabeledGraph::addVertex(Color color) {
  colors.push_back(color);
  return colors.size() - 1;
}

void LabeledGraph::addEdge(unsigned a, unsigned b) { edges.push_back({a, b}); }

namespace mlir::tensornet::detail {

/// The canonical labels of one graph: equal graphs, up to the numbers of their
/// vertices, have equal ones.
class CanonicalLabels {
public:
  explicit CanonicalLabels(const LabeledGraph &graph);
  ~CanonicalLabels() { SG_FREE(canonical); }
  CanonicalLabels(const CanonicalLabels &) = delete;

  bool operator==(const CanonicalLabels &other) const {
    // The function takes pointers that are not const, but writes nothing there.
    return aresame_sg(const_cast<sparsegraph *>(&canonical),
                      const_cast<sparsegraph *>(&other.canonical));
  }
  /// The vertex in each canonical place.
  const std::vector<int> &getVertices() const { return vertices; }

private:
  void sortByColor(const LabeledGraph &graph);
  void label(const LabeledGraph &graph);

  /// Vertices by cell, and for each place whether its cell goes on.
  std::vector<int> vertices, cells;
  sparsegraph canonical;
};

} // namespace mlir::tensornet::detail

CanonicalLabels::CanonicalLabels(const LabeledGraph &graph) {
  SG_INIT(canonical);
  sortByColor(graph);
  label(graph);
}

void CanonicalLabels::sortByColor(const LabeledGraph &graph) {
  unsigned size = graph.colors.size();
  vertices.resize(size);
  for (unsigned vertex = 0; vertex < size; ++vertex)
    vertices[vertex] = vertex;
  llvm::stable_sort(vertices, [&](int a, int b) {
    return graph.colors[a] < graph.colors[b];
  });
  cells.assign(size, 1);
  for (unsigned place = 0; place < size; ++place)
    if (place + 1 == size ||
        graph.colors[vertices[place]] != graph.colors[vertices[place + 1]])
      cells[place] = 0;
}

void CanonicalLabels::label(const LabeledGraph &graph) {
  int size = graph.colors.size();
  std::vector<int> degrees(size), neighbors(2 * graph.edges.size());
  std::vector<size_t> offsets(size);
  for (auto [a, b] : graph.edges) {
    ++degrees[a];
    ++degrees[b];
  }
  for (int vertex = 1; vertex < size; ++vertex)
    offsets[vertex] = offsets[vertex - 1] + degrees[vertex - 1];
  std::vector<size_t> next = offsets;
  for (auto [a, b] : graph.edges) {
    neighbors[next[a]++] = b;
    neighbors[next[b]++] = a;
  }

  sparsegraph sparse;
  SG_INIT(sparse);
  sparse.nv = size;
  sparse.nde = neighbors.size();
  sparse.v = offsets.data();
  sparse.d = degrees.data();
  sparse.e = neighbors.data();
  sparse.vlen = sparse.dlen = size;
  sparse.elen = neighbors.size();
  DEFAULTOPTIONS_SPARSEGRAPH(options);
  options.getcanon = TRUE;
  options.defaultptn = FALSE;
  statsblk stats;
  std::vector<int> orbits(size);
  sparsenauty(&sparse, vertices.data(), cells.data(), orbits.data(), &options,
              &stats, &canonical);
}

std::optional<std::vector<unsigned>>
LabeledGraph::findIsomorphism(const LabeledGraph &other) const {
  if (edges.size() != other.edges.size())
    return std::nullopt;
  std::vector<Color> sorted = colors, otherSorted = other.colors;
  llvm::sort(sorted);
  llvm::sort(otherSorted);
  if (sorted != otherSorted)
    return std::nullopt;
  std::vector<unsigned> images(colors.size());
  if (colors.empty())
    return images;
  CanonicalLabels labels(*this), otherLabels(other);
  if (!(labels == otherLabels))
    return std::nullopt;
  for (auto [vertex, image] :
       llvm::zip_equal(labels.getVertices(), otherLabels.getVertices()))
    images[vertex] = image;
  return images;
}
