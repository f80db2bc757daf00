//===- CostModelTest.cpp - What orders cost -------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/CostModel.h"

#include "TestNetworks.h"

#include "gtest/gtest.h"

#include <limits>

using namespace mlir::tensornet;

TEST(CostModel, MatrixChainCountsIndexPoints) {
  ContractionGraph graph;
  for (double extent : {2, 3, 5, 7})
    graph.addIndex(extent);
  graph.addLeaf({0, 1});
  graph.addLeaf({1, 2});
  graph.addLeaf({2, 3});
  graph.setOutput({0, 3});
  TreeCost cost = computeCost(graph, ContractionTree::getLeftToRight(3));
  EXPECT_EQ(cost.value, 2 * 3 * 5 + 2 * 5 * 7);
  EXPECT_EQ(cost.weighted, cost.value);
  EXPECT_EQ(cost.written, 2 * 5 + 2 * 7);
  EXPECT_EQ(cost.largest, 14);
  EXPECT_EQ(cost.peak, 24);
}

TEST(CostModel, PeakForgetsOperandsOfEarlierSteps) {
  TreeCost cost =
      computeCost(makeChain(5, 2), ContractionTree::getLeftToRight(5));
  EXPECT_EQ(cost.peak, 8);
  EXPECT_EQ(cost.written, 16);
}

TEST(CostModel, EachActiveOperandCountsItsStepOnceMore) {
  ContractionGraph graph = makeChain(3, 2);
  graph.setActive(0, true);
  TreeCost cost = computeCost(graph, ContractionTree::getLeftToRight(3));
  EXPECT_EQ(cost.weighted, 2 * 8 + 2 * 8);
  graph.setActive(1, true);
  cost = computeCost(graph, ContractionTree::getLeftToRight(3));
  EXPECT_EQ(cost.weighted, 3 * 8 + 2 * 8);
}

TEST(CostModel, AllLeavesActiveCostThreeTimesTheValue) {
  ContractionGraph graph = makeChain(12, 3);
  for (unsigned leaf = 0; leaf < graph.getNumLeaves(); ++leaf)
    graph.setActive(leaf, true);
  TreeCost cost = computeCost(graph, ContractionTree::getLeftToRight(12));
  EXPECT_EQ(cost.weighted, 3 * cost.value);
}

TEST(CostModel, GradientsCostAtMostThreeTimesTheValue) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    ContractionGraph graph =
        makeRandomNetwork(2 + seed % 12, seed, Activity::All, false);
    TreeCost cost = computeCost(
        graph, ContractionTree::getLeftToRight(graph.getNumLeaves()));
    EXPECT_LE(cost.weighted, 3 * cost.value);
  }
}

TEST(CostModel, CotangentOfScalarResultScalesTheOperands) {
  ContractionGraph graph = makeChain(2, 4); // A[i, j] B[j, k] -> []
  graph.setActive(0, true);
  graph.setActive(1, true);
  graph.setOutput({});
  TreeCost cost = computeCost(graph, ContractionTree::getLeftToRight(2));
  EXPECT_EQ(cost.weighted, 3 * cost.value);
}

TEST(CostModel, PrivateIndicesAreSummedBeforeTheStep) {
  ContractionGraph graph; // A[i, p] B[i] -> []
  IndexId i = graph.addIndex(4), p = graph.addIndex(100);
  graph.addLeaf({i, p});
  graph.addLeaf({i});
  EXPECT_EQ(computeCost(graph, ContractionTree::getLeftToRight(2)).value, 4);
}

TEST(CostModel, ScalingCountsThePointsOfTheTensor) {
  ContractionGraph graph; // s[] c[p] A[i] B[i] -> [i]: c sums to a scalar
  IndexId i = graph.addIndex(4), p = graph.addIndex(100);
  graph.addLeaf({}, /*active=*/true);
  graph.addLeaf({p});
  graph.addLeaf({i});
  graph.addLeaf({i});
  graph.setOutput({i});
  TreeCost cost = computeCost(graph, ContractionTree::getLeftToRight(4));
  EXPECT_EQ(cost.value, 1 + 4 + 4);
  EXPECT_EQ(cost.weighted, 2 * cost.value);
}

TEST(CostModel, FreeLeavesAreNotCountedButTheirProductsAre) {
  ContractionGraph graph; // mask[i, j] A[j] B[i] -> []
  IndexId i = graph.addIndex(4), j = graph.addIndex(5);
  graph.addLeaf({i, j}, /*active=*/false, /*free=*/true);
  graph.addLeaf({j});
  graph.addLeaf({i});
  EXPECT_EQ(computeCost(graph, ContractionTree::getLeftToRight(3)).value, 4);
}

TEST(CostModel, ResultOnlyIndicesCostNothing) {
  ContractionGraph graph; // A[i] B[i] -> [i, r]
  IndexId i = graph.addIndex(4), r = graph.addIndex(100);
  graph.addLeaf({i});
  graph.addLeaf({i});
  graph.setOutput({i, r});
  EXPECT_EQ(computeCost(graph, ContractionTree::getLeftToRight(2)).value, 4);
}

TEST(CostModel, ZeroExtentsCostNothing) {
  TreeCost cost =
      computeCost(makeChain(4, 0), ContractionTree::getLeftToRight(4));
  EXPECT_EQ(cost.value, 0);
  EXPECT_EQ(cost.getLog10Value(), -std::numeric_limits<double>::infinity());
}

TEST(CostModel, CarriesCostsBeyondSixtyFourBits) {
  TreeCost cost =
      computeCost(makeChain(3, 1e20, true), ContractionTree::getLeftToRight(3));
  EXPECT_NEAR(cost.getLog10Value(), 60.301, 1e-3);
  EXPECT_NEAR(cost.getLog10Weighted(), 60.778, 1e-3);
}

TEST(CostModel, OverflowIsInfinite) {
  TreeCost cost =
      computeCost(makeChain(4, 1e200), ContractionTree::getLeftToRight(4));
  EXPECT_EQ(cost.value, std::numeric_limits<double>::infinity());
  EXPECT_EQ(cost.peak, std::numeric_limits<double>::infinity());
}

TEST(CostModel, PeakCountsWhatTheReverseSweepKeeps) {
  // A[i j] B[j k] C[k l] D[l m], extents 4 8 2 16 32, from the left.
  ContractionGraph graph;
  IndexId i = graph.addIndex(4), j = graph.addIndex(8), k = graph.addIndex(2),
          l = graph.addIndex(16), m = graph.addIndex(32);
  graph.addLeaf({i, j});
  graph.addLeaf({j, k});
  graph.addLeaf({k, l});
  graph.addLeaf({l, m});
  graph.setOutput({i, m});
  ContractionTree tree = ContractionTree::getLeftToRight(4);
  double AB = 4 * 2, ABC = 4 * 16, ABCD = 4 * 32;
  EXPECT_EQ(computeCost(graph, tree).peak, ABC + ABCD);
  // The gradient of C reads AB; those of A and B the cotangents of ABC and AB.
  graph.setActive(2, true);
  EXPECT_EQ(computeCost(graph, tree).peak, AB + ABC + ABCD);
  graph.setActive(3, true);
  EXPECT_EQ(computeCost(graph, tree).peak, AB + ABC + ABC + ABCD);
  graph.setActive(0, true);
  EXPECT_EQ(computeCost(graph, tree).peak, AB + ABC + ABC + ABCD);
}

TEST(CostModel, SlicesCostTheirNumberAndKeepOne) {
  ContractionGraph graph = makeChain(3, 4);
  ContractionTree tree = ContractionTree::getLeftToRight(3);
  TreeCost whole = computeCost(graph, tree);
  // The index between the first two matrices: 4 slices, whose first step has
  // 16 points and whose second has 64.
  TreeCost sliced = computeCost(graph, tree, {1});
  EXPECT_EQ(whole.value, 2 * 64);
  EXPECT_EQ(sliced.value, 4 * (16 + 64));
  EXPECT_EQ(sliced.largest, 16);
  EXPECT_EQ(sliced.peak, 16 + 16 + 16);
}
