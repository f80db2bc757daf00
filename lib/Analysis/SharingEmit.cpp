//===- SharingEmit.cpp - Products as a plan says --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharingGraph.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {

/// Makes the products of a plan, each key once.
class PlanEmitter {
public:
  PlanEmitter(ProductGroup &group, llvm::ArrayRef<TensorId> tensors,
              const SharingGraph &graph, const SharingPlan &plan)
      : group(group), tensors(tensors), graph(graph), plan(plan) {}
  void run();

private:
  /// Some factors of one product.
  struct Place {
    unsigned product;
    FactorMask factors;
  };
  /// The tensor that a key has become.
  struct Made {
    TensorId tensor;
    /// For each dimension of the tensor its place in the canonical order.
    llvm::SmallVector<unsigned, 4> places;
    /// The tensor is the conjugate of what the canonical labels say.
    bool conjugated;
  };

  void emitKey(KeyId key);
  ProductFactor readKey(KeyId key, Place place);
  ProductFactor readFactor(unsigned product, FactorMask factor);
  Product makeProduct(const SharingGraph::Split &split);
  void rewriteTensor(unsigned number, Product product, const Place &place);

  ProductGroup &group;
  llvm::ArrayRef<TensorId> tensors;
  const SharingGraph &graph;
  const SharingPlan &plan;
  std::map<KeyId, Made> made;
};

} // namespace

/// The indices of `kept` in the order of the dimensions that `places` name.
static llvm::SmallVector<IndexId, 4> permute(llvm::ArrayRef<IndexId> kept,
                                             llvm::ArrayRef<unsigned> places) {
  llvm::SmallVector<IndexId, 4> indices;
  for (unsigned place : places)
    indices.push_back(kept[place]);
  return indices;
}

/// For each index its place in `kept`.
static llvm::SmallVector<unsigned, 4> locate(llvm::ArrayRef<IndexId> indices,
                                             llvm::ArrayRef<IndexId> kept) {
  llvm::SmallVector<unsigned, 4> places;
  for (IndexId index : indices)
    places.push_back(llvm::find(kept, index) - kept.begin());
  return places;
}

ProductFactor PlanEmitter::readKey(KeyId key, Place place) {
  const Made &tensor = made.at(key);
  CanonicalProduct canonical = graph.getCanonical(place.product, place.factors);
  return {tensor.tensor, permute(canonical.kept, tensor.places),
          tensor.conjugated != canonical.conjugated};
}

/// A single factor, first summed over the indices that it alone has.
ProductFactor PlanEmitter::readFactor(unsigned product, FactorMask factor) {
  const ProductFactor &read =
      graph.getProducts()[product].product.factors[llvm::countr_zero(factor)];
  IndexMask kept = graph.getKept(product, factor);
  auto isKept = [&](IndexId index) { return (kept >> index) & 1; };
  if (llvm::all_of(read.indices, isKept))
    return read;
  Product sum{{read}, {}};
  sum.setResult(isKept);
  llvm::SmallVector<IndexId, 4> indices = sum.result;
  return {group.addProduct(std::move(sum)), indices};
}

Product PlanEmitter::makeProduct(const SharingGraph::Split &split) {
  Product product;
  for (auto [key, factors] : {std::pair(split.lhs, split.lhsMask),
                              std::pair(split.rhs, split.rhsMask)})
    product.factors.push_back(llvm::has_single_bit(factors)
                                  ? readFactor(split.product, factors)
                                  : readKey(key, {split.product, factors}));
  return product;
}

/// Gives tensor number `number` the factors of `product`, which are written
/// with the indices of another product that contains it at `place`.
void PlanEmitter::rewriteTensor(unsigned number, Product product,
                                const Place &place) {
  const Product &old = graph.getProducts()[number].product;
  FactorMask all = (FactorMask(1) << old.factors.size()) - 1;
  CanonicalProduct own = graph.getCanonical(number, all);
  CanonicalProduct other = graph.getCanonical(place.product, place.factors);
  llvm::SmallVector<unsigned, 4> places = locate(old.result, own.kept);
  product.result = permute(other.kept, places);
  if (own.conjugated != other.conjugated)
    for (ProductFactor &factor : product.factors)
      factor.conjugated ^= true;
  group.setProduct(tensors[number], std::move(product));
  KeyId key = graph.getRoots()[number];
  made.try_emplace(key, Made{tensors[number], places, own.conjugated});
}

void PlanEmitter::emitKey(KeyId key) {
  const SharingGraph::Split &split = graph.getKeys()[key].splits[plan[key]];
  Place place{split.product, split.lhsMask | split.rhsMask};
  Product product = makeProduct(split);
  const auto *root = llvm::find(graph.getRoots(), key);
  if (root != graph.getRoots().end())
    return rewriteTensor(root - graph.getRoots().begin(), std::move(product),
                         place);
  CanonicalProduct canonical = graph.getCanonical(place.product, place.factors);
  product.setResult(
      [&](IndexId index) { return llvm::is_contained(canonical.kept, index); });
  llvm::SmallVector<unsigned, 4> places =
      locate(product.result, canonical.kept);
  TensorId tensor = group.addProduct(std::move(product));
  made.try_emplace(key, Made{tensor, places, canonical.conjugated});
}

void PlanEmitter::run() {
  for (KeyId key : getNeededKeys(graph, plan))
    emitKey(key);
  // Results that are equal to others are read from them.
  for (auto [number, root] : llvm::enumerate(graph.getRoots())) {
    if (made.at(root).tensor == tensors[number])
      continue;
    const Product &old = graph.getProducts()[number].product;
    FactorMask all = (FactorMask(1) << old.factors.size()) - 1;
    Product copy;
    copy.factors.push_back(readKey(root, {static_cast<unsigned>(number), all}));
    copy.result = old.result;
    group.setProduct(tensors[number], std::move(copy));
  }
}

void detail::applyPlan(ProductGroup &group, llvm::ArrayRef<TensorId> tensors,
                       const SharingGraph &graph, const SharingPlan &plan) {
  PlanEmitter(group, tensors, graph, plan).run();
}
