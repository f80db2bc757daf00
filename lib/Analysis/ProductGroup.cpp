//===- ProductGroup.cpp - Networks that share tensors ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/ProductGroup.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cassert>

using namespace mlir::tensornet;

unsigned Product::getNumIndices() const {
  unsigned number = 0;
  for (const ProductFactor &factor : factors)
    for (IndexId index : factor.indices)
      number = std::max(number, index + 1);
  return number;
}

void Product::setResult(llvm::function_ref<bool(IndexId)> isKept) {
  result.clear();
  for (const ProductFactor &factor : factors)
    for (IndexId index : factor.indices)
      if (isKept(index) && !llvm::is_contained(result, index))
        result.push_back(index);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

TensorId ProductGroup::addLeaf(llvm::ArrayRef<double> sizes, bool active,
                               double frequency) {
  Tensor &leaf = tensors.emplace_back();
  leaf.sizes.assign(sizes.begin(), sizes.end());
  leaf.active = active;
  leaf.frequency = frequency;
  return tensors.size() - 1;
}

TensorId ProductGroup::addProduct(Product product) {
  Tensor tensor;
  tensor.frequency = 0;
  std::vector<double> extents = getExtents(product);
  for (IndexId index : product.result)
    tensor.sizes.push_back(extents[index]);
  for (const ProductFactor &factor : product.factors) {
    tensor.active |= tensors[factor.tensor].active;
    tensor.frequency =
        std::max(tensor.frequency, tensors[factor.tensor].frequency);
  }
  tensor.product = std::move(product);
  tensors.push_back(std::move(tensor));
  return tensors.size() - 1;
}

void ProductGroup::setProduct(TensorId tensor, Product product) {
  assert(!isLeaf(tensor) && "only products have factors");
  tensors[tensor].product = std::move(product);
}

void ProductGroup::setActiveLeaves(
    llvm::function_ref<bool(TensorId)> isActive) {
  for (TensorId tensor = 0; tensor < tensors.size(); ++tensor)
    if (isLeaf(tensor))
      tensors[tensor].active = isActive(tensor);
  for (TensorId tensor : getNeededProducts(getResults()))
    tensors[tensor].active =
        llvm::any_of(getProduct(tensor).factors, [&](const auto &factor) {
          return tensors[factor.tensor].active;
        });
}

bool ProductGroup::isAnyLeafActive() const {
  return llvm::any_of(tensors, [](const Tensor &tensor) {
    return !tensor.product && tensor.active;
  });
}

std::vector<double> ProductGroup::getExtents(const Product &product) const {
  std::vector<double> extents(product.getNumIndices(), 1);
  for (const ProductFactor &factor : product.factors)
    for (auto [index, size] :
         llvm::zip_equal(factor.indices, tensors[factor.tensor].sizes))
      extents[index] = size;
  return extents;
}

std::vector<TensorId> ProductGroup::getResults() const {
  std::vector<TensorId> results;
  for (TensorId tensor = 0; tensor < tensors.size(); ++tensor)
    if (tensors[tensor].isResult)
      results.push_back(tensor);
  return results;
}

std::vector<unsigned> ProductGroup::countReads() const {
  std::vector<unsigned> reads(tensors.size());
  for (TensorId tensor : getNeededProducts(getResults()))
    for (const ProductFactor &factor : getProduct(tensor).factors)
      ++reads[factor.tensor];
  return reads;
}

std::vector<TensorId>
ProductGroup::getNeededProducts(llvm::ArrayRef<TensorId> results) const {
  std::vector<TensorId> order;
  std::vector<bool> seen(tensors.size());
  // Tensors on the way from a result, and the next factor of each to look at.
  llvm::SmallVector<std::pair<TensorId, unsigned>> path;
  auto enter = [&](TensorId tensor) {
    if (!isLeaf(tensor) && !seen[tensor])
      path.push_back({tensor, 0});
    seen[tensor] = true;
  };
  for (TensorId result : results) {
    enter(result);
    while (!path.empty()) {
      auto &[tensor, next] = path.back();
      if (next < getProduct(tensor).factors.size()) {
        enter(getProduct(tensor).factors[next++].tensor);
      } else {
        order.push_back(tensor);
        path.pop_back();
      }
    }
  }
  return order;
}

//===----------------------------------------------------------------------===//
// Cost
//===----------------------------------------------------------------------===//

double mlir::tensornet::getStepCost(const SearchOptions &options, double points,
                                    double moved) {
  const MachineModel &machine = options.machine;
  switch (options.objective) {
  case SearchObjective::Operations:
  case SearchObjective::Peak:
    return points;
  case SearchObjective::Traffic:
    return moved;
  case SearchObjective::Machine:
    return std::max(points / machine.multiplicationsPerSecond,
                    moved / machine.elementsPerSecond) +
           machine.secondsPerStep;
  }
  llvm_unreachable("every objective has a cost");
}

GroupCost ProductGroup::computeCost(const Product &product,
                                    const SearchOptions &options) const {
  std::vector<double> extents = getExtents(product);
  auto countElements = [&](llvm::ArrayRef<IndexId> indices) {
    double elements = 1;
    for (IndexId index : makeIndexSet(indices))
      elements *= extents[index];
    return elements;
  };
  GroupCost cost;
  cost.written = countElements(product.result);
  if (product.factors.size() < 2)
    return cost;
  llvm::SmallVector<IndexId> spanned;
  double moved = cost.written, frequency = 0;
  unsigned passes = 1;
  for (const ProductFactor &factor : product.factors) {
    spanned.append(factor.indices.begin(), factor.indices.end());
    moved += countElements(factor.indices);
    passes += tensors[factor.tensor].active;
    frequency = std::max(frequency, tensors[factor.tensor].frequency);
  }
  double points = countElements(spanned);
  cost.value = points * frequency;
  cost.weighted = cost.value * passes;
  cost.total = getStepCost(options, points, moved) * passes * frequency;
  return cost;
}

GroupCost ProductGroup::computeCost(const SearchOptions &options) const {
  GroupCost total;
  for (TensorId tensor : getNeededProducts(getResults()))
    total = total + computeCost(getProduct(tensor), options);
  return total;
}

ContractionGraph mlir::tensornet::getContractionGraph(const ProductGroup &group,
                                                      const Product &product) {
  ContractionGraph graph;
  for (double extent : group.getExtents(product))
    graph.addIndex(extent);
  for (const ProductFactor &factor : product.factors)
    graph.addLeaf(factor.indices, group.getTensor(factor.tensor).active);
  graph.setOutput(product.result);
  return graph;
}

//===----------------------------------------------------------------------===//
// Flattening
//===----------------------------------------------------------------------===//

namespace {

/// Replaces products by their factors, depth first and without recursion.
class Flattener {
public:
  Flattener(const ProductGroup &group,
            llvm::function_ref<bool(TensorId)> isExpanded, unsigned maxFactors)
      : group(group), isExpanded(isExpanded), maxFactors(maxFactors) {}
  std::optional<OrderedProduct> run(TensorId tensor);

private:
  /// A factor or the result of a step of the new product.
  struct Node {
    bool isStep;
    unsigned number;
  };
  /// A product whose factors are being read.
  struct Frame {
    const Product *product;
    /// The new number of every index of `product`.
    std::vector<IndexId> indices;
    bool conjugated;
    unsigned next = 0;
    /// The factors read so far, multiplied from left to right.
    std::optional<Node> left = std::nullopt;
  };

  void enter(TensorId tensor, llvm::ArrayRef<IndexId> dims, bool conjugated);
  void readFactor(const ProductFactor &factor);
  void multiply(Node node);
  OrderedProduct finish(llvm::ArrayRef<IndexId> result);

  const ProductGroup &group;
  llvm::function_ref<bool(TensorId)> isExpanded;
  unsigned maxFactors;
  unsigned numIndices = 0;
  std::vector<Frame> frames;
  Product product;
  std::vector<std::pair<Node, Node>> steps;
};

} // namespace

/// Goes on with the factors of `tensor`, whose dimensions the new product calls
/// `dims`.
void Flattener::enter(TensorId tensor, llvm::ArrayRef<IndexId> dims,
                      bool conjugated) {
  Frame frame{&group.getProduct(tensor), {}, conjugated};
  constexpr IndexId kNone = ~0u;
  frame.indices.assign(frame.product->getNumIndices(), kNone);
  for (auto [index, dim] : llvm::zip_equal(frame.product->result, dims))
    frame.indices[index] = dim;
  for (const ProductFactor &factor : frame.product->factors)
    for (IndexId index : factor.indices)
      if (frame.indices[index] == kNone)
        frame.indices[index] = numIndices++;
  frames.push_back(std::move(frame));
}

void Flattener::multiply(Node node) {
  Frame &frame = frames.back();
  if (frame.left) {
    steps.push_back({*frame.left, node});
    node = {true, static_cast<unsigned>(steps.size() - 1)};
  }
  frame.left = node;
}

void Flattener::readFactor(const ProductFactor &factor) {
  const Frame &frame = frames.back();
  ProductFactor renamed = factor;
  for (IndexId &index : renamed.indices)
    index = frame.indices[index];
  renamed.conjugated ^= frame.conjugated;
  if (!group.isLeaf(factor.tensor) && isExpanded(factor.tensor))
    return enter(factor.tensor, renamed.indices, renamed.conjugated);
  multiply({false, static_cast<unsigned>(product.factors.size())});
  product.factors.push_back(std::move(renamed));
}

OrderedProduct Flattener::finish(llvm::ArrayRef<IndexId> result) {
  unsigned numLeaves = product.factors.size();
  OrderedProduct ordered{std::move(product), ContractionTree(numLeaves)};
  ordered.product.result.assign(result.begin(), result.end());
  auto getNode = [&](Node node) {
    return node.isStep ? numLeaves + node.number : node.number;
  };
  for (auto [lhs, rhs] : steps)
    ordered.tree.addStep(getNode(lhs), getNode(rhs));
  return ordered;
}

std::optional<OrderedProduct> Flattener::run(TensorId tensor) {
  llvm::SmallVector<IndexId> result = llvm::to_vector(
      llvm::seq<IndexId>(group.getProduct(tensor).result.size()));
  numIndices = result.size();
  enter(tensor, result, /*conjugated=*/false);
  while (true) {
    Frame &frame = frames.back();
    if (frame.next < frame.product->factors.size()) {
      readFactor(frame.product->factors[frame.next++]);
      if (product.factors.size() > maxFactors)
        return std::nullopt;
      continue;
    }
    Node node = *frame.left;
    frames.pop_back();
    if (frames.empty())
      return finish(result);
    multiply(node);
  }
}

std::optional<OrderedProduct>
ProductGroup::flatten(TensorId tensor,
                      llvm::function_ref<bool(TensorId)> isExpanded,
                      unsigned maxFactors) const {
  return Flattener(*this, isExpanded, maxFactors).run(tensor);
}
