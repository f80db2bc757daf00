//===- GeneratedGraphs.cpp - Graphs, lattices, PEPS -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneratorKinds.h"

#include "llvm/ADT/STLExtras.h"

#include <queue>
#include <set>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

//===----------------------------------------------------------------------===//
// Graphs with an index per edge
//===----------------------------------------------------------------------===//

namespace {
using Edge = std::pair<size_t, size_t>;
} // namespace

/// A tensor per node, an index per edge; extents are drawn between two bounds.
static void addGraph(GeneratedNetwork &network, size_t numNodes,
                     llvm::ArrayRef<Edge> edges, GeneratorRandom &random,
                     int64_t low, int64_t high) {
  std::vector<TensorIndices> nodes(numNodes);
  for (auto [first, second] : edges) {
    IndexId index = network.addIndex(random.getBetween(low, high));
    nodes[first].push_back(index);
    nodes[second].push_back(index);
  }
  for (TensorIndices &node : nodes)
    network.addTensor(std::move(node));
}

/// Pairs free ends of nodes at random such that no pair comes twice or joins a
/// node to itself (Steger and Wormald 1999); std::nullopt where the last ends
/// do not fit.
static std::optional<std::vector<Edge>> pairEnds(size_t numNodes, size_t degree,
                                                 GeneratorRandom &random) {
  std::vector<size_t> ends;
  for (size_t node = 0; node < numNodes; ++node)
    ends.insert(ends.end(), degree, node);
  std::vector<Edge> edges;
  std::set<Edge> present;
  size_t failures = 0;
  while (!ends.empty()) {
    size_t a = random.getBelow(ends.size()), b = random.getBelow(ends.size());
    Edge edge = std::minmax(ends[a], ends[b]);
    if (edge.first == edge.second || !present.insert(edge).second) {
      if (++failures > 100 + 10 * ends.size())
        return std::nullopt;
      continue;
    }
    failures = 0;
    edges.push_back(edge);
    for (size_t end : {std::max(a, b), std::min(a, b)}) {
      ends[end] = ends.back();
      ends.pop_back();
    }
  }
  return edges;
}

static llvm::Error generateRegular(const GeneratorValues &values,
                                   GeneratedNetwork &network) {
  int64_t numNodes = values["nodes"], degree = values["degree"];
  if (degree >= numNodes || numNodes * degree % 2)
    return llvm::createStringError(
        "no graph of " + llvm::Twine(numNodes) + " nodes has degree " +
        llvm::Twine(degree) +
        "; expected fewer than there are nodes, and an even product");
  GeneratorRandom random(values["seed"]);
  std::optional<std::vector<Edge>> edges;
  for (unsigned attempt = 0; attempt < 1000 && !edges; ++attempt)
    edges = pairEnds(numNodes, degree, random);
  if (!edges)
    return llvm::createStringError("no regular graph was found");
  addGraph(network, numNodes, *edges, random, values["extent"],
           values["extent"]);
  return llvm::Error::success();
}

/// A uniformly random labelled tree from a random sequence (Pruefer 1918).
static llvm::Error generateTree(const GeneratorValues &values,
                                GeneratedNetwork &network) {
  GeneratorRandom random(values["seed"]);
  size_t numNodes = values["nodes"];
  std::vector<size_t> sequence(std::max<size_t>(numNodes, 2) - 2);
  std::vector<unsigned> degree(numNodes, 1);
  for (size_t &node : sequence)
    ++degree[node = random.getBelow(numNodes)];
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> leaves;
  for (size_t node = 0; node < numNodes; ++node)
    if (degree[node] == 1)
      leaves.push(node);
  std::vector<Edge> edges;
  for (size_t node : sequence) {
    edges.push_back({leaves.top(), node});
    leaves.pop();
    if (--degree[node] == 1)
      leaves.push(node);
  }
  if (numNodes > 1) {
    size_t last = leaves.top();
    leaves.pop();
    edges.push_back({last, leaves.top()});
  }
  addGraph(network, numNodes, edges, random, values["low"], values["high"]);
  return llvm::Error::success();
}

/// As many as other kinds have at most: more would only fill the memory.
constexpr size_t kMaxLatticeNodes = 1000000;

static llvm::Error generateLattice(const GeneratorValues &values,
                                   GeneratedNetwork &network) {
  std::array<size_t, 3> size = {static_cast<size_t>(values["x"]),
                                static_cast<size_t>(values["y"]),
                                static_cast<size_t>(values["z"])};
  std::array<size_t, 3> stride = {1, size[0], size[0] * size[1]};
  size_t numNodes = stride[2] * size[2];
  if (numNodes > kMaxLatticeNodes)
    return llvm::createStringError("a lattice of " + llvm::Twine(numNodes) +
                                   " nodes; expected at most " +
                                   llvm::Twine(kMaxLatticeNodes));
  std::vector<Edge> edges;
  for (size_t node = 0; node < numNodes; ++node)
    for (auto [extent, step] : llvm::zip_equal(size, stride)) {
      size_t position = node / step % extent;
      if (position + 1 < extent)
        edges.push_back({node, node + step});
      else if (values["periodic"] && extent > 2)
        edges.push_back({node, node - position * step});
    }
  GeneratorRandom random(0);
  addGraph(network, numNodes, edges, random, values["extent"],
           values["extent"]);
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Projected entangled pair states
//===----------------------------------------------------------------------===//

/// The bonds of every site of one layer.
static std::vector<TensorIndices> addPepsLayer(const GeneratorValues &values,
                                               GeneratedNetwork &network) {
  size_t rows = values["rows"], cols = values["cols"];
  std::vector<TensorIndices> sites(rows * cols);
  auto join = [&](size_t first, size_t second) {
    IndexId bond = network.addIndex(values["bond"]);
    sites[first].push_back(bond);
    sites[second].push_back(bond);
  };
  bool periodic = values["periodic"];
  for (size_t row = 0; row < rows; ++row)
    for (size_t col = 0; col < cols; ++col) {
      size_t site = row * cols + col;
      if (col + 1 < cols || (periodic && cols > 2))
        join(site, row * cols + (col + 1) % cols);
      if (row + 1 < rows || (periodic && rows > 2))
        join(site, (row + 1) % rows * cols + col);
    }
  return sites;
}

static llvm::Error generatePeps(const GeneratorValues &values,
                                GeneratedNetwork &network) {
  std::vector<TensorIndices> ket = addPepsLayer(values, network);
  if (values["layers"] == 1) {
    for (TensorIndices &site : ket)
      network.addTensor(std::move(site));
    return llvm::Error::success();
  }
  std::vector<TensorIndices> bra = addPepsLayer(values, network);
  size_t center =
      ket.size() / 2 + (values["rows"] % 2 ? 0 : values["cols"] / 2);
  for (size_t site = 0; site < ket.size(); ++site) {
    IndexId lower = network.addIndex(values["phys"]), upper = lower;
    if (values["open"] && site == center) {
      upper = network.addIndex(values["phys"]);
      network.setOutput({lower, upper});
    }
    ket[site].push_back(lower);
    bra[site].push_back(upper);
    network.addTensor(std::move(ket[site]));
    network.addTensor(std::move(bra[site]));
  }
  return llvm::Error::success();
}

std::vector<GeneratorKind> detail::getGraphKinds() {
  return {
      {"peps",
       "a projected entangled pair state: its norm, a density matrix or an "
       "amplitude",
       {{"rows", 4, 1, 300, "rows of sites"},
        {"cols", 4, 1, 300, "columns of sites"},
        {"bond", 4, 1, 1000000, "extent of the bonds"},
        {"phys", 2, 1, 1000, "extent of a site"},
        {"layers", 2, 1, 2, "2: state and conjugate; 1: one amplitude"},
        {"periodic", 0, 0, 1, "1: bonds around the borders"},
        {"open", 0, 0, 1, "1: keep a site in the middle (two layers)"}},
       generatePeps},
      {"regular",
       "a random regular graph, a tensor per node",
       {{"nodes", 100, 1, 100000, "tensors"},
        {"degree", 3, 0, 100, "indices of each tensor"},
        {"extent", 2, 1, 1000000, "extent of the indices"},
        {"seed", 0, 0, INT64_MAX, "seed of the graph"}},
       generateRegular},
      {"lattice",
       "a square or cubic lattice, a tensor per node",
       {{"x", 8, 1, 1000, "nodes in the first direction"},
        {"y", 8, 1, 1000, "nodes in the second direction"},
        {"z", 1, 1, 100, "nodes in the third direction"},
        {"extent", 2, 1, 1000000, "extent of the indices"},
        {"periodic", 0, 0, 1, "1: edges around the borders"}},
       generateLattice},
      {"tree",
       "a random tree, a tensor per node",
       {{"nodes", 100, 1, 100000, "tensors"},
        {"low", 10, 1, 1000000, "the smallest extent"},
        {"high", 10, 1, 1000000, "the largest extent"},
        {"seed", 0, 0, INT64_MAX, "seed of the tree and its extents"}},
       generateTree},
  };
}
