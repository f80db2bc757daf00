//===- ArenaPlanTest.cpp - Places of buffers in one arena -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/Buffers/ArenaPlan.h"
#include "gtest/gtest.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <random>

using namespace mlir::tensornet::cpu;
using llvm::ArrayRef;
using llvm::SmallVector;

/// True where no two buffers that live at one time share a byte and all lie in
/// the arena, aligned.
static bool isSound(ArrayRef<Lifetime> buffers, const ArenaPlan &plan) {
  for (auto [i, a] : llvm::enumerate(buffers)) {
    uint64_t begin = plan.offsets[i], end = begin + a.size;
    if (begin % kArenaAlignment != 0 || end > plan.size)
      return false;
    for (size_t j = 0; j < i; ++j) {
      const Lifetime &b = buffers[j];
      bool meet = a.begin < b.end && b.begin < a.end;
      bool apart = end <= plan.offsets[j] || plan.offsets[j] + b.size <= begin;
      if (meet && !apart)
        return false;
    }
  }
  return true;
}

/// The most bytes alive at one step: no arena is smaller.
static uint64_t getLargestSum(ArrayRef<Lifetime> buffers) {
  uint64_t largest = 0;
  for (const Lifetime &start : buffers) {
    uint64_t sum = 0;
    for (const Lifetime &buffer : buffers)
      if (buffer.begin <= start.begin && start.begin < buffer.end)
        sum += buffer.size;
    largest = std::max(largest, sum);
  }
  return largest;
}

TEST(ArenaPlanTest, NothingTakesNothing) {
  EXPECT_EQ(planArena({}).size, 0u);
  EXPECT_EQ(planArena({{0, 5, 0}}).size, 0u);
}

TEST(ArenaPlanTest, DisjointLifetimesShareBytes) {
  ArenaPlan plan = planArena({{0, 2, 100}, {2, 4, 128}, {4, 6, 50}});
  EXPECT_EQ(plan.size, 128u);
  EXPECT_EQ(plan.offsets, (SmallVector<uint64_t>{0, 0, 0}));
}

TEST(ArenaPlanTest, OverlappingLifetimesDoNot) {
  ArenaPlan plan = planArena({{0, 3, 64}, {2, 4, 64}});
  EXPECT_EQ(plan.size, 128u);
  EXPECT_NE(plan.offsets[0], plan.offsets[1]);
}

TEST(ArenaPlanTest, TakesTheTightestGap) {
  // Two gaps are free at the end: of 256 and of 128 bytes.
  ArenaPlan plan = planArena({{0, 9, 512},
                              {1, 5, 256},
                              {2, 9, 448},
                              {3, 5, 128},
                              {4, 9, 384},
                              {6, 9, 128}});
  EXPECT_EQ(plan.size, 512u + 256 + 448 + 128 + 384);
  EXPECT_EQ(plan.offsets[5], plan.offsets[3]);
}

TEST(ArenaPlanTest, ObeysTheSameOrderTwice) {
  SmallVector<Lifetime> buffers = {{0, 4, 640}, {1, 3, 640}, {2, 9, 128}};
  EXPECT_EQ(planArena(buffers).offsets, planArena(buffers).offsets);
}

TEST(ArenaPlanTest, LargeBuffersStartAtDifferentPlacesOfAPage) {
  ArenaPlan plan = planArena({{0, 3, 1 << 20}, {0, 3, 1 << 20}});
  EXPECT_NE(plan.offsets[0] % 4096, plan.offsets[1] % 4096);
}

TEST(ArenaPlanTest, HoldsMoreThan32BitsCount) {
  uint64_t huge = uint64_t(3) << 33;
  SmallVector<Lifetime> buffers = {{0, 4, huge}, {1, 5, huge}, {4, 6, huge}};
  ArenaPlan plan = planArena(buffers);
  EXPECT_TRUE(isSound(buffers, plan));
  EXPECT_GE(plan.size, 2 * huge);
  EXPECT_LT(plan.size, 2 * huge + 4096);
}

TEST(ArenaPlanTest, RandomLifetimesAreSoundAndSmall) {
  std::mt19937 random(7);
  auto draw = [&](unsigned limit) {
    return std::uniform_int_distribution<unsigned>(0, limit - 1)(random);
  };
  double total = 0, bound = 0;
  for (unsigned trial = 0; trial < 300; ++trial) {
    SmallVector<Lifetime> buffers;
    for (unsigned i = 0, count = 1 + draw(40); i < count; ++i) {
      uint64_t begin = draw(50), end = begin + 1 + draw(20);
      buffers.push_back({begin, end, uint64_t(64) * draw(100)});
    }
    ArenaPlan plan = planArena(buffers);
    ASSERT_TRUE(isSound(buffers, plan)) << "trial " << trial;
    ASSERT_GE(plan.size, getLargestSum(buffers));
    total += double(plan.size);
    bound += double(getLargestSum(buffers));
  }
  EXPECT_LT(total, 1.1 * bound);
}
