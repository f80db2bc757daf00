//===- SharingGraph.h - All ways to compute products ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// All ways to compute a few products together, as an AND-OR graph: a key is a
// partial product up to names, which several products may contain; each split
// of a key into two smaller ones is a way to compute it. A plan chooses one
// split for every key that it needs. This is the graph of multi-query
// optimisation (Roy, Seshadri, Sudarshan, Bhobe 2000), with contractions in the
// place of joins.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_SHARINGGRAPH_H
#define TENSORNET_LIB_ANALYSIS_SHARINGGRAPH_H

#include "CanonicalProduct.h"

#include <map>

namespace mlir::tensornet::detail {

/// A set of factors of one product, one bit each.
using FactorMask = uint32_t;

/// All subsets of the factors of a product are looked at.
inline constexpr unsigned kMaxSharedFactors = 14;

/// Number of a key of a SharingGraph.
using KeyId = unsigned;

/// What is minimised, with its tie breaker.
struct SharingCost {
  /// See GroupCost.
  double total = 0;
  /// Elements of all results.
  double written = 0;

  SharingCost operator+(const SharingCost &other) const {
    return {total + other.total, written + other.written};
  }
  bool operator<(const SharingCost &other) const {
    return total != other.total ? total < other.total : written < other.written;
  }
  /// True where this is lower by more than sums of doubles in another order
  /// may differ.
  bool isClearlyBelow(const SharingCost &other) const;
};

/// All ways to compute a few flat products.
class SharingGraph {
public:
  /// Two keys whose product is a third one, as sets of factors of a product
  /// that contains it.
  struct Split {
    KeyId lhs, rhs;
    SharingCost cost;
    unsigned product;
    FactorMask lhsMask, rhsMask;
  };
  struct Key {
    unsigned numFactors;
    std::vector<Split> splits;
    /// The split that computes it in the order that products come with.
    std::optional<unsigned> incoming;
    /// How many sets of factors of how many products have this key; sets that
    /// only occur within equal sets count once.
    unsigned numOccurrences = 0;
  };

  /// The products must have 2 to kMaxSharedFactors factors and at most
  /// kMaxMaskedIndices indices. Splits that cost more than `limit` by the
  /// objective of `options` are left out unless an incoming order has them.
  /// Group and options must outlive the graph.
  SharingGraph(const ProductGroup &group, std::vector<OrderedProduct> products,
               double limit, const SearchOptions &options);

  llvm::ArrayRef<OrderedProduct> getProducts() const { return products; }
  llvm::ArrayRef<Key> getKeys() const { return keys; }
  /// The keys of the whole products, one per product.
  llvm::ArrayRef<KeyId> getRoots() const { return roots; }

  /// The canonical form of some factors of a product.
  CanonicalProduct getCanonical(unsigned product, FactorMask factors) const;
  /// The indices that these factors leave to the others or to the result.
  IndexMask getKept(unsigned product, FactorMask factors) const {
    return networks[product].kept[factors];
  }

private:
  static constexpr KeyId kNone = ~0u;

  /// What the search needs to know of one product.
  struct Network {
    std::vector<double> extents;
    FactorMask active = 0;
    std::vector<double> frequencies;
    FactorMask all = 0;
    /// For every set of factors the indices that it leaves to the others or to
    /// the result.
    std::vector<IndexMask> kept;
    /// For every set of factors its key; kNone where none has been asked for.
    std::vector<KeyId> keys;
  };

  Network makeNetwork(const OrderedProduct &product) const;
  double countElements(const Network &network, IndexMask indices) const;
  SharingCost getCost(unsigned product, FactorMask lhs, FactorMask rhs) const;
  KeyId getKey(unsigned product, FactorMask factors);
  void addSplits(unsigned product, double limit);
  void addIncoming(unsigned product);

  const ProductGroup &group;
  const SearchOptions &options;
  std::vector<OrderedProduct> products;
  std::vector<Network> networks;
  std::vector<Key> keys;
  std::map<std::vector<uint32_t>, KeyId> keyOfLabels;
  std::vector<KeyId> roots;
};

/// For every key the number of its split; what is not needed may be anything.
using SharingPlan = std::vector<unsigned>;

/// The keys of more than one factor that `plan` needs, smaller ones first.
std::vector<KeyId> getNeededKeys(const SharingGraph &graph,
                                 const SharingPlan &plan);

/// The cost of the needed keys together.
SharingCost computeCost(const SharingGraph &graph, const SharingPlan &plan);

/// The orders that products come with, equal parts computed once.
SharingPlan getIncomingPlan(const SharingGraph &graph);

/// The cheapest plan that descent from several starts finds, the incoming one
/// among them: never costlier. The same for the same seed everywhere.
SharingPlan findSharingPlan(const SharingGraph &graph, unsigned trials,
                            uint64_t seed);

/// Rewrites the tensors of `group` whose products `graph` was made of (one per
/// product) as `plan` says. They keep their numbers and values; what they read
/// besides the factors of the products is new.
void applyPlan(ProductGroup &group, llvm::ArrayRef<TensorId> tensors,
               const SharingGraph &graph, const SharingPlan &plan);

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_SHARINGGRAPH_H
