//===- KernelNeighboursTest.cpp - Tests of neighbours ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Tuning/KernelNeighbours.h"

#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

using namespace mlir::tensornet;

namespace {

/// As the cost model completes it: rows i and j, columns k, sum l.
KernelChoice makeChoice() {
  KernelChoice choice;
  choice.batch.emplace();
  choice.rows = {0, 1};
  choice.columns = {2};
  choice.sum = {3};
  choice.swap = false;
  choice.rowTile = {6};
  choice.columnTile = {64};
  choice.block = {96, 512, 320};
  choice.rowGroup = {24};
  choice.packA = choice.packB = true;
  choice.distribute = Distribution::none;
  return choice;
}

TEST(KernelNeighboursTest, AreOthersAndEachOnce) {
  KernelChoice choice = makeChoice();
  std::vector<KernelChoice> all = getNeighbours(choice, 16, false);
  EXPECT_FALSE(llvm::is_contained(all, choice));
  for (size_t number = 0; number < all.size(); ++number)
    EXPECT_FALSE(llvm::is_contained(llvm::ArrayRef(all).drop_front(number + 1),
                                    all[number]));
}

TEST(KernelNeighboursTest, TilesFillVectors) {
  for (const KernelChoice &other : getNeighbours(makeChoice(), 16, false)) {
    EXPECT_EQ(!other.columnTile ? 0 : other.columnTile->back() % 16, 0);
    EXPECT_GE(!other.rowTile ? 1 : other.rowTile->back(), 1);
  }
}

TEST(KernelNeighboursTest, BlocksOfTheSumGrowAndShrink) {
  llvm::SmallVector<int64_t> sizes;
  for (const KernelChoice &other : getNeighbours(makeChoice(), 16, false))
    if (other.block && other.block->back() != 320)
      sizes.push_back(other.block->back());
  EXPECT_EQ(sizes, (llvm::SmallVector<int64_t>{80, 160, 640, 1280}));
}

TEST(KernelNeighboursTest, RowsChangePlaces) {
  EXPECT_TRUE(llvm::any_of(
      getNeighbours(makeChoice(), 16, false), [](const KernelChoice &other) {
        return other.rows == KernelChoice::Indices{1, 0} && !other.block;
      }));
}

TEST(KernelNeighboursTest, VectorsKeepTheirIndex) {
  KernelChoice choice = makeChoice();
  choice.columns = {2, 4, 5};
  bool isReordered = false;
  for (const KernelChoice &other : getNeighbours(choice, 16, false)) {
    EXPECT_EQ(other.columns->back(), 5u);
    isReordered |= other.columns == KernelChoice::Indices{4, 2, 5};
  }
  EXPECT_TRUE(isReordered);
}

TEST(KernelNeighboursTest, SeveralColumnsJoinOrPart) {
  auto joins = [](const KernelChoice &other) {
    return other.joinColumns.value_or(false);
  };
  KernelChoice choice = makeChoice();
  choice.columns = {2};
  EXPECT_TRUE(llvm::none_of(getNeighbours(choice, 16, false), joins));
  choice.columns = {2, 4};
  EXPECT_TRUE(llvm::any_of(getNeighbours(choice, 16, false), joins));
  choice.joinColumns = true;
  EXPECT_FALSE(llvm::all_of(getNeighbours(choice, 16, false), joins));
}

TEST(KernelNeighboursTest, GroupsHoldWholeTiles) {
  llvm::SmallVector<int64_t> sizes;
  for (const KernelChoice &other : getNeighbours(makeChoice(), 16, false))
    if (other.rowGroup && other.rowGroup->back() != 24)
      sizes.push_back(other.rowGroup->back());
  EXPECT_EQ(sizes, (llvm::SmallVector<int64_t>{6, 12, 48}));
}

TEST(KernelNeighboursTest, ThreadsShareOnlyWhereThereAreSome) {
  auto shares = [](const KernelChoice &other) {
    return other.distribute != Distribution::none;
  };
  EXPECT_TRUE(llvm::none_of(getNeighbours(makeChoice(), 16, false), shares));
  EXPECT_TRUE(llvm::any_of(getNeighbours(makeChoice(), 16, true), shares));
}

} // namespace
