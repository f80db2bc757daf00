//===- TreeAnnealing.cpp - Annealing of a tree by rotations ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TreeAnnealing.h"

#include "IndexBits.h"
#include "SubNetwork.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

// Counting bits takes one instruction where the processor has it. No clone may
// change a floating-point result, so none has fused multiplication and
// addition.
#if defined(__x86_64__) && defined(__linux__)
#define TENSORNET_COUNT_BITS __attribute__((target_clones("popcnt", "default")))
#else
#define TENSORNET_COUNT_BITS
#endif

/// Rows of bits are quadratic in the leaves: for so many they take 2 MB.
constexpr unsigned kMaxWindow = 2048;

/// Costs closer than this are sums in another order.
constexpr double kLogTolerance = 1e-9;

namespace {
/// Samples of the exponential distribution by a table of its quantiles.
class ExponentialSamples {
public:
  ExponentialSamples() {
    for (unsigned i = 0; i < kSize; ++i)
      table[i] = -std::log((i + 0.5) / kSize);
  }
  double get(uint64_t bits) const { return table[bits % kSize]; }

private:
  static constexpr unsigned kSize = 4096;
  double table[kSize];
};
} // namespace

static const ExponentialSamples exponentialSamples;

namespace {
/// A tree whose nodes keep their index sets as rows of bits.
class RotationTree {
public:
  RotationTree(const ContractionGraph &graph, const ContractionTree &tree,
               const StepCost &stepCost);

  TENSORNET_COUNT_BITS void sweep(double temperature, SearchRandom &random);
  /// The binary logarithm of the cost of all steps.
  double getLogCost() const;
  ContractionTree getTree() const;

private:
  struct Node {
    NodeId lhs = 0, rhs = 0;
    /// Of the step that makes this node; of nothing for leaves.
    double logCost = 0;
    /// Of the elements that this node has.
    double logElements = 0;
    bool active = false, free = false;
  };

  bool isLeaf(NodeId node) const { return node < numLeaves; }
  uint64_t *getRow(NodeId node) { return rows.data() + size_t(node) * words; }
  inline __attribute__((always_inline)) double getWeight(unsigned word,
                                                         uint64_t bits) const {
    double weight = weights[word];
    if (LLVM_LIKELY(weight == weight))
      return weight * __builtin_popcountll(bits);
    const double *table = bitsOfIndices.getMixedTable(word);
    double sum = 0;
    for (unsigned byte = 0; byte < 8; ++byte)
      sum += table[byte * 256 + (bits >> (byte * 8) & 255)];
    return sum;
  }
  double getStepCost(const Node &lhs, const Node &rhs, double logPoints,
                     double logElements) const;
  inline __attribute__((always_inline)) void
  tryRotation(NodeId top, double temperature, uint64_t choice);

  IndexBits bitsOfIndices;
  const StepCost &stepCost;
  unsigned numLeaves, words;
  const double *weights;
  NodeId root = 0;
  std::vector<Node> nodes;
  std::vector<uint64_t> rows;
};
} // namespace

RotationTree::RotationTree(const ContractionGraph &graph,
                           const ContractionTree &tree,
                           const StepCost &stepCost)
    : bitsOfIndices(graph), stepCost(stepCost), numLeaves(tree.getNumLeaves()),
      words(bitsOfIndices.getNumWords()),
      weights(bitsOfIndices.getWordWeights()), root(tree.getRoot()),
      nodes(tree.getNumNodes()), rows(size_t(tree.getNumNodes()) * words, 0) {
  std::vector<IndexSet> sets = tree.computeNodeIndices(graph);
  for (NodeId node = 0; node < nodes.size(); ++node) {
    for (IndexId index : sets[node])
      bitsOfIndices.insert(getRow(node), index);
    for (unsigned word = 0; word < words; ++word)
      nodes[node].logElements += getWeight(word, getRow(node)[word]);
    if (isLeaf(node)) {
      nodes[node].active = graph.getLeaf(node).active;
      nodes[node].free = graph.getLeaf(node).free;
      continue;
    }
    auto [lhs, rhs] = tree.getStep(node);
    nodes[node].lhs = lhs;
    nodes[node].rhs = rhs;
    nodes[node].active = nodes[lhs].active || nodes[rhs].active;
    double logPoints = 0;
    for (unsigned word = 0; word < words; ++word)
      logPoints += getWeight(word, getRow(lhs)[word] | getRow(rhs)[word]);
    nodes[node].logCost =
        getStepCost(nodes[lhs], nodes[rhs], logPoints, nodes[node].logElements);
  }
}

double RotationTree::getStepCost(const Node &lhs, const Node &rhs,
                                 double logPoints, double logElements) const {
  return stepCost.getLog({logPoints, lhs.logElements, rhs.logElements,
                          logElements, lhs.active, rhs.active,
                          lhs.free || rhs.free});
}

/// Tries to turn ((a b) c), made by `top`, into ((a c) b).
void RotationTree::tryRotation(NodeId topId, double temperature,
                               uint64_t choice) {
  Node &top = nodes[topId];
  NodeId innerId = choice & 1 ? top.lhs : top.rhs;
  NodeId third = choice & 1 ? top.rhs : top.lhs;
  if (isLeaf(innerId)) {
    if (isLeaf(third))
      return;
    std::swap(innerId, third);
  }
  Node &inner = nodes[innerId];
  NodeId moved = choice & 2 ? inner.lhs : inner.rhs;
  NodeId stays = choice & 2 ? inner.rhs : inner.lhs;

  const uint64_t *a = getRow(stays), *b = getRow(moved), *c = getRow(third),
                 *all = getRow(topId);
  double innerPoints = 0, topPoints = 0, innerElements = 0;
  for (unsigned word = 0; word < words; ++word) {
    uint64_t joined = a[word] | c[word];
    // An index of a or c is alive outside of both where b or the result has it.
    uint64_t live = joined & (b[word] | all[word]);
    innerPoints += getWeight(word, joined);
    innerElements += getWeight(word, live);
    topPoints += getWeight(word, live | b[word]);
  }
  Node rotated = inner;
  rotated.lhs = stays;
  rotated.rhs = third;
  rotated.logElements = innerElements;
  rotated.active = nodes[stays].active || nodes[third].active;
  rotated.logCost =
      getStepCost(nodes[stays], nodes[third], innerPoints, innerElements);
  double topCost =
      getStepCost(rotated, nodes[moved], topPoints, top.logElements);
  double change = LogSum::get(rotated.logCost, topCost) -
                  LogSum::get(inner.logCost, top.logCost);
  if (change > 0 && change >= temperature * exponentialSamples.get(choice >> 2))
    return;
  inner = rotated;
  top.lhs = innerId;
  top.rhs = moved;
  top.logCost = topCost;
  uint64_t *live = getRow(innerId);
  for (unsigned word = 0; word < words; ++word)
    live[word] = (a[word] | c[word]) & (b[word] | all[word]);
}

void RotationTree::sweep(double temperature, SearchRandom &random) {
  uint64_t numSteps = nodes.size() - numLeaves;
  for (uint64_t i = 0; i < numSteps; ++i) {
    uint64_t bits = random.getBits();
    // The upper half chooses the node, the lower the rotation.
    NodeId top = numLeaves + ((bits >> 32) * numSteps >> 32);
    tryRotation(top, temperature, bits & 0xffffffff);
  }
}

double RotationTree::getLogCost() const {
  double highest = -1;
  for (NodeId node = numLeaves; node < nodes.size(); ++node)
    highest = std::max(highest, nodes[node].logCost);
  double sum = 0;
  for (NodeId node = numLeaves; node < nodes.size(); ++node)
    sum += std::exp2(nodes[node].logCost - highest);
  return highest + std::log2(sum);
}

ContractionTree RotationTree::getTree() const {
  std::vector<NodeId> order = {root};
  for (size_t next = 0; next < order.size(); ++next)
    for (NodeId child : {nodes[order[next]].lhs, nodes[order[next]].rhs})
      if (!isLeaf(child))
        order.push_back(child);
  ContractionTree tree(numLeaves);
  std::vector<NodeId> made(nodes.size());
  for (NodeId leaf = 0; leaf < numLeaves; ++leaf)
    made[leaf] = leaf;
  for (NodeId node : llvm::reverse(order))
    made[node] = tree.addStep(made[nodes[node].lhs], made[nodes[node].rhs]);
  return tree;
}

/// Anneals a tree as one table of index sets.
static ContractionTree annealWhole(const ContractionGraph &graph,
                                   const ContractionTree &tree,
                                   const StepCost &cost,
                                   const AnnealingSchedule &schedule,
                                   uint64_t seed) {
  if (tree.getNumLeaves() < 3)
    return tree;
  RotationTree rotations(graph, tree, cost);
  SearchRandom random(seed);
  double ratio = schedule.lastTemperature / schedule.firstTemperature;
  double bestCost = rotations.getLogCost();
  ContractionTree best = tree;
  for (unsigned sweep = 0; sweep < schedule.sweeps; ++sweep) {
    if (schedule.shouldStop && schedule.shouldStop())
      break;
    double done = double(sweep) / std::max(schedule.sweeps - 1, 1u);
    rotations.sweep(schedule.firstTemperature * std::pow(ratio, done), random);
    double logCost = rotations.getLogCost();
    if (logCost < bestCost - kLogTolerance) {
      bestCost = logCost;
      best = rotations.getTree();
    }
  }
  return best;
}

namespace {
/// A large tree, cut into windows: a node and its descendants down to some
/// nodes, which are the leaves of a network of their own.
class WindowedTree {
public:
  WindowedTree(const ContractionGraph &graph, const ContractionTree &tree,
               unsigned windowSize);
  /// Anneals window after window; the tree that they make together.
  ContractionTree anneal(const StepCost &cost,
                         const AnnealingSchedule &schedule) const;

private:
  struct Window {
    NodeId root;
    std::vector<NodeId> frontier;
    /// The steps inside, each after its operands.
    std::vector<NodeId> inner;
  };
  Window getWindow(NodeId root) const;
  ContractionGraph getNetwork(const Window &window) const;
  ContractionTree getTree(const Window &window) const;

  const ContractionGraph &graph;
  const ContractionTree &tree;
  unsigned windowSize;
  std::vector<IndexSet> sets;
  std::vector<bool> active;
  /// Below each node.
  std::vector<unsigned> numLeaves;
};
} // namespace

WindowedTree::WindowedTree(const ContractionGraph &graph,
                           const ContractionTree &tree, unsigned windowSize)
    : graph(graph), tree(tree), windowSize(windowSize),
      sets(tree.computeNodeIndices(graph)),
      active(tree.computeActiveNodes(graph)), numLeaves(tree.getNumNodes(), 1) {
  for (NodeId node = tree.getNumLeaves(); node < numLeaves.size(); ++node)
    numLeaves[node] =
        numLeaves[tree.getStep(node).lhs] + numLeaves[tree.getStep(node).rhs];
}

/// Opens the nodes with the most leaves below until the window is full.
WindowedTree::Window WindowedTree::getWindow(NodeId root) const {
  Window window = {root, {}, {}};
  auto hasFewerLeaves = [&](NodeId lhs, NodeId rhs) {
    return std::make_pair(numLeaves[lhs], lhs) <
           std::make_pair(numLeaves[rhs], rhs);
  };
  std::vector<NodeId> heap = {root};
  while (!heap.empty() && window.frontier.size() + heap.size() < windowSize) {
    std::pop_heap(heap.begin(), heap.end(), hasFewerLeaves);
    NodeId opened = heap.back();
    heap.pop_back();
    window.inner.push_back(opened);
    for (NodeId child : {tree.getStep(opened).lhs, tree.getStep(opened).rhs}) {
      if (tree.isLeaf(child)) {
        window.frontier.push_back(child);
        continue;
      }
      heap.push_back(child);
      std::push_heap(heap.begin(), heap.end(), hasFewerLeaves);
    }
  }
  llvm::append_range(window.frontier, heap);
  // A step's number is higher than those of its operands.
  llvm::sort(window.inner);
  return window;
}

ContractionGraph WindowedTree::getNetwork(const Window &window) const {
  SubNetworkBuilder builder(graph);
  for (NodeId node : window.frontier)
    builder.addLeaf(sets[node], active[node],
                    tree.isLeaf(node) && graph.getLeaf(node).free);
  return builder.finish(sets[window.root]);
}

ContractionTree WindowedTree::getTree(const Window &window) const {
  llvm::DenseMap<NodeId, NodeId> made;
  for (auto [position, node] : llvm::enumerate(window.frontier))
    made[node] = position;
  ContractionTree local(window.frontier.size());
  for (NodeId node : window.inner)
    made[node] = local.addStep(made.lookup(tree.getStep(node).lhs),
                               made.lookup(tree.getStep(node).rhs));
  return local;
}

ContractionTree WindowedTree::anneal(const StepCost &cost,
                                     const AnnealingSchedule &schedule) const {
  std::vector<Window> windows = {getWindow(tree.getRoot())};
  for (size_t next = 0; next < windows.size(); ++next)
    for (NodeId node : std::vector<NodeId>(windows[next].frontier))
      if (!tree.isLeaf(node))
        windows.push_back(getWindow(node));
  SearchRandom random(schedule.seed);
  ContractionTree annealed(tree.getNumLeaves());
  std::vector<NodeId> made(tree.getNumNodes());
  for (NodeId leaf = 0; leaf < tree.getNumLeaves(); ++leaf)
    made[leaf] = leaf;
  // Each window stands after the one that has its root on the frontier.
  for (const Window &window : llvm::reverse(windows)) {
    ContractionTree local = annealWhole(getNetwork(window), getTree(window),
                                        cost, schedule, random.getBits());
    std::vector<NodeId> nodes;
    for (NodeId node : window.frontier)
      nodes.push_back(made[node]);
    for (const ContractionStep &step : local.getSteps())
      nodes.push_back(annealed.addStep(nodes[step.lhs], nodes[step.rhs]));
    made[window.root] = nodes.back();
  }
  return annealed;
}

ContractionTree detail::annealTree(const ContractionGraph &graph,
                                   const ContractionTree &tree,
                                   const StepCost &cost,
                                   const AnnealingSchedule &schedule) {
  if (tree.getNumLeaves() <= kMaxWindow)
    return annealWhole(graph, tree, cost, schedule, schedule.seed);
  // The borders of windows differ from seed to seed.
  SearchRandom random(schedule.seed);
  unsigned windowSize = random.getUniform(kMaxWindow / 2, kMaxWindow);
  return WindowedTree(graph, tree, windowSize).anneal(cost, schedule);
}
