//===- KernelChoiceTest.cpp - Plans that are given ------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelDims.h"
#include "tensornet/Codegen/CPU/Kernels/KernelPlan.h"
#include "gtest/gtest.h"

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

struct Case {
  const char *einsum;
  Extents extents;
};

const Case kCases[] = {
    {"mk,kn->mn", {{'m', 1000}, {'n', 1000}, {'k', 1000}}},
    {"mk,nk->nm", {{'m', 33}, {'n', 70}, {'k', 2000}}},
    {"mk,kn->mn", {{'m', 64}, {'n', 64}, {'k', 64}}},
    {"abcd,ebad->ce", {{'a', 24}, {'b', 24}, {'c', 96}, {'d', 48}, {'e', 96}}},
    {"bhse,bhte->bhst",
     {{'b', 4}, {'h', 8}, {'s', 256}, {'t', 256}, {'e', 64}}},
    {"gdab,efgc->abcdef",
     {{'a', 24},
      {'b', 20},
      {'c', 20},
      {'d', 24},
      {'e', 20},
      {'f', 20},
      {'g', 24}}},
};

std::string getMessage(const Case &given, const KernelChoice &choice) {
  auto plan = planKernel(makeDims(given.einsum, given.extents),
                         KernelTarget::get(512, 4), choice);
  if (plan)
    return "";
  return llvm::toString(plan.takeError());
}

/// A plan and the one that is made from its choice say the same.
TEST(KernelChoice, MakesThePlanAgainThatItIsOf) {
  for (const Case &given : kCases)
    for (bool parallel : {false, true})
      for (int64_t bits : {128, 256, 512}) {
        auto dims = makeDims(given.einsum, given.extents);
        KernelTarget target = KernelTarget::get(bits, 8);
        auto plan = planKernel(dims, target);
        ASSERT_TRUE(plan) << given.einsum;
        if (parallel)
          llvm::cantFail(distributeKernel(*plan));
        auto again = planKernel(dims, target, plan->getChoice());
        ASSERT_TRUE(bool(again)) << llvm::toString(again.takeError());
        if (parallel)
          llvm::cantFail(distributeKernel(*again, plan->getChoice()));
        EXPECT_EQ(again->describe(), plan->describe());
        EXPECT_TRUE(again->getChoice() == plan->getChoice());
        EXPECT_EQ(again->numDistributed, plan->numDistributed);
        EXPECT_EQ(again->kTile, plan->kTile);
      }
}

TEST(KernelChoice, KeepsWhatIsGiven) {
  KernelChoice choice;
  choice.rowTile = {7};
  choice.block = {100, 200, 50};
  choice.packA = false;
  auto plan =
      llvm::cantFail(planKernel(makeDims(kCases[0].einsum, kCases[0].extents),
                                KernelTarget::get(512, 4), choice));
  EXPECT_EQ(plan.mr, 7);
  EXPECT_EQ(plan.mTiles, 15);
  EXPECT_EQ(plan.kTile, 50);
  EXPECT_FALSE(plan.packA);
}

TEST(KernelChoice, OrdersTheSum) {
  KernelChoice choice;
  choice.sum = {'d', 'b', 'a'};
  auto plan =
      llvm::cantFail(planKernel(makeDims(kCases[3].einsum, kCases[3].extents),
                                KernelTarget::get(512, 4), choice));
  ASSERT_FALSE(plan.kBlock.empty());
  EXPECT_EQ(plan.kBlock.back().source, unsigned('a'));
}

TEST(KernelChoice, NamesAnIndexInAnotherRole) {
  KernelChoice choice;
  choice.rows = {'m', 'k'};
  EXPECT_NE(getMessage(kCases[0], choice).find("where it does not belong"),
            std::string::npos);
}

TEST(KernelChoice, RefusesTilesBeyondTheRegisters) {
  KernelChoice choice;
  choice.columnTile = {16 * 40};
  EXPECT_NE(getMessage(kCases[0], choice).find("registers of the target"),
            std::string::npos);
}

TEST(KernelChoice, ComparesAndHashesAllParts) {
  KernelChoice some, other;
  EXPECT_TRUE(some == other && some.empty());
  other.distribute = Distribution::none;
  EXPECT_FALSE(some == other);
  EXPECT_FALSE(other.empty());
  EXPECT_NE(hash_value(some), hash_value(other));
}

} // namespace
