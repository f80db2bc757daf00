//===- SliceSearchTest.cpp - Slices that meet a memory limit --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/PathSearch.h"

#include "TestNetworks.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir::tensornet;

TEST(SliceSearch, WithoutALimitNothingIsSliced) {
  ContractionGraph graph = makeRandomNetwork(20, 1, Activity::Random);
  std::optional<SlicedTree> found = findSlicedTree(graph, {});
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->sliced.empty());
  EXPECT_EQ(found->tree, findTree(graph));
}

TEST(SliceSearch, MeetsTheLimitWithGradientsToo) {
  unsigned numSliced = 0;
  for (unsigned seed = 0; seed < 10; ++seed)
    for (Activity activity : {Activity::None, Activity::Random}) {
      ContractionGraph graph = makeRandomNetwork(10 + seed, seed, activity);
      TreeCost whole = computeCost(graph, findTree(graph));
      SearchOptions options;
      options.memoryLimit = std::max(
          whole.peak / 4, 2 * graph.getNumPoints(graph.getOutput()) + 64);
      std::optional<SlicedTree> found = findSlicedTree(graph, options);
      ASSERT_TRUE(found) << "seed " << seed;
      TreeCost cost = computeCost(graph, found->tree, found->sliced);
      EXPECT_LE(cost.peak, *options.memoryLimit) << "seed " << seed;
      EXPECT_GE(cost.weighted, whole.weighted * (1 - 1e-12)) << "seed " << seed;
      numSliced += !found->sliced.empty();
    }
  EXPECT_GE(numSliced, 5u);
}

TEST(SliceSearch, TightLimitsAreMetOrNothingIsReturned) {
  unsigned numFound = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    ContractionGraph graph = makeRandomNetwork(7, seed, Activity::None);
    SearchOptions options;
    options.trials = 2;
    options.memoryLimit =
        std::floor(computeCost(graph, findTree(graph)).peak / 3);
    std::optional<SlicedTree> found = findSlicedTree(graph, options);
    if (!found)
      continue;
    ++numFound;
    EXPECT_LE(computeCost(graph, found->tree, found->sliced).peak,
              *options.memoryLimit)
        << "seed " << seed;
  }
  EXPECT_GE(numFound, 20u);
}

TEST(SliceSearch, SlicesTheIndexThatCostsNothing) {
  // A[b i j] B[b j k] C[b k l] -> []: each b is a network of its own.
  ContractionGraph graph;
  IndexId b = graph.addIndex(16), i = graph.addIndex(8), j = graph.addIndex(8),
          k = graph.addIndex(8), l = graph.addIndex(8);
  graph.addLeaf({b, i, j});
  graph.addLeaf({b, j, k});
  graph.addLeaf({b, k, l});
  graph.addLeaf({b, l, i});
  double value = computeCost(graph, findTree(graph)).value;
  SearchOptions options;
  options.memoryLimit = 3 * 8 * 8;
  std::optional<SlicedTree> found = findSlicedTree(graph, options);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sliced, IndexSet({b}));
  EXPECT_EQ(computeCost(graph, found->tree, found->sliced).value, value);
}

TEST(SliceSearch, WholeIndicesAreNotSliced) {
  ContractionGraph graph = makeRandomNetwork(12, 4, Activity::None);
  SearchOptions options;
  options.memoryLimit = computeCost(graph, findTree(graph)).peak / 4;
  std::optional<SlicedTree> found = findSlicedTree(graph, options);
  ASSERT_TRUE(found);
  ASSERT_FALSE(found->sliced.empty());
  IndexId index = found->sliced.front();
  options.wholeIndices = {index};
  found = findSlicedTree(graph, options);
  if (found) {
    EXPECT_FALSE(isSubset({index}, found->sliced));
  }
}

TEST(SliceSearch, ResultBeyondTheLimitIsRefused) {
  ContractionGraph graph = makeChain(4, 32);
  SearchOptions options;
  options.memoryLimit = 32 * 32 - 1;
  EXPECT_FALSE(findSlicedTree(graph, options));
}

TEST(SliceSearch, SamePlanOnAnyNumberOfThreads) {
  ContractionGraph graph = makeRandomNetwork(30, 2, Activity::Random);
  SearchOptions options;
  options.memoryLimit = computeCost(graph, findTree(graph)).peak / 8;
  options.threads = 1;
  std::optional<SlicedTree> alone = findSlicedTree(graph, options);
  ASSERT_TRUE(alone);
  options.threads = 3;
  std::optional<SlicedTree> together = findSlicedTree(graph, options);
  ASSERT_TRUE(together);
  EXPECT_EQ(together->tree, alone->tree);
  EXPECT_EQ(together->sliced, alone->sliced);
}
