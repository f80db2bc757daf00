//===- IndexAlgebraTest.cpp - Extents and bounds --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/IndexAlgebra.h"
#include "gtest/gtest.h"

using namespace mlir::tensornet;

namespace {

LinearForm form(llvm::ArrayRef<LinearForm::Term> terms, int64_t constant = 0) {
  return *LinearForm::get(terms, constant);
}

TEST(LinearFormTest, AddsUpAndSortsTerms) {
  LinearForm sum = form({{3, 2}, {1, 5}, {3, -2}}, 7);
  ASSERT_EQ(sum.getTerms().size(), 1u);
  EXPECT_EQ(sum.getTerms()[0].index, 1u);
  EXPECT_EQ(sum.getTerms()[0].coefficient, 5);
  EXPECT_EQ(sum.getConstant(), 7);
}

TEST(LinearFormTest, OverflowIsReported) {
  EXPECT_FALSE(LinearForm::get({{0, INT64_MAX}, {0, 1}}, 0));
  LinearForm large = form({{0, INT64_MAX}});
  EXPECT_FALSE(large.substitute([](IndexId) { return form({{0, 2}}); }));
}

TEST(LinearFormTest, Substitutes) {
  // 2 * i - 1 with i = 3 * j + k + 4
  LinearForm result = *form({{0, 2}}, -1).substitute([](IndexId) {
    return form({{1, 3}, {2, 1}}, 4);
  });
  EXPECT_EQ(result, form({{1, 6}, {2, 2}}, 7));
}

TEST(LinearFormTest, AddsMultiples) {
  // i + 3 less twice j - 1
  LinearForm sum = *form({{0, 1}}, 3).plus(form({{1, 1}}, -1), -2);
  EXPECT_EQ(sum, form({{0, 1}, {1, -2}}, 5));
  EXPECT_FALSE(form({{0, INT64_MAX}}).plus(form({{0, 1}})));
}

TEST(LinearFormTest, BareMeansOneIndexAndNothingElse) {
  EXPECT_TRUE(LinearForm::bare(4).isBare());
  EXPECT_FALSE(form({{4, 2}}).isBare());
  EXPECT_FALSE(form({{4, 1}}, 1).isBare());
  EXPECT_TRUE(LinearForm::constant(3).isConstant());
}

TEST(IndexingTest, RenumbersByAppearance) {
  Indexing indexing;
  indexing.operands = {bareSubscripts({5, 2})};
  indexing.conjugated = {false};
  indexing.result = bareSubscripts({7, 5});
  indexing.extents = {{2, 10}, {6, 11}, {7, 12}};
  EXPECT_FALSE(indexing.isNumberedByAppearance());
  auto newNumber = indexing.renumberByAppearance();
  EXPECT_TRUE(indexing.isNumberedByAppearance());
  EXPECT_EQ(indexing.operands[0], bareSubscripts({0, 1}));
  EXPECT_EQ(indexing.result, bareSubscripts({2, 0}));
  EXPECT_EQ(newNumber[7], 2u);
  EXPECT_FALSE(newNumber[6].has_value());
  ASSERT_EQ(indexing.extents.size(), 2u);
  EXPECT_EQ(indexing.extents[0], (ExplicitExtent{1, 10}));
  EXPECT_EQ(indexing.extents[1], (ExplicitExtent{2, 12}));
}

TEST(IndexAlgebraTest, ExtentsComeFromBareSubscripts) {
  Indexing indexing;
  indexing.operands = {bareSubscripts({0, 1}), bareSubscripts({1})};
  indexing.result = {form({{0, 1}, {1, 1}})};
  EXPECT_EQ(getStaticExtents(indexing, {{4, kDynamicExtent}, {7}, {9}}),
            (llvm::SmallVector<int64_t>{4, 7}));
  indexing.extents = {{1, 3}};
  EXPECT_EQ(getStaticExtents(indexing, {{4, kDynamicExtent}, {7}, {9}}),
            (llvm::SmallVector<int64_t>{4, 3}));
}

TEST(IndexAlgebraTest, SizesThatNothingDetermines) {
  Indexing indexing;
  indexing.operands = {bareSubscripts({0})};
  // i is determined by the operand, j by its first place, k by a static size.
  indexing.result = bareSubscripts({0, 1, 1, 2, 2});
  int64_t dynamic = kDynamicExtent;
  ContractionShapes shapes = {{dynamic},
                              {dynamic, dynamic, dynamic, dynamic, 5}};
  EXPECT_EQ(getUndeterminedResultDims(indexing, shapes),
            (llvm::SmallVector<bool>{false, true, false, false, false}));
  // An explicit extent leaves the size of the result free.
  indexing.extents = {{0, 6}};
  EXPECT_EQ(getUndeterminedResultDims(indexing, shapes),
            (llvm::SmallVector<bool>{true, true, false, false, false}));
}

TEST(IndexAlgebraTest, Ranges) {
  std::optional<Interval> range = getRange(form({{0, 2}, {1, -3}}, 1), {5, 4});
  ASSERT_TRUE(range);
  EXPECT_EQ(range->min, -8);
  EXPECT_EQ(range->max, 9);
  EXPECT_FALSE(getRange(form({{0, 1}}), {0}));
  EXPECT_FALSE(getRange(form({{0, 1}}), {kDynamicExtent}));
  EXPECT_FALSE(getRange(form({{0, INT64_MAX}}), {3}));
}

TEST(IndexAlgebraTest, CountsIndexPoints) {
  EXPECT_EQ(getNumIndexPoints({}), 1);
  EXPECT_EQ(getNumIndexPoints({3, 4}), 12);
  EXPECT_EQ(getNumIndexPoints({INT64_MAX, 0, INT64_MAX}), 0);
  EXPECT_FALSE(getNumIndexPoints({INT64_MAX, 2}));
  EXPECT_FALSE(getNumIndexPoints({3, kDynamicExtent}));
}

TEST(IndexNameTest, OneAlphabetThenNumbers) {
  EXPECT_EQ(getIndexName(0), "i");
  EXPECT_EQ(getIndexName(17), "z");
  EXPECT_EQ(getIndexName(18), "a");
  EXPECT_EQ(getIndexName(25), "h");
  EXPECT_EQ(getIndexName(26), "i1");
}

} // namespace
