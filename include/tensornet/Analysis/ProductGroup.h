//===- ProductGroup.h - Networks that share tensors -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Several networks that share tensors, planned together. Each product names the
// tensors that it multiplies, so that equal parts of different products can be
// found; a ContractionGraph knows the shape of one network only.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_PRODUCTGROUP_H
#define TENSORNET_ANALYSIS_PRODUCTGROUP_H

#include "tensornet/Analysis/PathSearch.h"

namespace mlir::tensornet {

/// Number of a tensor of a group.
using TensorId = unsigned;

/// A tensor as one factor of a product.
struct ProductFactor {
  TensorId tensor;
  /// One index per dimension; an index that repeats reads a diagonal.
  llvm::SmallVector<IndexId, 4> indices;
  /// The conjugate enters the product.
  bool conjugated = false;
};

/// The sum, over all indices that are not in `result`, of the product of the
/// factors. Index numbers 0, 1, ... mean something within one product only.
struct Product {
  llvm::SmallVector<ProductFactor, 2> factors;
  /// The dimensions of the result: distinct indices, each on some factor.
  llvm::SmallVector<IndexId, 4> result;

  /// One more than the largest index number on a factor; 0 without indices.
  unsigned getNumIndices() const;
  /// Makes the indices that `isKept` accepts the dimensions of the result, in
  /// the order in which factors have them: the layout that comes naturally.
  void setResult(llvm::function_ref<bool(IndexId)> isKept);
};

/// A product of leaves and the order in which it is computed.
struct OrderedProduct {
  Product product;
  /// A tree over the factors.
  ContractionTree tree;
};

/// What the products of a group cost together. Each is counted once, however
/// many read it.
struct GroupCost {
  /// Index points of products of two factors, those with 0-d tensors among
  /// them, times how often they run.
  double value = 0;
  /// The value and all gradients with respect to active leaves by reverse mode
  /// on these products.
  double weighted = 0;
  /// What the objective of a search counts, as often as a reverse sweep and
  /// loops run it.
  double total = 0;
  /// Elements of the results of all products.
  double written = 0;

  GroupCost operator+(const GroupCost &other) const {
    return {value + other.value, weighted + other.weighted, total + other.total,
            written + other.written};
  }
};

/// What the objective of `options` counts of one step over so many index points
/// that reads and writes so many elements. Peak, which is no sum over steps,
/// counts as Operations.
double getStepCost(const SearchOptions &options, double points, double moved);

/// Tensors of which some are leaves and the others products of tensors. The
/// products that are wanted are marked as results; no cycle leads through
/// products.
class ProductGroup {
public:
  struct Tensor {
    /// One size per dimension; hints where they are dynamic.
    llvm::SmallVector<double, 4> sizes;
    /// A gradient with respect to a leaf below is wanted.
    bool active = false;
    /// How often the tensor changes while the results are computed once: 1, or
    /// less for what a loop around them does not change.
    double frequency = 1;
    /// What the tensor is; nothing for leaves.
    std::optional<Product> product;
    /// The value is needed as it is.
    bool isResult = false;
  };

  /// Adds a tensor that is given.
  TensorId addLeaf(llvm::ArrayRef<double> sizes, bool active = false,
                   double frequency = 1);
  /// Adds a product of tensors that exist. All factors agree on the extents of
  /// its indices.
  TensorId addProduct(Product product);
  /// Says in another way what a product is; its value, sizes and activity stay.
  void setProduct(TensorId tensor, Product product);
  /// Says anew which leaves are active, and so which needed products are.
  void setActiveLeaves(llvm::function_ref<bool(TensorId)> isActive);
  /// Marks a product as a result.
  void setResult(TensorId tensor) { tensors[tensor].isResult = true; }

  unsigned getNumTensors() const { return tensors.size(); }
  const Tensor &getTensor(TensorId tensor) const { return tensors[tensor]; }
  bool isAnyLeafActive() const;
  bool isLeaf(TensorId tensor) const { return !tensors[tensor].product; }
  /// The product that `tensor`, which must not be a leaf, is.
  const Product &getProduct(TensorId tensor) const {
    return *tensors[tensor].product;
  }
  /// The extent of every index of `product`.
  std::vector<double> getExtents(const Product &product) const;

  /// All results, by number.
  std::vector<TensorId> getResults() const;
  /// The products that `results` need, these among them; factors before the
  /// products that read them.
  std::vector<TensorId>
  getNeededProducts(llvm::ArrayRef<TensorId> results) const;
  /// For every tensor how often the products that results need read it.
  std::vector<unsigned> countReads() const;
  /// The cost of the needed products. One of more than two factors counts all
  /// of its points, as a loop nest would.
  GroupCost computeCost(const SearchOptions &options = {}) const;
  /// The cost of one product, without what its factors cost.
  GroupCost computeCost(const Product &product,
                        const SearchOptions &options = {}) const;

  /// `tensor` as one product with the order that the group gives it: products
  /// that `isExpanded` accepts are replaced by their factors. std::nullopt
  /// where that makes more than `maxFactors` factors.
  std::optional<OrderedProduct>
  flatten(TensorId tensor, llvm::function_ref<bool(TensorId)> isExpanded,
          unsigned maxFactors) const;

private:
  std::vector<Tensor> tensors;
};

/// The network of `product` for a path search: its leaves are the factors.
ContractionGraph getContractionGraph(const ProductGroup &group,
                                     const Product &product);

} // namespace mlir::tensornet

#endif // TENSORNET_ANALYSIS_PRODUCTGROUP_H
