//===- PathSearchTest.cpp - Exact and greedy search -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/PathSearch.h"

#include "TestNetworks.h"
#include "tensornet/Analysis/LogCost.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir::tensornet;

static double getWeighted(const ContractionGraph &graph,
                          const SearchOptions &options = {}) {
  return computeCost(graph, findTree(graph, options)).weighted;
}

static SearchOptions withStrategy(SearchStrategy strategy) {
  SearchOptions options;
  options.strategy = strategy;
  return options;
}

namespace {
/// The lowest costs over all binary trees, by trying every pair at every step.
struct BruteForce {
  explicit BruteForce(const ContractionGraph &graph) : graph(graph) {
    std::vector<NodeId> nodes(graph.getNumLeaves());
    for (NodeId leaf = 0; leaf < nodes.size(); ++leaf)
      nodes[leaf] = leaf;
    visit(ContractionTree(graph.getNumLeaves()), nodes);
  }

  void visit(const ContractionTree &tree, const std::vector<NodeId> &nodes) {
    if (nodes.size() < 2) {
      TreeCost cost = computeCost(graph, tree);
      value = std::min(value, cost.value);
      weighted = std::min(weighted, cost.weighted);
      return;
    }
    for (unsigned i = 0; i < nodes.size(); ++i)
      for (unsigned j = i + 1; j < nodes.size(); ++j) {
        std::vector<NodeId> rest = nodes;
        ContractionTree next = tree;
        rest.erase(rest.begin() + j);
        rest[i] = next.addStep(nodes[i], nodes[j]);
        visit(next, rest);
      }
  }

  const ContractionGraph &graph;
  double value = std::numeric_limits<double>::infinity();
  double weighted = std::numeric_limits<double>::infinity();
};
} // namespace

TEST(PathSearch, ExactEqualsBruteForce) {
  for (unsigned seed = 0; seed < 120; ++seed) {
    unsigned numLeaves = seed % 40 == 0 ? 7 : 2 + seed % 5;
    for (Activity activity :
         {Activity::None, Activity::Random, Activity::All}) {
      ContractionGraph graph = makeRandomNetwork(numLeaves, seed, activity);
      BruteForce expected(graph);
      SearchSummary summary;
      ContractionTree tree = findTree(graph, {}, &summary);
      ASSERT_TRUE(tree.isComplete());
      EXPECT_TRUE(summary.optimal);
      EXPECT_EQ(computeCost(graph, tree).weighted, expected.weighted)
          << "seed " << seed;
      EXPECT_EQ(summary.cheapestValue, expected.value) << "seed " << seed;
    }
  }
}

TEST(PathSearch, ExactTakesZeroAndUnitExtents) {
  for (double extent : {0.0, 1.0}) {
    ContractionGraph graph = makeChain(6, extent, /*active=*/true);
    EXPECT_EQ(getWeighted(graph), BruteForce(graph).weighted);
  }
}

TEST(PathSearch, ExactTakesMoreThan64Indices) {
  // Every pair of 13 leaves shares an index: 78 of them.
  ContractionGraph graph;
  std::vector<IndexSet> leaves(13);
  for (unsigned i = 0; i < leaves.size(); ++i)
    for (unsigned j = 0; j < i; ++j) {
      IndexId index = graph.addIndex(2);
      leaves[i].push_back(index);
      leaves[j].push_back(index);
    }
  for (const IndexSet &leaf : leaves)
    graph.addLeaf(leaf);
  SearchOptions options = withStrategy(SearchStrategy::Exact);
  TreeCost leftToRight =
      computeCost(graph, ContractionTree::getLeftToRight(13));
  EXPECT_LE(getWeighted(graph, options), leftToRight.value);
}

/// The mean of the logarithm of what a search finds over the cheapest tree.
static double getMeanExcess(SearchStrategy strategy) {
  double logRatio = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    ContractionGraph graph =
        makeRandomNetwork(9 + seed % 3, seed, Activity::Random);
    double exact = getWeighted(graph, withStrategy(SearchStrategy::Exact));
    double found = getWeighted(graph, withStrategy(strategy));
    EXPECT_GE(found, exact) << "seed " << seed;
    if (exact > 0)
      logRatio += std::log(found / exact) / 60;
  }
  return logRatio;
}

TEST(PathSearch, NoSearchBeatsTheExactOneAndAllStayClose) {
  EXPECT_LT(getMeanExcess(SearchStrategy::Greedy), 0.01);
  EXPECT_LT(getMeanExcess(SearchStrategy::Elimination), 0.01);
  EXPECT_LT(getMeanExcess(SearchStrategy::Bisection), 0.01);
  EXPECT_LT(getMeanExcess(SearchStrategy::Sweep), 0.01);
  EXPECT_LT(getMeanExcess(SearchStrategy::Annealing), 0.001);
}

TEST(PathSearch, GradientsCostAtMostThreeTimesTheCheapestValue) {
  for (unsigned seed = 0; seed < 12; ++seed)
    for (Activity activity :
         {Activity::None, Activity::Random, Activity::All}) {
      ContractionGraph graph = makeRandomNetwork(8 + seed * 2, seed, activity);
      SearchSummary summary;
      TreeCost cost = computeCost(graph, findTree(graph, {}, &summary));
      EXPECT_LE(cost.weighted, 3 * summary.cheapestValue) << "seed " << seed;
    }
}

TEST(PathSearch, GradientsCostNoMoreThanOnTheTreeForTheValue) {
  for (unsigned seed = 0; seed < 12; ++seed)
    for (Activity activity : {Activity::Random, Activity::All}) {
      ContractionGraph graph = makeRandomNetwork(8 + seed * 2, seed, activity);
      ContractionGraph inactive = graph;
      for (unsigned leaf = 0; leaf < graph.getNumLeaves(); ++leaf)
        inactive.setActive(leaf, false);
      double forValue = computeCost(graph, findTree(inactive)).weighted;
      EXPECT_LE(getWeighted(graph), forValue) << "seed " << seed;
    }
}

TEST(PathSearch, OneActiveLeafChangesTheTree) {
  unsigned numBetter = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    ContractionGraph graph = makeRandomNetwork(8, seed, Activity::None, false);
    ContractionTree forValue = findTree(graph);
    graph.setActive(seed % 8, true);
    double forGradient = getWeighted(graph);
    double afterwards = computeCost(graph, forValue).weighted;
    EXPECT_LE(forGradient, afterwards);
    numBetter += forGradient < afterwards;
  }
  EXPECT_GE(numBetter, 4u);
}

TEST(PathSearch, NeverCostlierThanKnownCandidates) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    ContractionGraph graph = makeRandomNetwork(40, seed, Activity::Random);
    SearchOptions options = withStrategy(SearchStrategy::Greedy);
    ContractionTree good = findTree(graph, options);
    options.trials = 0;
    options.candidates.push_back(good);
    EXPECT_LE(getWeighted(graph, options), computeCost(graph, good).weighted);
  }
}

TEST(PathSearch, LeftToRightKeepsTheOrderOfTheLeaves) {
  ContractionGraph graph = makeChain(5, 2);
  SearchSummary summary;
  EXPECT_EQ(
      findTree(graph, withStrategy(SearchStrategy::LeftToRight), &summary),
      ContractionTree::getLeftToRight(5));
  EXPECT_EQ(summary.strategy, SearchStrategy::LeftToRight);
  EXPECT_FALSE(summary.optimal);
}

TEST(PathSearch, EqualTreesLeaveTheOrderOfTheLeaves) {
  EXPECT_EQ(findTree(makeChain(6, 4)), ContractionTree::getLeftToRight(6));
}

TEST(PathSearch, OperandThatNeedsMoreMemoryComesFirst) {
  // Two leaves make 8 elements; the other three make 16, then 8.
  ContractionGraph graph;
  IndexId i = graph.addIndex(4), j = graph.addIndex(8), k = graph.addIndex(2);
  IndexId l = graph.addIndex(50);
  graph.addLeaf({i, j});
  graph.addLeaf({i, j});
  graph.addLeaf({j, k, l});
  graph.addLeaf({k, l, j});
  graph.addLeaf({j, k});
  SearchOptions options;
  options.candidates = {
      *ContractionTree::get(5, {{0, 1}, {2, 3}, {6, 4}, {5, 7}})};
  ContractionTree tree = findTree(graph, options);
  EXPECT_EQ(tree.getSteps().front(), (ContractionStep{2, 3}));
  EXPECT_EQ(computeCost(graph, tree).peak, 16 + 8);
}

TEST(PathSearch, NetworksWithoutStepsGiveEmptyTrees) {
  for (SearchStrategy strategy :
       {SearchStrategy::Auto, SearchStrategy::Exact, SearchStrategy::Greedy,
        SearchStrategy::Elimination, SearchStrategy::Bisection,
        SearchStrategy::Sweep, SearchStrategy::Annealing,
        SearchStrategy::LeftToRight}) {
    EXPECT_TRUE(
        findTree(ContractionGraph(), withStrategy(strategy)).isComplete());
    EXPECT_TRUE(findTree(makeChain(1, 3), withStrategy(strategy)).isComplete());
  }
}

TEST(PathSearch, JoinsDisconnectedPartsAndScalars) {
  ContractionGraph graph; // 30 vectors [i_n], 30 scalars -> [i_0, i_1]
  for (unsigned number = 0; number < 30; ++number) {
    graph.addLeaf({graph.addIndex(3)});
    graph.addLeaf({});
  }
  graph.setOutput({0, 1});
  TreeCost cost = computeCost(graph, findTree(graph));
  // 58 scalars, 28 of them sums of vectors, then a scaling and a product.
  EXPECT_EQ(cost.value, 57 + 3 + 9);
  EXPECT_EQ(cost.largest, 9);
}

TEST(PathSearch, SameSeedSameTree) {
  ContractionGraph graph = makeRandomNetwork(60, 7, Activity::Random);
  SearchOptions options;
  options.seed = 3;
  EXPECT_EQ(findTree(graph, options), findTree(graph, options));
}

TEST(PathSearch, SameTreeOnAnyNumberOfThreads) {
  ContractionGraph graph = makeRandomNetwork(60, 7, Activity::Random);
  SearchOptions options;
  options.threads = 1;
  ContractionTree alone = findTree(graph, options);
  for (unsigned threads : {2, 5}) {
    options.threads = threads;
    EXPECT_EQ(findTree(graph, options), alone) << threads << " threads";
  }
}

TEST(PathSearch, ClockEndsTheSearch) {
  ContractionGraph graph = makeRandomNetwork(200, 1, Activity::None);
  SearchOptions options;
  options.seconds = 0.05;
  options.trials = 1000000;
  EXPECT_TRUE(findTree(graph, options).isComplete());
  options.seconds = 0;
  EXPECT_TRUE(findTree(graph, options).isComplete());
}

TEST(PathSearch, InterruptEndsTheSearch) {
  ContractionGraph graph = makeRandomNetwork(200, 1, Activity::None);
  std::atomic<bool> interrupt = true;
  SearchOptions options;
  options.interrupt = &interrupt;
  options.trials = 1000000;
  EXPECT_TRUE(findTree(graph, options).isComplete());
}

TEST(PathSearch, EachObjectiveIsBestAtItsOwn) {
  double logGain[3] = {0, 0, 0};
  for (unsigned seed = 0; seed < 6; ++seed)
    for (Activity activity : {Activity::None, Activity::Random}) {
      ContractionGraph graph = makeRandomNetwork(8 + seed * 2, seed, activity);
      SearchOptions options;
      TreeCost forOperations = computeCost(graph, findTree(graph, options));
      options.objective = SearchObjective::Traffic;
      TreeCost forTraffic = computeCost(graph, findTree(graph, options));
      options.objective = SearchObjective::Machine;
      TreeCost forMachine = computeCost(graph, findTree(graph, options));
      options.objective = SearchObjective::Peak;
      TreeCost forPeak = computeCost(graph, findTree(graph, options));
      logGain[0] += std::log(forOperations.traffic / forTraffic.traffic);
      logGain[1] += std::log(forOperations.seconds / forMachine.seconds);
      logGain[2] += std::log(forOperations.peak / forPeak.peak);
      if (graph.getNumLeaves() <= 12) {
        EXPECT_LE(forOperations.weighted, forTraffic.weighted);
        EXPECT_LE(forTraffic.traffic, forOperations.traffic);
        EXPECT_LE(forMachine.seconds, forOperations.seconds);
      }
    }
  for (double gain : logGain)
    EXPECT_GT(gain, 0);
}

TEST(PathSearch, CostsBeyondTheRangeOfDoubleAreCompared) {
  // A chain of 20 matrices with extents of 10^300: from the left it costs
  // 10^900, from the vector on the right end 10^600.
  ContractionGraph graph;
  IndexId left = graph.addIndex(1e300), from = left;
  for (unsigned i = 0; i < 20; ++i) {
    IndexId to = graph.addIndex(1e300);
    graph.addLeaf({from, to});
    from = to;
  }
  graph.addLeaf({from});
  graph.setOutput({left});
  LogCost cost = computeLogCost(graph, findTree(graph));
  EXPECT_NEAR(cost.log10Value, 600 + std::log10(20), 1e-9);
}

TEST(PathSearch, StrategiesHaveNames) {
  EXPECT_EQ(parseSearchStrategy("bisection"), SearchStrategy::Bisection);
  EXPECT_EQ(getName(SearchStrategy::Bisection), "bisection");
  EXPECT_EQ(parseSearchStrategy("clairvoyance"), std::nullopt);
  EXPECT_EQ(parseSearchObjective("traffic"), SearchObjective::Traffic);
  EXPECT_EQ(getName(SearchObjective::Peak), "peak");
  EXPECT_EQ(parseSearchObjective("beauty"), std::nullopt);
}

TEST(PathSearch, StrategyFollowsTheExactLimit) {
  SearchOptions options;
  SearchSummary summary;
  findTree(makeChain(12, 2), options, &summary);
  EXPECT_EQ(summary.strategy, SearchStrategy::Exact);
  findTree(makeChain(13, 2), options, &summary);
  EXPECT_EQ(summary.strategy, SearchStrategy::Annealing);
  options.exactLimit = 4;
  findTree(makeChain(5, 2), options, &summary);
  EXPECT_EQ(summary.strategy, SearchStrategy::Annealing);
  EXPECT_FALSE(summary.optimal);
}

/// What it costs to sweep over two matrix product states from both ends: per
/// inner site two products of d * D^3 points, at the ends d * D^2, and D^2
/// where the sweeps meet.
static double getSweepCost(unsigned numSites, double D, double d) {
  return (numSites - 2) * 2 * d * D * D * D + 2 * d * D * D + D * D;
}

TEST(PathSearch, InnerProductOf64SitesIsLinearInTheSites) {
  ContractionGraph graph = makeInnerProduct(64, 8, 8, /*active=*/true);
  TreeCost cost = computeCost(graph, findTree(graph));
  EXPECT_EQ(cost.value, getSweepCost(64, 8, 8));
  EXPECT_EQ(cost.weighted, 3 * cost.value);
  EXPECT_EQ(cost.largest, 8 * 8 * 8);
}

TEST(PathSearch, InnerProductWithWideBondsBeatsTheSweep) {
  // Near the ends 2^k is less than 16: sites of one state are joined first.
  ContractionGraph graph = makeInnerProduct(64, 16, 2, /*active=*/true);
  TreeCost cost = computeCost(graph, findTree(graph));
  EXPECT_LT(cost.value, getSweepCost(64, 16, 2));
  EXPECT_GT(cost.value, 0.9 * getSweepCost(64, 16, 2));
}

TEST(PathSearch, ChainOf10000Leaves) {
  SearchOptions options;
  options.trials = 1;
  ContractionGraph chain = makeChain(10000, 2, /*active=*/true);
  EXPECT_EQ(computeCost(chain, findTree(chain, options)).value, 9999 * 8);
}

TEST(PathSearch, IndexOnThousandsOfLeaves) {
  ContractionGraph graph; // v_n[b] for 3000 n -> []
  IndexId batch = graph.addIndex(10);
  for (unsigned leaf = 0; leaf < 3000; ++leaf)
    graph.addLeaf({batch});
  SearchOptions options;
  options.trials = 1;
  EXPECT_EQ(computeCost(graph, findTree(graph, options)).value, 2999 * 10);
}
