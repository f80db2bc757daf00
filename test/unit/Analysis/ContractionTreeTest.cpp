//===- ContractionTreeTest.cpp - Graphs and trees -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/ContractionTree.h"

#include "TestNetworks.h"

#include "gtest/gtest.h"

#include <limits>

using namespace mlir::tensornet;

TEST(ContractionGraph, KeepsIndexSetsSortedAndDistinct) {
  ContractionGraph graph;
  IndexId i = graph.addIndex(2), j = graph.addIndex(3);
  graph.addLeaf({j, i, j});
  EXPECT_EQ(graph.getLeaf(0).indices, IndexSet({i, j}));
}

TEST(ContractionGraph, TakesTheIndicesOfAllSubscripts) {
  enum { h, kh, d };
  Indexing indexing; // %x[h + 2 * kh, d, d], %k[kh] -> [h]
  LinearForm window = *LinearForm::get({{h, 1}, {kh, 2}}, /*constant=*/0);
  indexing.operands = {
      {window, LinearForm::bare(d), LinearForm::bare(d)},
      bareSubscripts({kh}),
  };
  indexing.result = bareSubscripts({h});
  ContractionGraph graph = ContractionGraph::get(indexing, {7, 3, 4});
  EXPECT_EQ(graph.getLeaf(0).indices, IndexSet({h, kh, d}));
  EXPECT_EQ(graph.getLeaf(1).indices, IndexSet({kh}));
  EXPECT_EQ(graph.getOutput(), IndexSet({h}));
  EXPECT_EQ(graph.getExtent(kh), 3);
}

TEST(ContractionGraph, NewOutputReplacesTheOld) {
  ContractionGraph graph;
  IndexId i = graph.addIndex(2), j = graph.addIndex(3);
  graph.setOutput({i});
  graph.setOutput({j});
  EXPECT_FALSE(graph.isOutput(i));
  EXPECT_TRUE(graph.isOutput(j));
}

TEST(ContractionGraph, PointsOfNoIndicesAreOne) {
  EXPECT_EQ(ContractionGraph().getNumPoints({}), 1);
}

TEST(ContractionGraph, ZeroExtentBeatsOverflow) {
  ContractionGraph graph;
  IndexId huge = graph.addIndex(1e200), zero = graph.addIndex(0);
  IndexId other = graph.addIndex(1e200), negative = graph.addIndex(-1);
  EXPECT_EQ(graph.getNumPoints({huge, other}),
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(graph.getNumPoints({huge, other, zero}), 0);
  EXPECT_EQ(graph.getNumPoints({negative, huge}), 0);
}

TEST(ContractionTree, LeftToRightUsesLeavesInOrder) {
  ContractionTree tree = ContractionTree::getLeftToRight(4);
  std::vector<ContractionStep> expected = {{0, 1}, {4, 2}, {5, 3}};
  EXPECT_EQ(tree.getSteps().vec(), expected);
  EXPECT_EQ(tree.getRoot(), 6u);
  EXPECT_EQ(tree.getDepth(), 3u);
}

TEST(ContractionTree, NoLeavesAndOneLeafNeedNoSteps) {
  EXPECT_TRUE(ContractionTree(0).isComplete());
  EXPECT_TRUE(ContractionTree(1).isComplete());
  EXPECT_EQ(ContractionTree(1).getDepth(), 0u);
}

TEST(ContractionTree, RefusesStepsThatFormNoTree) {
  EXPECT_TRUE(ContractionTree::get(3, {{0, 2}, {1, 3}}));
  EXPECT_FALSE(ContractionTree::get(3, {{0, 1}}));         // too few
  EXPECT_FALSE(ContractionTree::get(3, {{0, 1}, {0, 2}})); // 0 used twice
  EXPECT_FALSE(ContractionTree::get(3, {{0, 3}, {1, 2}})); // 3 not made yet
  EXPECT_FALSE(ContractionTree::get(3, {{0, 1}, {3, 9}})); // no node 9
  EXPECT_FALSE(ContractionTree::get(3, {{0, 0}, {1, 2}})); // a square
  EXPECT_FALSE(ContractionTree::get(0, {{0, 1}}));
}

/// A[i, j, p] B[j, k, h] C[k, h] -> [i, h]: p is private, h a hyperedge that
/// stays, j and k are summed.
static ContractionGraph makeSmallNetwork() {
  ContractionGraph graph;
  for (double extent : {2, 3, 4, 5, 6})
    graph.addIndex(extent);
  enum { i, j, k, h, p };
  graph.addLeaf({i, j, p});
  graph.addLeaf({j, k, h}, /*active=*/true);
  graph.addLeaf({k, h});
  graph.setOutput({i, h});
  return graph;
}

TEST(ContractionTree, NodeKeepsIndicesThatOthersNeed) {
  enum { i, j, k, h, p };
  ContractionTree tree = *ContractionTree::get(3, {{1, 2}, {0, 3}});
  std::vector<IndexSet> expected = {{i, j}, {j, k, h}, {k, h}, {j, h}, {i, h}};
  EXPECT_EQ(tree.computeNodeIndices(makeSmallNetwork()), expected);
}

TEST(ContractionTree, WalkShowsTheSetsOfEachStep) {
  ContractionGraph graph = makeSmallNetwork();
  ContractionTree tree = *ContractionTree::get(3, {{0, 2}, {1, 3}});
  std::vector<IndexSet> sets = tree.computeNodeIndices(graph);
  unsigned numSteps = 0;
  tree.walkSteps(graph, [&](const ContractionTree::StepView &step) {
    EXPECT_EQ(step.node, 3 + numSteps++);
    EXPECT_EQ(step.lhsIndices, sets[step.lhs]);
    EXPECT_EQ(step.rhsIndices, sets[step.rhs]);
    EXPECT_EQ(step.resultIndices, sets[step.node]);
  });
  EXPECT_EQ(numSteps, 2u);
}

TEST(ContractionTree, ActivityFollowsLeavesUp) {
  ContractionTree tree = *ContractionTree::get(3, {{0, 2}, {1, 3}});
  std::vector<bool> expected = {false, true, false, false, true};
  EXPECT_EQ(tree.computeActiveNodes(makeSmallNetwork()), expected);
}

TEST(ContractionTree, TenThousandLeavesInARow) {
  ContractionTree tree = ContractionTree::getLeftToRight(10000);
  EXPECT_TRUE(tree.isComplete());
  EXPECT_EQ(tree.getDepth(), 9999u);
  ContractionGraph chain = makeChain(10000, 2);
  EXPECT_EQ(tree.computeNodeIndices(chain).back(), IndexSet({0, 10000}));
}
