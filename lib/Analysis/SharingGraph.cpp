//===- SharingGraph.cpp - All ways to compute products --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharingGraph.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

bool SharingCost::isClearlyBelow(const SharingCost &other) const {
  constexpr double tolerance = 1e-12;
  if (total != other.total &&
      std::abs(total - other.total) > tolerance * other.total)
    return total < other.total;
  return written < other.written * (1 - tolerance);
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

SharingGraph::Network
SharingGraph::makeNetwork(const OrderedProduct &ordered) const {
  const Product &product = ordered.product;
  unsigned numFactors = product.factors.size();
  assert(numFactors > 1 && numFactors <= kMaxSharedFactors &&
         product.getNumIndices() <= kMaxMaskedIndices &&
         "the product fits the masks");
  Network network;
  network.extents = group.getExtents(product);
  network.all = (FactorMask(1) << numFactors) - 1;
  std::vector<IndexMask> spanned(network.all + 1);
  for (auto [number, factor] : llvm::enumerate(product.factors)) {
    FactorMask bit = FactorMask(1) << number;
    for (IndexId index : factor.indices)
      spanned[bit] |= IndexMask(1) << index;
    const ProductGroup::Tensor &tensor = group.getTensor(factor.tensor);
    network.active |= tensor.active ? bit : 0;
    network.frequencies.push_back(tensor.frequency);
  }
  for (FactorMask set = 1; set <= network.all; ++set)
    spanned[set] = spanned[set & (set - 1)] | spanned[set & -set];
  IndexMask output = 0;
  for (IndexId index : product.result)
    output |= IndexMask(1) << index;
  for (FactorMask set = 0; set <= network.all; ++set)
    network.kept.push_back(spanned[set] &
                           (output | spanned[network.all & ~set]));
  network.keys.assign(network.all + 1, kNone);
  return network;
}

double SharingGraph::countElements(const Network &network,
                                   IndexMask indices) const {
  double elements = 1;
  for (; indices != 0; indices &= indices - 1)
    elements *= network.extents[llvm::countr_zero(indices)];
  return elements;
}

SharingCost SharingGraph::getCost(unsigned product, FactorMask lhs,
                                  FactorMask rhs) const {
  const Network &network = networks[product];
  IndexMask lhsKept = getKept(product, lhs), rhsKept = getKept(product, rhs);
  double points = countElements(network, lhsKept | rhsKept);
  double written = countElements(network, getKept(product, lhs | rhs));
  double moved = countElements(network, lhsKept) +
                 countElements(network, rhsKept) + written;
  unsigned passes =
      1 + ((network.active & lhs) != 0) + ((network.active & rhs) != 0);
  double frequency = 0;
  for (FactorMask rest = lhs | rhs; rest != 0; rest &= rest - 1)
    frequency =
        std::max(frequency, network.frequencies[llvm::countr_zero(rest)]);
  return {getStepCost(options, points, moved) * passes * frequency, written};
}

CanonicalProduct SharingGraph::getCanonical(unsigned product,
                                            FactorMask factors) const {
  llvm::SmallVector<const ProductFactor *> chosen;
  for (FactorMask rest = factors; rest != 0; rest &= rest - 1)
    chosen.push_back(
        &products[product].product.factors[llvm::countr_zero(rest)]);
  return canonicalize(chosen, getKept(product, factors));
}

//===----------------------------------------------------------------------===//
// Keys and splits
//===----------------------------------------------------------------------===//

KeyId SharingGraph::getKey(unsigned product, FactorMask factors) {
  KeyId &key = networks[product].keys[factors];
  if (key == kNone) {
    key = keyOfLabels
              .try_emplace(getCanonical(product, factors).labels, keys.size())
              .first->second;
    if (key == keys.size())
      keys.push_back({static_cast<unsigned>(llvm::popcount(factors)), {}, {}});
    ++keys[key].numOccurrences;
  }
  return key;
}

/// Adds all splits of the product and of what they split it into. A key that
/// has splits has them from an equal set of factors.
void SharingGraph::addSplits(unsigned product, double limit) {
  std::vector<bool> isNeeded(networks[product].all + 1);
  isNeeded.back() = true;
  // A subset is a smaller number than the set.
  for (FactorMask set = networks[product].all; set != 0; --set) {
    if (!isNeeded[set] || llvm::has_single_bit(set))
      continue;
    KeyId key = getKey(product, set);
    if (!keys[key].splits.empty())
      continue;
    FactorMask lowest = set & -set;
    for (FactorMask rhs = (set - 1) & set; rhs != 0; rhs = (rhs - 1) & set) {
      if ((rhs & lowest) != 0)
        continue;
      FactorMask lhs = set & ~rhs;
      SharingCost cost = getCost(product, lhs, rhs);
      if (!(cost.total <= limit))
        continue;
      isNeeded[lhs] = isNeeded[rhs] = true;
      // Keys of both halves come later, when all sets that need them have been
      // seen.
      keys[key].splits.push_back({0, 0, cost, product, lhs, rhs});
    }
  }
}

void SharingGraph::addIncoming(unsigned product) {
  const ContractionTree &tree = products[product].tree;
  std::vector<FactorMask> sets;
  for (unsigned leaf = 0; leaf < tree.getNumLeaves(); ++leaf)
    sets.push_back(FactorMask(1) << leaf);
  for (const ContractionStep &step : tree.getSteps()) {
    FactorMask lhs = sets[step.lhs], rhs = sets[step.rhs];
    sets.push_back(lhs | rhs);
    KeyId key = getKey(product, sets.back());
    KeyId lhsKey = getKey(product, lhs), rhsKey = getKey(product, rhs);
    if (keys[key].incoming)
      continue;
    std::vector<Split> &splits = keys[key].splits;
    auto *found = std::find_if(splits.data(), splits.data() + splits.size(),
                               [&](const Split &split) {
                                 return std::minmax(split.lhs, split.rhs) ==
                                        std::minmax(lhsKey, rhsKey);
                               });
    keys[key].incoming = found - splits.data();
    if (*keys[key].incoming == splits.size())
      splits.push_back(
          {lhsKey, rhsKey, getCost(product, lhs, rhs), product, lhs, rhs});
  }
}

SharingGraph::SharingGraph(const ProductGroup &group,
                           std::vector<OrderedProduct> orderedProducts,
                           double limit, const SearchOptions &options)
    : group(group), options(options), products(std::move(orderedProducts)) {
  for (const OrderedProduct &product : products)
    networks.push_back(makeNetwork(product));
  for (unsigned product = 0; product < products.size(); ++product)
    addSplits(product, limit);
  // New keys are of single factors and have no splits.
  for (KeyId key = 0; key < keys.size(); ++key)
    for (unsigned number = 0; number < keys[key].splits.size(); ++number) {
      Split split = keys[key].splits[number];
      split.lhs = getKey(split.product, split.lhsMask);
      split.rhs = getKey(split.product, split.rhsMask);
      keys[key].splits[number] = split;
    }
  for (unsigned product = 0; product < products.size(); ++product) {
    addIncoming(product);
    roots.push_back(getKey(product, networks[product].all));
  }
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

SharingPlan detail::getIncomingPlan(const SharingGraph &graph) {
  SharingPlan plan;
  for (const SharingGraph::Key &key : graph.getKeys())
    plan.push_back(key.incoming.value_or(0));
  return plan;
}

std::vector<KeyId> detail::getNeededKeys(const SharingGraph &graph,
                                         const SharingPlan &plan) {
  std::vector<KeyId> needed;
  std::vector<bool> seen(graph.getKeys().size());
  auto add = [&](KeyId key) {
    if (graph.getKeys()[key].numFactors > 1 && !seen[key])
      needed.push_back(key);
    seen[key] = true;
  };
  llvm::for_each(graph.getRoots(), add);
  for (unsigned next = 0; next < needed.size(); ++next) {
    KeyId key = needed[next];
    const SharingGraph::Split &split = graph.getKeys()[key].splits[plan[key]];
    add(split.lhs);
    add(split.rhs);
  }
  llvm::sort(needed, [&](KeyId lhs, KeyId rhs) {
    return std::pair(graph.getKeys()[lhs].numFactors, lhs) <
           std::pair(graph.getKeys()[rhs].numFactors, rhs);
  });
  return needed;
}

SharingCost detail::computeCost(const SharingGraph &graph,
                                const SharingPlan &plan) {
  SharingCost total;
  for (KeyId key : getNeededKeys(graph, plan))
    total = total + graph.getKeys()[key].splits[plan[key]].cost;
  return total;
}
