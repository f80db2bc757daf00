//===- JointSearch.cpp - Orders of several networks -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/JointSearch.h"

#include "SharingGraph.h"

#include "tensornet/Analysis/CostModel.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {

/// The splits that one AND-OR graph may have.
constexpr double kMaxSplits = 5e5;
/// The most results that are planned in one AND-OR graph.
constexpr unsigned kMaxResults = 64;
/// The most factors of a product in a graph of several.
constexpr unsigned kMaxFactors = 10;
/// Limits of a window on a larger network.
constexpr unsigned kWindowFactors = 7, kWindowProducts = 12;
constexpr unsigned kWindowTrials = 2;
/// A tensor with more readers brings none of them into a window.
constexpr unsigned kMaxReaders = 16;
/// Sums of doubles in another order may differ by so much.
constexpr double kTolerance = 1e-12;

/// Plans the products of a group part by part.
class JointPlanner {
public:
  JointPlanner(ProductGroup &group, const SearchOptions &options)
      : group(group), options(options) {}
  JointSummary run();

private:
  /// Products of one connected part, factors before readers.
  using Part = std::vector<TensorId>;

  std::vector<Part> findParts() const;
  void planPart(const Part &part);
  void planSingle(TensorId result);
  bool planTogether(llvm::ArrayRef<TensorId> products, unsigned maxFactors,
                    unsigned trials);
  bool needsJointSearch(const Part &part) const;
  void planWindows(const Part &part);
  Part growWindow(TensorId seed, const std::vector<bool> &isInPart) const;
  std::vector<TensorId>
  getNeededOutside(llvm::ArrayRef<TensorId> products) const;
  std::optional<std::vector<OrderedProduct>>
  flatten(llvm::ArrayRef<TensorId> products, llvm::ArrayRef<TensorId> results,
          unsigned maxFactors) const;
  void applyTree(TensorId result, const OrderedProduct &ordered,
                 const ContractionTree &tree);
  unsigned countShared() const;
  void updateReaders();

  ProductGroup &group;
  const SearchOptions &options;
  JointSummary summary;
  /// For every tensor the needed products that read it, and how often they do.
  std::vector<std::vector<TensorId>> readers;
  std::vector<unsigned> numReads;
};

} // namespace

void JointPlanner::updateReaders() {
  readers.assign(group.getNumTensors(), {});
  for (TensorId tensor : group.getNeededProducts(group.getResults()))
    for (const ProductFactor &factor : group.getProduct(tensor).factors)
      if (!llvm::is_contained(readers[factor.tensor], tensor))
        readers[factor.tensor].push_back(tensor);
  numReads = group.countReads();
}

unsigned JointPlanner::countShared() const {
  std::vector<unsigned> reads = group.countReads();
  unsigned shared = 0;
  for (TensorId tensor = 0; tensor < reads.size(); ++tensor)
    shared += reads[tensor] > 1 && !group.isLeaf(tensor);
  return shared;
}

/// Products that share a tensor of at least one dimension, however indirectly.
std::vector<JointPlanner::Part> JointPlanner::findParts() const {
  std::vector<TensorId> parents(group.getNumTensors());
  std::iota(parents.begin(), parents.end(), 0);
  auto find = [&](TensorId tensor) {
    while (parents[tensor] != tensor)
      tensor = parents[tensor] = parents[parents[tensor]];
    return tensor;
  };
  std::vector<TensorId> order = group.getNeededProducts(group.getResults());
  for (TensorId tensor : order)
    for (const ProductFactor &factor : group.getProduct(tensor).factors)
      if (!factor.indices.empty() || !group.isLeaf(factor.tensor))
        parents[find(factor.tensor)] = find(tensor);
  std::vector<Part> parts;
  std::vector<unsigned> partOf(group.getNumTensors(), ~0u);
  for (TensorId tensor : order) {
    unsigned &part = partOf[find(tensor)];
    if (part == ~0u) {
      part = parts.size();
      parts.emplace_back();
    }
    parts[part].push_back(tensor);
  }
  return parts;
}

//===----------------------------------------------------------------------===//
// Several results
//===----------------------------------------------------------------------===//

/// Those of `products` that are results or that others read.
std::vector<TensorId>
JointPlanner::getNeededOutside(llvm::ArrayRef<TensorId> products) const {
  std::vector<TensorId> needed;
  for (TensorId tensor : products)
    if (group.getTensor(tensor).isResult ||
        llvm::any_of(readers[tensor], [&](TensorId reader) {
          return !llvm::is_contained(products, reader);
        }))
      needed.push_back(tensor);
  return needed;
}

/// `results` in terms of what `products` read from outside; std::nullopt where
/// they are too large for one graph.
std::optional<std::vector<OrderedProduct>>
JointPlanner::flatten(llvm::ArrayRef<TensorId> products,
                      llvm::ArrayRef<TensorId> results,
                      unsigned maxFactors) const {
  if (results.size() > kMaxResults)
    return std::nullopt;
  std::vector<bool> isInside(group.getNumTensors());
  for (TensorId tensor : products)
    isInside[tensor] = true;
  std::vector<OrderedProduct> flat;
  double numSplits = 0;
  for (TensorId result : results) {
    auto product = group.flatten(
        result, [&](TensorId tensor) { return isInside[tensor]; }, maxFactors);
    if (!product || product->product.getNumIndices() > kMaxMaskedIndices)
      return std::nullopt;
    numSplits += std::pow(3, product->product.factors.size()) / 2;
    flat.push_back(std::move(*product));
  }
  if (numSplits > kMaxSplits)
    return std::nullopt;
  return flat;
}

/// Plans `products` in one AND-OR graph; false where they are too large. What
/// they compute for others keeps its place.
bool JointPlanner::planTogether(llvm::ArrayRef<TensorId> products,
                                unsigned maxFactors, unsigned trials) {
  std::vector<TensorId> results = getNeededOutside(products);
  auto flat = flatten(products, results, maxFactors);
  if (!flat)
    return false;
  // A sum or a permutation costs nothing as it is.
  std::vector<TensorId> planned;
  std::vector<OrderedProduct> ordered;
  for (auto [result, product] : llvm::zip_equal(results, *flat)) {
    if (product.product.factors.size() < 2)
      continue;
    planned.push_back(result);
    ordered.push_back(std::move(product));
  }
  double limit = 0;
  for (TensorId tensor : products)
    limit += group.computeCost(group.getProduct(tensor), options).total;
  if (!std::isfinite(limit) || planned.empty())
    return true;
  SharingGraph graph(group, std::move(ordered), limit, options);
  SharingPlan plan = findSharingPlan(graph, trials, options.seed);
  if (detail::computeCost(graph, plan).total >= limit * (1 - kTolerance))
    return true;
  applyPlan(group, planned, graph, plan);
  // The others read what is left after that.
  for (auto [result, product] : llvm::zip_equal(results, *flat))
    if (product.product.factors.size() == 1)
      group.setProduct(result, product.product);
  updateReaders();
  return true;
}

//===----------------------------------------------------------------------===//
// One result
//===----------------------------------------------------------------------===//

/// Makes `result` in the order of `tree` over the factors of `ordered`.
void JointPlanner::applyTree(TensorId result, const OrderedProduct &ordered,
                             const ContractionTree &tree) {
  const Product &product = ordered.product;
  ContractionGraph graph = getContractionGraph(group, product);
  std::vector<ProductFactor> nodes(product.factors.begin(),
                                   product.factors.end());
  nodes.resize(tree.getNumNodes());
  std::vector<IndexSet> sets = tree.computeNodeIndices(graph);
  auto isIn = [](const IndexSet &set) {
    return [&set](IndexId index) { return llvm::is_contained(set, index); };
  };
  // Indices of one factor alone are summed first.
  for (NodeId leaf = 0; leaf < tree.getNumLeaves(); ++leaf) {
    if (makeIndexSet(nodes[leaf].indices).size() == sets[leaf].size())
      continue;
    Product sum{{nodes[leaf]}, {}};
    sum.setResult(isIn(sets[leaf]));
    nodes[leaf] = {group.addProduct(sum), sum.result};
  }
  for (NodeId node = tree.getNumLeaves(); node < tree.getNumNodes(); ++node) {
    const ContractionStep &step = tree.getStep(node);
    Product made{{nodes[step.lhs], nodes[step.rhs]}, {}};
    if (node == tree.getRoot()) {
      made.result = product.result;
      return group.setProduct(result, std::move(made));
    }
    made.setResult(isIn(sets[node]));
    llvm::SmallVector<IndexId, 4> indices = made.result;
    nodes[node] = {group.addProduct(std::move(made)), indices};
  }
}

/// What `product` costs in the order of `tree`.
static double getTotal(const ProductGroup &group, const Product &product,
                       const ContractionTree &tree,
                       const SearchOptions &options) {
  ContractionGraph graph = getContractionGraph(group, product);
  std::vector<bool> active = tree.computeActiveNodes(graph);
  std::vector<double> frequencies;
  for (const ProductFactor &factor : product.factors)
    frequencies.push_back(group.getTensor(factor.tensor).frequency);
  double total = 0;
  tree.walkSteps(graph, [&](const ContractionTree::StepView &step) {
    frequencies.push_back(
        std::max(frequencies[step.lhs], frequencies[step.rhs]));
    double points = graph.getNumPoints(unite(step.lhsIndices, step.rhsIndices));
    double moved = graph.getNumPoints(step.lhsIndices) +
                   graph.getNumPoints(step.rhsIndices) +
                   graph.getNumPoints(step.resultIndices);
    total += getStepCost(options, points, moved) *
             getNumPasses(active[step.lhs], active[step.rhs]) *
             frequencies.back();
  });
  return total;
}

/// Plans all products below `result` that nothing else reads as one network.
void JointPlanner::planSingle(TensorId result) {
  constexpr unsigned kMaxNetwork = 1 << 16;
  auto isOwn = [&](TensorId tensor) {
    return numReads[tensor] == 1 && !group.getTensor(tensor).isResult;
  };
  auto ordered = group.flatten(result, isOwn, kMaxNetwork);
  if (!ordered || ordered->product.factors.size() < 3)
    return;
  ContractionGraph graph = getContractionGraph(group, ordered->product);
  SearchOptions search = options;
  search.candidates.assign(1, ordered->tree);
  ContractionTree tree = findTree(graph, search);
  const Product &product = ordered->product;
  if (getTotal(group, product, tree, options) <
      getTotal(group, product, ordered->tree, options) * (1 - kTolerance))
    applyTree(result, *ordered, tree);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// `seed` and what is near it: as many products as one graph holds, those that
/// cost most first.
JointPlanner::Part
JointPlanner::growWindow(TensorId seed,
                         const std::vector<bool> &isInPart) const {
  Part window{seed};
  llvm::SmallDenseSet<TensorId> rejected;
  while (window.size() < kWindowProducts) {
    std::optional<TensorId> next;
    double highest = -1;
    auto consider = [&](TensorId tensor) {
      if (tensor >= isInPart.size() || !isInPart[tensor] ||
          llvm::is_contained(window, tensor) || rejected.contains(tensor))
        return;
      double cost = group.computeCost(group.getProduct(tensor), options).total;
      if (cost > highest) {
        highest = cost;
        next = tensor;
      }
    };
    auto considerReaders = [&](TensorId tensor) {
      if (readers[tensor].size() <= kMaxReaders)
        llvm::for_each(readers[tensor], consider);
    };
    for (TensorId tensor : window) {
      for (const ProductFactor &factor : group.getProduct(tensor).factors) {
        consider(factor.tensor);
        considerReaders(factor.tensor);
      }
      considerReaders(tensor);
    }
    if (!next)
      break;
    window.push_back(*next);
    if (!flatten(window, getNeededOutside(window), kWindowFactors)) {
      window.pop_back();
      rejected.insert(*next);
    }
  }
  return window;
}

void JointPlanner::planWindows(const Part &part) {
  std::vector<bool> isInPart(group.getNumTensors()),
      isCovered(group.getNumTensors());
  for (TensorId tensor : part)
    isInPart[tensor] = true;
  for (TensorId seed : part) {
    // An earlier window may have made it unneeded.
    bool isNeeded = group.getTensor(seed).isResult || !readers[seed].empty();
    if (isCovered[seed] || !isNeeded)
      continue;
    Part window = growWindow(seed, isInPart);
    for (TensorId tensor : window)
      isCovered[tensor] = true;
    planTogether(window, kWindowFactors, kWindowTrials);
    ++summary.numWindows;
  }
}

/// True where several of its products may need the same, or a loop does not
/// change some of what it reads: more than a path search knows.
bool JointPlanner::needsJointSearch(const Part &part) const {
  return llvm::any_of(part, [&](TensorId tensor) {
    return llvm::any_of(group.getProduct(tensor).factors,
                        [&](const ProductFactor &factor) {
                          return !factor.indices.empty() &&
                                 (numReads[factor.tensor] > 1 ||
                                  group.getTensor(factor.tensor).frequency < 1);
                        });
  });
}

//===----------------------------------------------------------------------===//
// The whole group
//===----------------------------------------------------------------------===//

void JointPlanner::planPart(const Part &part) {
  bool isOneProduct =
      part.size() == 1 && group.getProduct(part.front()).factors.size() < 3;
  if (isOneProduct)
    return;
  updateReaders();
  bool isJoint = needsJointSearch(part);
  ++summary.numNetworks;
  if (isJoint && planTogether(part, kMaxFactors, options.trials))
    return;
  std::vector<TensorId> results;
  for (TensorId tensor : part) {
    bool isResult = group.getTensor(tensor).isResult;
    if (isResult)
      results.push_back(tensor);
    if (isResult || numReads[tensor] > 1)
      planSingle(tensor);
  }
  updateReaders();
  if (isJoint)
    planWindows(group.getNeededProducts(results));
}

JointSummary JointPlanner::run() {
  summary.before = group.computeCost(options);
  summary.sharedBefore = countShared();
  if (options.strategy != SearchStrategy::LeftToRight &&
      options.objective != SearchObjective::Peak)
    for (const Part &part : findParts())
      planPart(part);
  summary.after = group.computeCost(options);
  summary.sharedAfter = countShared();
  return summary;
}

/// The best plan for the value alone, as a plan of `group`, and from there on
/// the best one for the gradients too.
static ProductGroup planForValueFirst(const ProductGroup &group,
                                      const SearchOptions &options,
                                      JointSummary &summary) {
  ProductGroup planned = group;
  planned.setActiveLeaves([](TensorId) { return false; });
  JointPlanner(planned, options).run();
  planned.setActiveLeaves([&](TensorId leaf) {
    return leaf < group.getNumTensors() && group.getTensor(leaf).active;
  });
  summary = JointPlanner(planned, options).run();
  return planned;
}

JointSummary mlir::tensornet::planJointly(ProductGroup &group,
                                          const SearchOptions &options) {
  if (!group.isAnyLeafActive())
    return JointPlanner(group, options).run();
  JointSummary fromValue;
  ProductGroup other = planForValueFirst(group, options, fromValue);
  JointSummary summary = JointPlanner(group, options).run();
  if (fromValue.after.total >= summary.after.total)
    return summary;
  group = std::move(other);
  fromValue.before = summary.before;
  fromValue.sharedBefore = summary.sharedBefore;
  return fromValue;
}
