//===- ArrayTest.cpp - Arrays, comparison, random numbers -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Array.h"
#include "tensornet/Execution/CompareArrays.h"
#include "tensornet/Execution/RandomArray.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace mlir::tensornet;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

static Array makeArray(ElementKind kind, llvm::ArrayRef<int64_t> shape) {
  llvm::Expected<Array> array = Array::allocate(kind, shape);
  if (!array)
    llvm::report_fatal_error(array.takeError());
  return std::move(*array);
}

TEST(ArrayTest, StoresEveryElementType) {
  using Kind = ElementKind;
  for (Kind kind :
       {Kind::I8, Kind::I16, Kind::I32, Kind::I64, Kind::Index, Kind::F16,
        Kind::BF16, Kind::F32, Kind::F64, Kind::C64, Kind::C128}) {
    Array array = makeArray(kind, {2});
    array.set(0, 3);
    array.set(1, -2);
    EXPECT_EQ(array.get(0), 3.) << getElementKindName(kind).str();
    EXPECT_EQ(array.get(1), -2.) << getElementKindName(kind).str();
  }
}

TEST(ArrayTest, RoundsToNearestEven) {
  Array array = makeArray(ElementKind::BF16, {3});
  array.set(0, 1 + 0x1p-8);     // halfway between 1 and 1 + 2^-7
  array.set(1, 1 + 3 * 0x1p-8); // halfway between 1 + 2^-7 and 1 + 2^-6
  array.set(2, 1e40);
  EXPECT_EQ(array.get(0), 1.);
  EXPECT_EQ(array.get(1), 1 + 0x1p-6);
  EXPECT_EQ(array.get(2), kInfinity);
}

TEST(ArrayTest, SizesThatOverflowAreNone) {
  EXPECT_EQ(getDataSize(ElementKind::F32, {4, 8}), 128u);
  EXPECT_EQ(getDataSize(ElementKind::F32, {}), 4u);
  EXPECT_EQ(getDataSize(ElementKind::F32, {4, 0}), 0u);
  EXPECT_EQ(getDataSize(ElementKind::F32, {int64_t(1) << 62}), std::nullopt);
  EXPECT_EQ(getDataSize(ElementKind::I8, {int64_t(1) << 62, 0, 4}),
            std::nullopt);
  EXPECT_EQ(getDataSize(ElementKind::I8, {-1}), std::nullopt);
}

TEST(ArrayTest, AbsurdSizesAreErrors) {
  EXPECT_FALSE(
      llvm::errorToBool(Array::allocate(ElementKind::I8, {8}).takeError()));
  EXPECT_TRUE(llvm::errorToBool(
      Array::allocate(ElementKind::F32, {int64_t(1) << 50}).takeError()));
}

TEST(ArrayTest, FormatsElements) {
  Array array = makeArray(ElementKind::F64, {2, 2});
  for (int64_t i = 0; i < 4; ++i)
    array.set(i, i + 0.5);
  EXPECT_EQ(formatElements(array, 4), "[0.5, 1.5, 2.5, 3.5]");
  EXPECT_EQ(formatElements(array, 2), "[0.5, 1.5, ...] norm 4.58258");
  EXPECT_EQ(formatArrayType(array.kind, array.shape), "2x2xf64");
  EXPECT_EQ(formatPosition(2, array.shape), "[1, 0]");
}

TEST(CompareArraysTest, ErrorIsRelativeToOnePlusExpected) {
  EXPECT_DOUBLE_EQ(getElementError(1.5, 1), 0.25);
  EXPECT_DOUBLE_EQ(getElementError(0.5, 0), 0.5);
  EXPECT_DOUBLE_EQ(getElementError({0, 5}, {3, 1}), 5 / (1 + std::sqrt(10)));
}

TEST(CompareArraysTest, OnlyEqualNonFiniteNumbersAgree) {
  EXPECT_EQ(getElementError(kNaN, kNaN), 0);
  EXPECT_EQ(getElementError(kInfinity, kInfinity), 0);
  EXPECT_EQ(getElementError(kInfinity, -kInfinity), kInfinity);
  EXPECT_EQ(getElementError(kNaN, 1), kInfinity);
  EXPECT_EQ(getElementError(1, kInfinity), kInfinity);
}

TEST(CompareArraysTest, NamesTheWorstElement) {
  Array found = makeArray(ElementKind::F32, {3});
  Array expected = makeArray(ElementKind::F32, {3});
  for (int64_t i = 0; i < 3; ++i) {
    expected.set(i, 0);
    found.set(i, i == 1 ? 0.5 : 0.25);
  }
  ArrayDifference difference = compareArrays(found, expected);
  EXPECT_EQ(difference.position, 1);
  EXPECT_EQ(difference.largestError, 0.5);
}

TEST(RandomArrayTest, DependsOnSeedAndStream) {
  auto draw = [](uint64_t seed, uint64_t stream) {
    return RandomStream(seed, stream).next();
  };
  EXPECT_EQ(draw(1, 2), draw(1, 2));
  EXPECT_NE(draw(1, 2), draw(2, 2));
  EXPECT_NE(draw(1, 2), draw(1, 3));
}

TEST(RandomArrayTest, NormalNumbersHaveTheirMoments) {
  RandomStream stream(5, 0);
  double sum = 0, squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    double value = stream.nextNormal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.02);
  EXPECT_NEAR(squares / kCount, 1, 0.02);
}

TEST(RandomArrayTest, IntegersCoverTheirRange) {
  RandomStream stream(5, 1);
  llvm::Expected<Array> array =
      makeRandomArray(ElementKind::I16, {1000}, stream);
  ASSERT_TRUE(static_cast<bool>(array));
  int64_t smallest = 0, largest = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    smallest = std::min(smallest, array->getInteger(i));
    largest = std::max(largest, array->getInteger(i));
  }
  EXPECT_EQ(smallest, -4);
  EXPECT_EQ(largest, 4);
}
