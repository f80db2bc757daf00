//===- SizeTableTest.cpp - Tests of the table of sizes --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/SizeTable.h"
#include "tensornet/Analysis/Indexing.h"

#include "gtest/gtest.h"

#include <limits>

using namespace mlir::tensornet;

namespace {

TEST(SizeTable, EqualNumbersAreOneSize) {
  SizeTable table;
  SizeId four = table.getStatic(4);
  EXPECT_EQ(table.getStatic(4), four);
  EXPECT_NE(table.getStatic(5), four);
  EXPECT_EQ(table.getValue(four), 4);
}

TEST(SizeTable, AnyNumberMayBeASize) {
  SizeTable table;
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  SizeId largest = table.getStatic(kLargest);
  SizeId next = table.getStatic(kLargest - 1);
  EXPECT_EQ(table.getStatic(kLargest), largest);
  EXPECT_EQ(table.getValue(largest), kLargest);
  EXPECT_TRUE(table.isAtMost(next, largest));
  EXPECT_FALSE(table.isAtMost(largest, next));
}

TEST(SizeTable, NumbersStandForTheirRunTimeEquals) {
  SizeTable table;
  SizeId older = table.addDynamic(), younger = table.addDynamic();
  table.merge(younger, older);
  EXPECT_EQ(table.getRepresentative(younger), older);
  EXPECT_EQ(table.getValue(younger), kDynamicExtent);
  table.merge(older, table.getStatic(7));
  EXPECT_EQ(table.getValue(younger), 7);
}

} // namespace
