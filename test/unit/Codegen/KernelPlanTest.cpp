//===- KernelPlanTest.cpp - Tests of kernel plans -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/Kernels/KernelPlan.h"
#include "KernelDims.h"

#include "gtest/gtest.h"

#include <limits>
#include <map>

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

std::optional<KernelPlan> plan(std::string einsum, const Extents &extents,
                               int64_t bits = 512, int64_t bytes = 4) {
  return planKernel(makeDims(einsum, extents), KernelTarget::get(bits, bytes));
}

TEST(KernelPlan, MergesDimensionsThatAreAdjacentEverywhere) {
  auto dims =
      makeDims("ijkl,klmn->ijmn",
               {{'i', 4}, {'j', 5}, {'k', 6}, {'l', 7}, {'m', 8}, {'n', 9}});
  coalesceDims(dims);
  ASSERT_EQ(dims.size(), 3u);
  EXPECT_EQ(dims[0].extent, 20);
  EXPECT_EQ(dims[1].extent, 42);
  EXPECT_EQ(dims[2].extent, 72);
}

TEST(KernelPlan, KeepsDimensionsThatOneOperandSeparates) {
  auto dims = makeDims("ijk,kj->i", {{'i', 4}, {'j', 5}, {'k', 6}});
  coalesceDims(dims);
  EXPECT_EQ(dims.size(), 3u);
}

TEST(KernelPlan, DropsExtentOne) {
  auto dims = makeDims("ijk,kl->ijl", {{'i', 1}, {'j', 5}, {'k', 6}, {'l', 1}});
  coalesceDims(dims);
  EXPECT_EQ(dims.size(), 2u);
}

TEST(KernelPlan, RefusesOperandsThatNoMemoryHolds) {
  int64_t huge = std::numeric_limits<int32_t>::max();
  EXPECT_FALSE(plan("mk,kn->mn", {{'m', huge}, {'n', huge}, {'k', huge}}));
  EXPECT_FALSE(plan("mk,kn->mn", {{'m', 64}, {'n', 64}, {'k', huge << 20}}));
}

TEST(KernelPlan, CountsMoreMultiplicationsThanAnIntegerHolds) {
  int64_t large = int64_t(1) << 23;
  auto result = plan("km,kn->mn", {{'m', large}, {'n', large}, {'k', large}});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->packA && result->packB);
}

TEST(KernelPlan, TilesSquareMatricesForThirtyTwoRegisters) {
  auto result = plan("km,kn->mn", {{'m', 1024}, {'n', 1024}, {'k', 1024}});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->swapped);
  EXPECT_TRUE(result->packA && result->packB);
  EXPECT_GE(result->mr * result->nv, 20);
  EXPECT_LT(result->mr * result->nv + result->nv, 32);
  EXPECT_LE(result->kBlockSize(), 512);
}

TEST(KernelPlan, TilesSquareMatricesForSixteenRegisters) {
  auto result = plan("mk,kn->mn", {{'m', 960}, {'n', 960}, {'k', 960}}, 256, 8);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->vectorLength, 4);
  EXPECT_GE(result->mr * result->nv, 8);
  EXPECT_LT(result->mr * result->nv + result->nv, 16);
}

TEST(KernelPlan, StoresNoQuartersOfVectorsFromSquares) {
  // Tiles of three rows of complex numbers are the best without squares.
  KernelTarget target = KernelTarget::get(512, 8, 2);
  Extents extents = {{'m', 507}, {'n', 1024}, {'k', 1000}};
  auto direct = planKernel(makeDims("km,kn->mn", extents), target);
  auto turned = planKernel(makeDims("mk,kn->mn", extents), target);
  ASSERT_TRUE(direct && turned);
  EXPECT_EQ(direct->mr, 3);
  EXPECT_GT(4 * turned->mr, turned->vectorLength);
}

TEST(KernelPlan, ShortensVectorsOfTinyProducts) {
  auto result =
      plan("bmk,bkn->bmn", {{'b', 1000}, {'m', 4}, {'n', 4}, {'k', 4}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->vectorLength, 4);
  EXPECT_FALSE(result->packA || result->packB);
  result = plan("mk,kn->mn", {{'m', 6}, {'n', 6}, {'k', 6}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->vectorLength, 8);
}

TEST(KernelPlan, HalvesWideVectorsOfFewColumns) {
  auto getLength = [](int64_t columns, int64_t bits = 512) {
    return plan("mk,kn->mn", {{'m', 400}, {'n', columns}, {'k', 400}}, bits)
        ->vectorLength;
  };
  EXPECT_EQ(getLength(3), 8);
  EXPECT_EQ(getLength(8), 8);
  EXPECT_EQ(getLength(9), 16);
  EXPECT_EQ(getLength(3, 256), 8);
  // More columns follow, or a matrix unit may multiply what is converted.
  Extents extents = {{'m', 400}, {'n', 8}, {'k', 400}, {'o', 9}};
  EXPECT_EQ(plan("mk,okn->mon", extents)->vectorLength, 16);
  KernelTarget target = KernelTarget::get(512, 4);
  target.computes[kA] = target.computes[kB] = true;
  EXPECT_EQ(planKernel(makeDims("mk,kn->mn", extents), target)->vectorLength,
            16);
}

TEST(KernelPlan, WritesResultsMuchLargerThanOperandsInTheirOrder) {
  // d is the row closest in the result, where a is contiguous in A.
  auto result = plan("gdab,efgc->abcdef", {{'a', 24},
                                           {'b', 20},
                                           {'c', 20},
                                           {'d', 20},
                                           {'e', 24},
                                           {'f', 20},
                                           {'g', 24}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->m.source, unsigned('d'));
  EXPECT_EQ(result->groupTiles * result->mr, 20);
  EXPECT_TRUE(result->hasWholeRuns());
}

TEST(KernelPlan, SwapsOperandsSoThatVectorsRunAlongTheResult) {
  auto result = plan("mk,kn->nm", {{'m', 100}, {'n', 200}, {'k', 300}});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->swapped);
  EXPECT_EQ(result->n.extent, 100);
  EXPECT_EQ(result->m.extent, 200);
}

TEST(KernelPlan, SeparatesBatchDimensions) {
  auto result = plan("bhse,bhte->bhst",
                     {{'b', 4}, {'h', 8}, {'s', 256}, {'t', 256}, {'e', 64}});
  ASSERT_TRUE(result);
  ASSERT_EQ(result->batch.size(), 1u);
  EXPECT_EQ(result->batch[0].extent, 32);
  EXPECT_EQ(result->n.extent, 256);
}

TEST(KernelPlan, ReadsSmallOperandsInPlace) {
  auto result = plan("mk,kn->mn", {{'m', 64}, {'n', 64}, {'k', 64}});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->packA || result->packB);
}

TEST(KernelPlan, GroupsOfRowsLieOnFewPages) {
  auto far = plan("mk,kn->mn", {{'m', 2048}, {'n', 2048}, {'k', 32}});
  auto near = plan("mk,kn->mn", {{'m', 2048}, {'n', 512}, {'k', 32}});
  ASSERT_TRUE(far && near);
  EXPECT_LE(far->groupTiles * far->mr, 48);
  EXPECT_GT(near->groupTiles * near->mr, 48);
}

TEST(KernelPlan, RowsLeaveColumnsInTheFirstCache) {
  auto result = plan("mk,kn->mn", {{'m', 2048}, {'n', 256}, {'k', 32}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->groupTiles, 1);
}

TEST(KernelPlan, StreamsRowsThatFewTilesOfColumnsRead) {
  for (int64_t columns : {8, 144}) {
    auto result = plan("mk,kn->mn", {{'m', 1024}, {'n', columns}, {'k', 1024}});
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->packA);
    EXPECT_LE(result->mr, 9);
  }
}

TEST(KernelPlan, FewColumnsReadRowsSideBySideInPlace) {
  auto result = plan("km,kn->mn", {{'m', 1024}, {'n', 8}, {'k', 1024}});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->packA);
  EXPECT_LE(result->kBlockSize(), 32);
  result = plan("km,kn->mn", {{'m', 1024}, {'n', 144}, {'k', 1024}});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->packA);
}

TEST(KernelPlan, ReadsLongRunsAlongTheSumInPlace) {
  auto packsRows = [](int64_t sum, KernelTarget target) {
    auto dims = makeDims("mk,kn->mn", {{'m', 1024}, {'n', 1024}, {'k', sum}});
    auto result = planKernel(dims, target);
    EXPECT_TRUE(result);
    return result && result->packA;
  };
  KernelTarget target = KernelTarget::get(512, 4);
  EXPECT_FALSE(packsRows(1024, target));
  EXPECT_TRUE(packsRows(100, target));
  // Copies convert what other tiles of columns would convert again.
  target.computes[kA] = true;
  EXPECT_TRUE(packsRows(1024, target));
}

TEST(KernelPlan, ReadsFewRowsOfWhatFewRowsMultiplyInPlace) {
  for (int64_t rows : {8, 17, 48}) {
    auto result = plan("mk,kn->mn", {{'m', rows}, {'n', 2000}, {'k', 2000}});
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->packB);
    EXPECT_GE(result->nTiles * result->nr(), 2000);
    EXPECT_EQ(result->kTile, 32);
  }
  auto result = plan("mk,kn->mn", {{'m', 100}, {'n', 2000}, {'k', 2000}});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->packB);
  EXPECT_GT(result->kTile, 200);
  // Copies convert what other tiles of rows would convert again.
  KernelTarget target = KernelTarget::get(512, 4);
  target.computes[kB] = true;
  result = planKernel(
      makeDims("mk,kn->mn", {{'m', 17}, {'n', 2000}, {'k', 2000}}), target);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->packB);
  // Rows that cross lines, and a sum that is short beside the rows.
  for (Extents extents : {Extents{{'m', 48}, {'n', 2001}, {'k', 2000}},
                          Extents{{'m', 64}, {'n', 8192}, {'k', 64}}}) {
    result = plan("mk,kn->mn", extents);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->packB);
  }
}

TEST(KernelPlan, ReadsMoreRowsInPlaceWhereNoPrefetcherFollowsThem) {
  // In the second cache, and many rows on a page.
  for (Extents extents : {Extents{{'m', 17}, {'n', 600}, {'k', 600}},
                          Extents{{'m', 64}, {'n', 64}, {'k', 9600}}}) {
    auto result = plan("mk,kn->mn", extents);
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->packB);
    EXPECT_GT(result->kTile, 50);
    EXPECT_LE(result->kTile, 64);
  }
}

TEST(KernelPlan, AsksForTheNextTileOfWhatFewRowsReadInPlace) {
  auto asks = [](int64_t rows, int64_t columns) {
    auto result = plan("mk,kn->mn", {{'m', rows}, {'n', columns}, {'k', 2000}});
    EXPECT_TRUE(result && !result->packB);
    return result && result->prefetchB;
  };
  EXPECT_TRUE(asks(17, 2000));
  // One tile of rows reads each number once.
  EXPECT_TRUE(asks(8, 2048));
  EXPECT_FALSE(asks(17, 2048));
  EXPECT_FALSE(asks(2, 2000));
  // Many rows of B share a page.
  EXPECT_FALSE(asks(17, 200));
}

TEST(KernelPlan, AsksForTheNextRowsOfWhatIsReadInShortPieces) {
  auto asks = [](Extents extents) {
    auto result = plan("bka,kc->abc", extents);
    EXPECT_TRUE(result && !result->packA);
    return result && result->prefetchA;
  };
  EXPECT_TRUE(asks({{'a', 200}, {'b', 200}, {'k', 200}, {'c', 14}}));
  // In the second cache, a short sum, and more than one tile of columns.
  EXPECT_FALSE(asks({{'a', 200}, {'b', 10}, {'k', 200}, {'c', 14}}));
  EXPECT_FALSE(asks({{'a', 200}, {'b', 2000}, {'k', 20}, {'c', 14}}));
  EXPECT_FALSE(asks({{'a', 100}, {'b', 20}, {'k', 50}, {'c', 100}}));
}

TEST(KernelPlan, LeavesRoomForWhatPassesByAColumnBlockThatIsReadOnce) {
  auto getBlockBytes = [](int64_t rows, int64_t points) {
    auto result =
        plan("km,nk->mn", {{'m', rows}, {'n', 200000}, {'k', points}});
    EXPECT_TRUE(result && result->packB);
    return result ? result->nTiles * result->nr() * result->kBlockSize() * 4
                  : 0;
  };
  EXPECT_LE(getBlockBytes(60, 100), 256 << 10);
  EXPECT_GT(getBlockBytes(100, 100), 256 << 10);
  EXPECT_LE(getBlockBytes(100, 100), 512 << 10);
  // Rows that are copied for each block.
  EXPECT_GT(getBlockBytes(1000, 300), 512 << 10);
}

TEST(KernelPlan, KeepsUpdatedRowsInTheSecondCache) {
  auto result = plan("mk,kn->mn", {{'m', 64}, {'n', 8192}, {'k', 2048}});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->packB);
  EXPECT_LE(result->nTiles * result->nr(), 2048);
}

TEST(KernelPlan, TilesHaveMoreRowsWhereColumnsComeFromTheSecondCache) {
  for (auto [sum, rows] : {std::pair(64, 4), {512, 5}}) {
    auto result = plan("mk,kn->mn", {{'m', 64}, {'n', 64}, {'k', sum}});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->nv, 4);
    EXPECT_EQ(result->mr, rows);
  }
}

TEST(KernelPlan, TakesAllColumnsIntoOneTileWhereTheyFit) {
  auto result = plan("mk,kn->mn", {{'m', 33}, {'n', 33}, {'k', 33}}, 512, 8);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->nv, 5);
}

TEST(KernelPlan, PacksRowsThatCrossLinesOfALargerCache) {
  auto packsColumns = [](int64_t rows, int64_t columns) {
    Extents dims = {{'m', rows}, {'n', columns}, {'k', 100}};
    auto result = plan("mk,kn->mn", dims, 512, 8);
    EXPECT_TRUE(result);
    return result && result->packB;
  };
  EXPECT_TRUE(packsColumns(400, 100));
  // Few tiles read these, and whole lines.
  EXPECT_FALSE(packsColumns(60, 100));
  EXPECT_FALSE(packsColumns(96, 96));
}

TEST(KernelPlan, AsksForColumnsThatTheFirstCacheDoesNotHold) {
  auto result = plan("mk,kn->mn", {{'m', 512}, {'n', 512}, {'k', 512}});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->prefetchB);
  result = plan("mk,kn->mn", {{'m', 512}, {'n', 512}, {'k', 32}});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->prefetchB);
}

TEST(KernelPlan, PacksColumnsThatAreNotContiguous) {
  auto result = plan("mk,nk->mn", {{'m', 64}, {'n', 64}, {'k', 64}});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->packB);
}

TEST(KernelPlan, PacksAcrossTilesWhatIsContiguousInOuterColumns) {
  auto result =
      plan("adb,cd->cba", {{'a', 384}, {'b', 384}, {'c', 24}, {'d', 384}});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->swapped);
  EXPECT_TRUE(result->packsAcross());
  EXPECT_EQ(result->nTiles % result->vectorLength, 0);
  // Half a vector is enough, and makes whole runs.
  result = plan("adb,cd->cba", {{'a', 384}, {'b', 9}, {'c', 24}, {'d', 384}});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->packsAcross());
  EXPECT_EQ(result->nTiles % 9, 0);
  result = plan("adb,cd->cba", {{'a', 384}, {'b', 7}, {'c', 24}, {'d', 384}});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->packsAcross());
}

TEST(KernelPlan, JoinsColumnsThatLeaveLanesUnused) {
  Extents extents = {{'a', 22}, {'b', 22}, {'c', 22}, {'d', 25}, {'e', 22}};
  auto result = plan("ebc,aed->bdac", extents);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->joinColumns);
  EXPECT_EQ(result->columnExtent(), 22 * 22);
  // Runs of 12 begin at every fourth lane: two strips are a vector.
  extents['c'] = 12;
  EXPECT_TRUE(plan("ebc,aed->bdac", extents)->joinColumns);
  // Of three strips in a vector, few lanes unused, none of masks, none of full
  // vectors.
  extents['c'] = 10;
  EXPECT_FALSE(plan("ebc,aed->bdac", extents)->joinColumns);
  extents['c'] = 14;
  EXPECT_FALSE(plan("ebc,aed->bdac", extents)->joinColumns);
  extents['c'] = 22;
  EXPECT_FALSE(plan("ebc,aed->bdac", extents, 128)->joinColumns);
  extents['c'] = 32;
  EXPECT_FALSE(plan("ebc,aed->bdac", extents)->joinColumns);
}

TEST(KernelPlan, CollectsColumnsFromBeyondTheSecondCacheForManyRows) {
  Extents extents = {{'b', 22}, {'c', 22}, {'d', 25}, {'e', 2000}, {'f', 100}};
  auto result = plan("ecb,fed->bdfc", extents);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->joinColumns);
  extents['f'] = 4;
  result = plan("ecb,fed->bdfc", extents);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->joinColumns);
}

TEST(KernelPlan, ReadsInPlaceWhatFewRowsMeetInTheFirstCache) {
  Extents extents = {{'a', 54}, {'b', 54}, {'c', 18}, {'d', 54}, {'e', 54}};
  auto result = plan("ebad,ce->abcd", extents, 512, 8);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->packB);
  extents['c'] = 54;
  result = plan("ebad,ce->abcd", extents, 512, 8);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->packB);
}

TEST(KernelPlan, LeavesToLoopsWhatKernelsDoNotHelp) {
  // Dot product, product without a sum, matrix-vector product along rows,
  // batch along the vectors, tiny, empty.
  EXPECT_FALSE(plan("k,k->", {{'k', 1000}}));
  EXPECT_FALSE(plan("m,n->mn", {{'m', 1000}, {'n', 1000}}));
  EXPECT_FALSE(plan("mk,k->m", {{'m', 1000}, {'k', 1000}}));
  EXPECT_FALSE(
      plan("mkb,knb->mnb", {{'m', 50}, {'k', 50}, {'n', 50}, {'b', 50}}));
  EXPECT_FALSE(plan("mk,kn->mn", {{'m', 2}, {'k', 2}, {'n', 4}}));
  EXPECT_FALSE(plan("mk,kn->mn", {{'m', 400}, {'k', 0}, {'n', 400}}));
}

TEST(KernelPlan, KeepsUnknownExtentsApart) {
  auto dims = makeDims("mk,kn->mn", {{'m', 100}, {'n', 100}, {'k', 100}});
  for (KernelDim &dim : dims)
    dim.extent = kDynamicExtent;
  auto result = planKernel(dims, KernelTarget::get(512, 4));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->m.extent, kDynamicExtent);
  EXPECT_GT(result->kTile, 0);
}

TEST(KernelPlan, SurvivesManyUnknownExtents) {
  auto dims = makeDims(
      "abcdmk,kn->abcdmn",
      {{'a', 2}, {'b', 2}, {'c', 2}, {'d', 2}, {'m', 9}, {'n', 9}, {'k', 9}});
  for (KernelDim &dim : dims)
    dim.extent = kDynamicExtent;
  EXPECT_TRUE(planKernel(dims, KernelTarget::get(512, 4)));
}

} // namespace
