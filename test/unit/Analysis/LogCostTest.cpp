//===- LogCostTest.cpp - Costs beyond the range of double -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/LogCost.h"

#include "TestNetworks.h"
#include "tensornet/Analysis/CostModel.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir::tensornet;

namespace {

TEST(LogCost, IsTheLogarithmOfTheCost) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    ContractionGraph graph =
        makeRandomNetwork(2 + seed % 9, seed, Activity::Random);
    ContractionTree tree = ContractionTree::getLeftToRight(2 + seed % 9);
    TreeCost cost = computeCost(graph, tree);
    LogCost logs = computeLogCost(graph, tree);
    EXPECT_DOUBLE_EQ(logs.log10Value, std::log10(cost.value));
    EXPECT_DOUBLE_EQ(logs.log10Weighted, std::log10(cost.weighted));
    EXPECT_DOUBLE_EQ(logs.log2Written, std::log2(cost.written));
    EXPECT_DOUBLE_EQ(logs.log2Largest, std::log2(cost.largest));
    EXPECT_NEAR(std::exp2(logs.log2Peak), cost.peak, 1e-9 * cost.peak);
  }
}

TEST(LogCost, GoesBeyondTheRangeOfDouble) {
  // A[x...], B[x...] -> [] with 500 indices of extent 10: 10^500 products.
  ContractionGraph graph;
  std::vector<IndexId> indices;
  for (unsigned index = 0; index < 500; ++index)
    indices.push_back(graph.addIndex(10));
  graph.addLeaf(indices, /*active=*/true);
  graph.addLeaf(indices);
  graph.addLeaf(indices);
  LogCost cost = computeLogCost(graph, ContractionTree::getLeftToRight(3));
  EXPECT_NEAR(cost.log10Value, 500 + std::log10(2), 1e-10);
  EXPECT_NEAR(cost.log10Weighted, 500 + std::log10(4), 1e-10);
  EXPECT_NEAR(cost.log2Largest, 500 * std::log2(10), 1e-10);
  EXPECT_NEAR(cost.log2Peak, 500 * std::log2(10), 1e-10);
}

TEST(LogCost, OfNothingIsMinusInfinity) {
  ContractionGraph graph;
  graph.addLeaf({});
  LogCost cost = computeLogCost(graph, ContractionTree(1));
  EXPECT_EQ(cost.log10Value, -INFINITY);
  EXPECT_EQ(cost.log2Largest, -INFINITY);
}

} // namespace
