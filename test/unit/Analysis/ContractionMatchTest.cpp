//===- ContractionMatchTest.cpp - Equality up to renaming -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/ContractionMatch.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>
#include <random>

using namespace mlir::tensornet;

namespace {

struct Named {
  Indexing indexing;
  llvm::SmallVector<unsigned> tensors;
  llvm::SmallVector<unsigned> extents;

  Named(std::initializer_list<std::pair<unsigned, Subscripts>> operands,
        Subscripts result) {
    for (const auto &[tensor, subscripts] : operands) {
      tensors.push_back(tensor);
      indexing.operands.push_back(subscripts);
      indexing.conjugated.push_back(false);
    }
    indexing.result = result;
  }
  operator NamedContraction() const { return {indexing, tensors, extents}; }
};

Subscripts bare(std::initializer_list<IndexId> indices) {
  return bareSubscripts(llvm::ArrayRef<IndexId>(indices));
}

} // namespace

TEST(ContractionMatchTest, OrderOfOperandsAndNamesDoNotMatter) {
  Named a({{0, bare({0, 1})}, {1, bare({1, 2})}}, bare({0, 2}));
  Named b({{1, bare({0, 1})}, {0, bare({2, 0})}}, bare({2, 1}));
  EXPECT_TRUE(areEqualUpToRenaming(a, b));
}

TEST(ContractionMatchTest, TransposeIsDifferent) {
  Named a({{0, bare({0, 1})}}, bare({0, 1}));
  Named b({{0, bare({0, 1})}}, bare({1, 0}));
  EXPECT_FALSE(areEqualUpToRenaming(a, b));
}

TEST(ContractionMatchTest, RingAndTwistedRingDiffer) {
  // tr(A B A B) and tr(A B A B') by reversing one factor.
  Named ring({{0, bare({0, 1})},
              {1, bare({1, 2})},
              {0, bare({2, 3})},
              {1, bare({3, 0})}},
             {});
  Named turned({{0, bare({2, 3})},
                {1, bare({3, 0})},
                {0, bare({0, 1})},
                {1, bare({1, 2})}},
               {});
  Named twisted({{0, bare({0, 1})},
                 {1, bare({1, 2})},
                 {0, bare({2, 3})},
                 {1, bare({0, 3})}},
                {});
  EXPECT_TRUE(areEqualUpToRenaming(ring, turned));
  EXPECT_FALSE(areEqualUpToRenaming(ring, twisted));
}

TEST(ContractionMatchTest, SixCycleIsNotTwoTriangles) {
  auto getCycle = [](std::initializer_list<IndexId> indices) {
    std::vector<std::pair<unsigned, Subscripts>> edges;
    std::vector<IndexId> list(indices);
    for (size_t i = 0; i < list.size(); ++i)
      edges.push_back({0, bare({list[i], list[(i + 1) % list.size()]})});
    return edges;
  };
  Named six({}, {}), triangles({}, {});
  auto add = [](Named &named, auto edges) {
    for (const auto &[tensor, subscripts] : edges) {
      named.tensors.push_back(tensor);
      named.indexing.operands.push_back(subscripts);
      named.indexing.conjugated.push_back(false);
    }
  };
  add(six, getCycle({0, 1, 2, 3, 4, 5}));
  add(triangles, getCycle({0, 1, 2}));
  add(triangles, getCycle({3, 4, 5}));
  EXPECT_FALSE(areEqualUpToRenaming(six, triangles));
  EXPECT_TRUE(areEqualUpToRenaming(six, six));
}

TEST(ContractionMatchTest, AffineSubscriptsMatchTermByTerm) {
  auto form = [](int64_t ci, int64_t cj, int64_t constant) {
    return *LinearForm::get({{0, ci}, {1, cj}}, constant);
  };
  Named a({{0, {form(2, 1, -1)}}, {1, bare({1})}}, bare({0}));
  Named b({{1, bare({0})}, {0, {form(1, 2, -1)}}}, bare({1}));
  Named shifted({{1, bare({0})}, {0, {form(1, 2, 0)}}}, bare({1}));
  EXPECT_TRUE(areEqualUpToRenaming(a, b));
  EXPECT_FALSE(areEqualUpToRenaming(a, shifted));
}

TEST(ContractionMatchTest, ConjugationAndExtentsMatter) {
  Named a({{0, bare({0})}}, bare({0}));
  Named conjugated = a;
  conjugated.indexing.conjugated[0] = true;
  EXPECT_FALSE(areEqualUpToRenaming(a, conjugated));
  Named three = a, four = a;
  three.indexing.extents.push_back({0, 3});
  three.extents.push_back(7);
  four.indexing.extents.push_back({0, 4});
  four.extents.push_back(8);
  EXPECT_TRUE(areEqualUpToRenaming(three, three));
  EXPECT_FALSE(areEqualUpToRenaming(three, four));
  EXPECT_FALSE(areEqualUpToRenaming(a, three));
}

TEST(ContractionMatchTest, ShuffledContractionsAreEqual) {
  std::mt19937 engine(1);
  for (unsigned trial = 0; trial < 200; ++trial) {
    unsigned numIndices = 6, numOperands = 5;
    Named a({}, bare({0, 1}));
    for (unsigned t = 0; t < numOperands; ++t) {
      a.tensors.push_back(engine() % 3);
      a.indexing.operands.push_back(
          bare({static_cast<IndexId>(engine() % numIndices),
                static_cast<IndexId>(engine() % numIndices)}));
      a.indexing.conjugated.push_back(false);
    }
    a.indexing.renumberByAppearance();
    llvm::SmallVector<IndexId> names(a.indexing.getNumIndices());
    std::iota(names.begin(), names.end(), 0);
    std::shuffle(names.begin(), names.end(), engine);
    llvm::SmallVector<unsigned> order(numOperands);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), engine);
    auto rename = [&](const Subscripts &subscripts) {
      Subscripts renamed;
      for (const LinearForm &form : subscripts)
        renamed.push_back(form.rename([&](IndexId i) { return names[i]; }));
      return renamed;
    };
    Named b({}, rename(a.indexing.result));
    for (unsigned t : order) {
      b.tensors.push_back(a.tensors[t]);
      b.indexing.operands.push_back(rename(a.indexing.operands[t]));
      b.indexing.conjugated.push_back(false);
    }
    EXPECT_TRUE(areEqualUpToRenaming(a, b)) << "trial " << trial;
  }
}

TEST(ContractionMatchTest, ResultsMayBePermuted) {
  Named a({{0, bare({0, 1})}, {1, bare({1, 2, 3})}}, bare({0, 2, 3}));
  Named b({{1, bare({0, 1, 2})}, {0, bare({3, 0})}}, bare({2, 3, 1}));
  EXPECT_FALSE(matchContractions(a, b, ResultOrder::Same));
  std::optional<DimPermutation> permutation =
      matchContractions(a, b, ResultOrder::Any);
  ASSERT_TRUE(permutation);
  EXPECT_EQ(*permutation, (DimPermutation{1, 2, 0}));
}

TEST(ContractionMatchTest, IdentityComesFirst) {
  // x[i, k] x[j, k] is symmetric: both orders of the result are right.
  Named a({{0, bare({0, 1})}, {0, bare({2, 1})}}, bare({0, 2}));
  Named b({{0, bare({0, 1})}, {0, bare({2, 1})}}, bare({2, 0}));
  std::optional<DimPermutation> permutation =
      matchContractions(a, b, ResultOrder::Any);
  ASSERT_TRUE(permutation);
  EXPECT_TRUE(isIdentity(*permutation));
}

/// A torus of `width` x `height` copies of one tensor, which start at a place
/// and are listed in an order that `seed` gives. With `twist`, rows close
/// shifted by so much.
static Named makeTorus(unsigned width, unsigned height, unsigned seed,
                       unsigned twist = 0) {
  auto across = [&](unsigned x, unsigned y) { return 2 * (y * width + x); };
  std::vector<Subscripts> sites;
  for (unsigned y = 0; y < height; ++y)
    for (unsigned x = 0; x < width; ++x) {
      unsigned left =
          x ? across(x - 1, y) : across(width - 1, (y + twist) % height);
      unsigned above = across(x, (y + height - 1) % height) + 1;
      sites.push_back(bare({left, across(x, y), above, across(x, y) + 1}));
    }
  std::mt19937 rng(seed);
  std::shuffle(sites.begin(), sites.end(), rng);
  Named torus({}, {});
  for (const Subscripts &site : sites) {
    torus.tensors.push_back(0);
    torus.indexing.operands.push_back(site);
    torus.indexing.conjugated.push_back(false);
  }
  return torus;
}

// Every site looks like every other one, so that a search operand by operand
// finds out late that a start was wrong.
TEST(ContractionMatchTest, LatticesOfOneTensor) {
  Named torus = makeTorus(20, 15, 1);
  EXPECT_TRUE(areEqualUpToRenaming(torus, makeTorus(20, 15, 2)));
  EXPECT_FALSE(areEqualUpToRenaming(torus, makeTorus(15, 20, 3)));
  EXPECT_FALSE(areEqualUpToRenaming(torus, makeTorus(20, 15, 4, 1)));
}

TEST(ContractionMatchTest, ManyFactorsThatLookAlike) {
  // The product of 100 sums of one vector.
  Named powers({}, {}), others({}, {});
  for (IndexId index = 0; index < 100; ++index) {
    for (Named *named : {&powers, &others}) {
      named->tensors.push_back(0);
      named->indexing.conjugated.push_back(false);
      named->indexing.operands.push_back(bare({index}));
    }
  }
  EXPECT_TRUE(areEqualUpToRenaming(powers, others));
  others.indexing.operands.back() = bare({0});
  EXPECT_FALSE(areEqualUpToRenaming(powers, others));
}
