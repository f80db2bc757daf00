//===- JointSearchTest.cpp - Orders of several networks -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/JointSearch.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace mlir::tensornet;

namespace {

/// A tensor of a product, with a letter per dimension.
struct Read {
  TensorId tensor;
  llvm::StringRef letters;
  bool conjugated = false;
};

TensorId addProduct(ProductGroup &group, llvm::ArrayRef<Read> reads,
                    llvm::StringRef result) {
  auto getIndices = [](llvm::StringRef letters) {
    llvm::SmallVector<IndexId, 4> indices;
    for (char letter : letters)
      indices.push_back(letter - 'a');
    return indices;
  };
  Product product;
  for (const Read &read : reads)
    product.factors.push_back(
        {read.tensor, getIndices(read.letters), read.conjugated});
  product.result = getIndices(result);
  return group.addProduct(product);
}

TensorId addResult(ProductGroup &group, llvm::ArrayRef<Read> reads,
                   llvm::StringRef result) {
  TensorId tensor = addProduct(group, reads, result);
  group.setResult(tensor);
  return tensor;
}

/// Elements that depend on the tensor and the place.
double getLeafElement(TensorId tensor, llvm::ArrayRef<unsigned> place) {
  double element = 0.3 + tensor;
  for (unsigned at : place)
    element = std::cos(3 * element + at);
  return element;
}

/// The elements of every needed tensor of a group of real tensors.
class Values {
public:
  explicit Values(const ProductGroup &group) : group(group) {
    for (TensorId tensor : group.getNeededProducts(group.getResults()))
      compute(tensor);
  }
  const std::vector<double> &get(TensorId tensor) { return values[tensor]; }

private:
  double read(const ProductFactor &factor, llvm::ArrayRef<unsigned> point) {
    llvm::SmallVector<unsigned> place;
    unsigned position = 0;
    const auto &sizes = group.getTensor(factor.tensor).sizes;
    for (auto [index, size] : llvm::zip_equal(factor.indices, sizes)) {
      place.push_back(point[index]);
      position = position * size + point[index];
    }
    return group.isLeaf(factor.tensor) ? getLeafElement(factor.tensor, place)
                                       : values[factor.tensor][position];
  }

  void compute(TensorId tensor) {
    const Product &product = group.getProduct(tensor);
    std::vector<double> extents = group.getExtents(product);
    double size = 1;
    for (IndexId index : product.result)
      size *= extents[index];
    std::vector<double> &elements = values[tensor];
    elements.assign(size, 0);
    std::vector<unsigned> point(extents.size());
    while (true) {
      double element = 1;
      for (const ProductFactor &factor : product.factors)
        element *= read(factor, point);
      unsigned position = 0;
      for (IndexId index : product.result)
        position = position * extents[index] + point[index];
      elements[position] += element;
      unsigned at = 0;
      while (at < point.size() && ++point[at] == extents[at])
        point[at++] = 0;
      if (at == point.size())
        return;
    }
  }

  const ProductGroup &group;
  std::map<TensorId, std::vector<double>> values;
};

void expectSameValues(const ProductGroup &before, const ProductGroup &after) {
  Values expected(before), found(after);
  for (TensorId result : before.getResults()) {
    ASSERT_EQ(expected.get(result).size(), found.get(result).size());
    for (auto [lhs, rhs] :
         llvm::zip_equal(expected.get(result), found.get(result)))
      ASSERT_NEAR(lhs, rhs, 1e-9 * (1 + std::abs(lhs)));
  }
}

/// Each product computed on its own, one factor after the other.
ProductGroup makeBinary(const ProductGroup &group) {
  ProductGroup binary = group;
  for (TensorId result : group.getResults()) {
    Product product = group.getProduct(result);
    while (product.factors.size() > 2) {
      Product first{{product.factors[0], product.factors[1]}, {}};
      IndexSet kept = makeIndexSet(product.result);
      for (unsigned f = 2; f < product.factors.size(); ++f)
        kept = unite(kept, makeIndexSet(product.factors[f].indices));
      for (IndexId index : unite(makeIndexSet(first.factors[0].indices),
                                 makeIndexSet(first.factors[1].indices)))
        if (llvm::is_contained(kept, index))
          first.result.push_back(index);
      auto indices = first.result;
      product.factors.erase(product.factors.begin());
      product.factors.front() = {binary.addProduct(first), indices};
    }
    binary.setProduct(result, product);
  }
  return binary;
}

/// Plans the results of `group`, given in any form, and returns what they cost.
double plan(const ProductGroup &group, SearchOptions options = {}) {
  ProductGroup planned = makeBinary(group);
  JointSummary summary = planJointly(planned, options);
  EXPECT_LE(summary.after.total, summary.before.total * (1 + 1e-12));
  EXPECT_EQ(summary.after.value, planned.computeCost().value);
  for (TensorId tensor : planned.getNeededProducts(planned.getResults()))
    EXPECT_LE(planned.getProduct(tensor).factors.size(), 2u);
  expectSameValues(group, planned);
  return summary.after.weighted;
}

/// The matricised tensor times Khatri-Rao product of every mode: the gradients
/// of a CP decomposition.
ProductGroup makeMttkrps(unsigned order, double size, double rank) {
  ProductGroup group;
  TensorId tensor = group.addLeaf(std::vector<double>(order, size));
  for (unsigned mode = 0; mode < order; ++mode)
    group.addLeaf({size, rank});
  std::string letters = "abcdefgh";
  letters.resize(order);
  std::vector<std::string> pairs;
  for (char letter : letters)
    pairs.push_back({letter, 'r'});
  for (unsigned mode = 0; mode < order; ++mode) {
    std::vector<Read> reads{{tensor, letters}};
    for (unsigned other = 0; other < order; ++other)
      if (other != mode)
        reads.push_back({tensor + 1 + other, pairs[other]});
    addResult(group, reads, pairs[mode]);
  }
  return group;
}

TEST(JointSearchTest, ThreeModesShareTwoLargeProducts) {
  double n = 6, r = 2;
  EXPECT_EQ(plan(makeMttkrps(3, n, r)), 2 * n * n * n * r + 3 * n * n * r);
}

TEST(JointSearchTest, FiveModesShareADimensionTree) {
  // The root splits into modes {0, 1, 2} and {3, 4}; at best the tree has two
  // products per level above the leaves' parents.
  double n = 3, r = 2;
  auto level = [&](int indices) { return std::pow(n, indices) * r; };
  double tree = 2 * level(5) + 2 * level(4) + 3 * level(3) + 5 * level(2);
  EXPECT_LE(plan(makeMttkrps(5, n, r)), tree);
}

TEST(JointSearchTest, EqualPartsUpToTransposition) {
  ProductGroup group;
  TensorId a = group.addLeaf({4, 5}), b = group.addLeaf({5, 6});
  TensorId v = group.addLeaf({4, 7}), w = group.addLeaf({6, 7});
  addResult(group, {{a, "ij"}, {b, "jk"}, {v, "im"}}, "km");
  addResult(group, {{w, "km"}, {b, "jk"}, {a, "ij"}}, "mi");
  // A B once.
  EXPECT_EQ(plan(group), 4 * 5 * 6 + 2 * 4 * 6 * 7);
}

TEST(JointSearchTest, EqualResultsAreComputedOnce) {
  ProductGroup group;
  TensorId a = group.addLeaf({4, 5}), b = group.addLeaf({5, 6});
  addResult(group, {{a, "ij"}, {b, "jk"}}, "ik");
  addResult(group, {{b, "xy"}, {a, "zx"}}, "yz");
  EXPECT_EQ(plan(group), 4 * 5 * 6);
}

TEST(JointSearchTest, ResultThatIsAPartOfAnother) {
  ProductGroup group;
  TensorId a = group.addLeaf({4, 4}), b = group.addLeaf({4, 4});
  TensorId v = group.addLeaf({4});
  addResult(group, {{a, "ij"}, {b, "jk"}}, "ik");
  addResult(group, {{a, "ij"}, {b, "jk"}, {v, "k"}}, "i");
  EXPECT_EQ(plan(group), 64 + 16);
}

TEST(JointSearchTest, PartsOfOneProduct) {
  // |A x|^2 with A x computed once, though both copies stand in one product.
  ProductGroup group;
  TensorId a = group.addLeaf({5, 6}), x = group.addLeaf({6});
  addResult(group, {{a, "ij"}, {x, "j"}, {a, "ik"}, {x, "k"}}, "");
  EXPECT_EQ(plan(group), 30 + 5);
}

TEST(JointSearchTest, ConjugatedPartsAreShared) {
  ProductGroup group;
  TensorId a = group.addLeaf({4, 5}), b = group.addLeaf({5, 6});
  TensorId v = group.addLeaf({6, 4}), w = group.addLeaf({6, 4});
  addResult(group, {{a, "ij"}, {b, "jk"}, {v, "kl"}}, "il");
  addResult(group, {{a, "ij", true}, {b, "jk", true}, {w, "kl"}}, "il");
  ProductGroup planned = makeBinary(group);
  EXPECT_EQ(planJointly(planned).after.value, 120 + 2 * 96);
}

TEST(JointSearchTest, ChainAcrossProducts) {
  // ((A B) C) v written step by step; from the right it takes vectors only.
  ProductGroup group;
  TensorId a = group.addLeaf({8, 8}), v = group.addLeaf({8});
  TensorId left = a;
  for (unsigned step = 0; step < 5; ++step)
    left =
        addProduct(group, {{left, "ij"}, {group.addLeaf({8, 8}), "jk"}}, "ik");
  addResult(group, {{left, "ij"}, {v, "j"}}, "i");
  JointSummary summary = planJointly(group);
  EXPECT_EQ(summary.before.value, 5 * 512 + 64);
  EXPECT_EQ(summary.after.value, 6 * 64);
}

TEST(JointSearchTest, LongChainIsOneNetwork) {
  ProductGroup group;
  TensorId left = group.addLeaf({8, 8});
  for (unsigned step = 0; step < 200; ++step)
    left =
        addProduct(group, {{left, "ij"}, {group.addLeaf({8, 8}), "jk"}}, "ik");
  addResult(group, {{left, "ij"}, {group.addLeaf({8}), "j"}}, "i");
  EXPECT_EQ(planJointly(group).after.value, 201 * 64);
}

TEST(JointSearchTest, WhatALoopKeepsIsCheap) {
  // A x y' with A and y from outside: A (x y') or (A x) y' cost the same as
  // they stand, but y' can be multiplied with what is constant.
  ProductGroup group;
  TensorId a = group.addLeaf({8, 8}, false, 0.01);
  TensorId b = group.addLeaf({8, 8}, false, 0.01);
  TensorId x = group.addLeaf({8, 1});
  addResult(group, {{a, "ij"}, {b, "jk"}, {x, "kl"}}, "il");
  EXPECT_DOUBLE_EQ(plan(group), 512 * 0.01 + 64);
}

TEST(JointSearchTest, ActiveLeavesWeighTheirSteps) {
  // Both orders of A B C cost the same; with C alone active, A B is made first.
  ProductGroup group;
  TensorId a = group.addLeaf({8, 8}), b = group.addLeaf({8, 8});
  TensorId c = group.addLeaf({8, 8}, true);
  addResult(group, {{c, "kl"}, {b, "jk"}, {a, "ij"}}, "il");
  EXPECT_EQ(plan(group), 3 * 512);
}

TEST(JointSearchTest, ScalarsScaleTheSmallestTensor) {
  ProductGroup group;
  TensorId s = group.addLeaf({}), a = group.addLeaf({8, 4});
  TensorId x = group.addLeaf({4});
  addResult(group, {{s, ""}, {a, "ij"}, {x, "j"}}, "i");
  EXPECT_EQ(plan(group), 32 + 4);
}

/// Products of a few random leaves; some leaves in several products.
ProductGroup makeRandomGroup(unsigned seed, unsigned numResults,
                             unsigned maxFactors) {
  std::mt19937 random(seed);
  auto below = [&](unsigned bound) -> unsigned { return random() % bound; };
  ProductGroup group;
  std::vector<double> extents;
  for (unsigned index = 0; index < 6; ++index)
    extents.push_back(1 + below(4));
  std::vector<std::string> leaves;
  for (unsigned leaf = 0; leaf < 5; ++leaf) {
    std::string letters;
    std::vector<double> sizes;
    for (unsigned dim = below(4); dim > 0; --dim) {
      letters += 'a' + below(6);
      sizes.push_back(extents[letters.back() - 'a']);
    }
    leaves.push_back(letters);
    group.addLeaf(sizes, below(2), below(3) ? 1 : 0.125);
  }
  for (unsigned result = 0; result < numResults; ++result) {
    std::vector<Read> reads;
    std::string output;
    for (unsigned left = 2 + below(maxFactors - 1); left > 0; --left) {
      TensorId leaf = below(leaves.size());
      reads.push_back({leaf, leaves[leaf]});
      for (char letter : leaves[leaf])
        if (below(3) == 0 && output.find(letter) == std::string::npos)
          output += letter;
    }
    addResult(group, reads, output);
  }
  return group;
}

TEST(JointSearchTest, RandomGroupsKeepTheirValues) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    ProductGroup group = makeRandomGroup(seed, 1 + seed % 4, 5);
    SearchOptions options;
    options.trials = 4;
    plan(group, options);
  }
}

TEST(JointSearchTest, RandomLargeGroupsKeepTheirValues) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    ProductGroup group = makeRandomGroup(seed, 8, 14);
    SearchOptions options;
    options.trials = 2;
    plan(group, options);
  }
}

TEST(JointSearchTest, TrafficDecidesToo) {
  ProductGroup group;
  TensorId a = group.addLeaf({2, 50}), b = group.addLeaf({50, 2});
  TensorId c = group.addLeaf({2, 60});
  addResult(group, {{a, "ij"}, {b, "jk"}, {c, "kl"}}, "il");
  SearchOptions options;
  options.objective = SearchObjective::Traffic;
  ProductGroup planned = makeBinary(group);
  EXPECT_EQ(planJointly(planned, options).after.total,
            (100 + 100 + 4) + (4 + 120 + 120));
}

TEST(JointSearchTest, GradientsCostAtMostThreeTimesTheValue) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    ProductGroup group = makeBinary(makeRandomGroup(seed, 1 + seed % 5, 7));
    ProductGroup value = group;
    value.setActiveLeaves([](TensorId) { return false; });
    SearchOptions options;
    options.trials = 3;
    EXPECT_LE(planJointly(group, options).after.weighted,
              3 * planJointly(value, options).after.value * (1 + 1e-12));
  }
}

TEST(JointSearchTest, SameSeedSamePlan) {
  auto print = [](uint64_t seed) {
    ProductGroup group = makeBinary(makeMttkrps(5, 3, 2));
    SearchOptions options;
    options.seed = seed;
    planJointly(group, options);
    std::string text;
    for (TensorId tensor : group.getNeededProducts(group.getResults()))
      for (const ProductFactor &factor : group.getProduct(tensor).factors)
        text += std::to_string(factor.tensor) + " ";
    return text;
  };
  EXPECT_EQ(print(7), print(7));
}

} // namespace
