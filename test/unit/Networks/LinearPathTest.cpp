//===- LinearPathTest.cpp - Orders as positions in a list -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Networks/LinearPath.h"

#include "gtest/gtest.h"

using namespace mlir::tensornet;

namespace {

TEST(LinearPath, IsEmptyWithoutSteps) {
  EXPECT_TRUE(getLinearPath(ContractionTree(0)).empty());
  EXPECT_TRUE(getLinearPath(ContractionTree(1)).empty());
}

TEST(LinearPath, CountsPositionsInTheShrinkingList) {
  // 0 1 2 3 -> 0 2 (13) -> 2 (0 (13)) -> all.
  auto tree = ContractionTree::get(4, {{3, 1}, {0, 4}, {2, 5}});
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(getLinearPath(*tree),
            (std::vector<PathPair>{{1, 3}, {0, 2}, {0, 1}}));
}

TEST(LinearPath, FollowsLongChains) {
  // From the left, the running product is always the last.
  std::vector<PathPair> path =
      getLinearPath(ContractionTree::getLeftToRight(100000));
  ASSERT_EQ(path.size(), 99999u);
  EXPECT_EQ(path[0], (PathPair{0, 1}));
  EXPECT_EQ(path[1], (PathPair{0, 99998}));
  EXPECT_EQ(path.back(), (PathPair{0, 1}));
}

} // namespace
