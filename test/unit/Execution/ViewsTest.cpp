//===- ViewsTest.cpp - Calls on memory of others --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// c = a b, for static and for dynamic extents.
constexpr StringLiteral kProduct = R"mlir(
func.func @f(%a: tensor<5x9xf32>, %b: tensor<9x7xf32>) -> tensor<5x7xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
    : (tensor<5x9xf32>, tensor<9x7xf32>) -> tensor<5x7xf32>
  return %0 : tensor<5x7xf32>
}
func.func @dynamic(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = tensornet.contract %a[i, j], %b[j, k] -> [i, k]
    : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
func.func @pair(%a: tensor<8xf64>, %s: f64) -> (tensor<8xf64>, tensor<8xf64>, f64) {
  %0 = arith.addf %a, %a : tensor<8xf64>
  %1 = arith.mulf %a, %a : tensor<8xf64>
  %2 = arith.addf %s, %s : f64
  return %0, %1, %2 : tensor<8xf64>, tensor<8xf64>, f64
}
)mlir";

/// A matrix in a block of memory, wherever and however it lies there.
struct Matrix {
  std::vector<std::byte> bytes;
  ArrayView view;

  /// `first` is the place of element (0, 0) in the block.
  Matrix(int64_t rows, int64_t columns, int64_t rowStride, int64_t columnStride,
         size_t first, size_t size)
      : bytes(size, std::byte(0x5a)) {
    view = ArrayView::contiguous(ElementKind::F32, bytes.data() + first,
                                 {rows, columns});
    view.strides = {rowStride, columnStride};
  }

  Matrix(const Matrix &other) : bytes(other.bytes), view(other.view) {
    view.data = bytes.data() + (other.view.data - other.bytes.data());
  }

  std::byte *place(int64_t i, int64_t j) const {
    return view.data + i * view.strides[0] + j * view.strides[1];
  }
  float get(int64_t i, int64_t j) const {
    float value;
    std::memcpy(&value, place(i, j), sizeof(value));
    return value;
  }
  void fill(int seed) {
    for (int64_t i = 0; i < view.shape[0]; ++i)
      for (int64_t j = 0; j < view.shape[1]; ++j) {
        auto value = static_cast<float>((3 * i + 5 * j + seed) % 11 - 5);
        std::memcpy(place(i, j), &value, sizeof(value));
      }
  }
};

/// Every way to lay out a matrix: in C order, columns first, with gaps,
/// backwards, at odd addresses.
std::vector<Matrix> makeLayouts(int64_t rows, int64_t columns) {
  int64_t row = 4 * columns, column = 4 * rows;
  auto size = static_cast<size_t>(4 * rows * columns);
  std::vector<Matrix> layouts;
  layouts.emplace_back(rows, columns, row, 4, 0, size);
  layouts.emplace_back(rows, columns, 4, column, 0, size);
  layouts.emplace_back(rows, columns, 3 * row, 12, 8, 9 * size + 8);
  layouts.emplace_back(rows, columns, -row, 4, size - size_t(row), size);
  layouts.emplace_back(rows, columns, row, -4, size_t(row) - 4, size);
  layouts.emplace_back(rows, columns, -row, -4, size - 4, size);
  layouts.emplace_back(rows, columns, row, 4, 1, size + 1);
  layouts.emplace_back(rows, columns, row + 3, 4, 3,
                       size + 3 + size_t(3 * rows));
  return layouts;
}

void expectProduct(const Matrix &a, const Matrix &b, const Matrix &c) {
  for (int64_t i = 0; i < a.view.shape[0]; ++i)
    for (int64_t j = 0; j < b.view.shape[1]; ++j) {
      float sum = 0;
      for (int64_t k = 0; k < a.view.shape[1]; ++k)
        sum += a.get(i, k) * b.get(k, j);
      EXPECT_EQ(c.get(i, j), sum) << i << ", " << j;
    }
}

std::string getError(const CompiledFunction &function,
                     ArrayRef<ArrayView> inputs, ArrayRef<ArrayView> results) {
  return llvm::toString(function.callViews(inputs, results));
}

TEST(ViewsTest, TakesAnyLayout) {
  for (StringRef name : {"f", "dynamic"}) {
    CompiledFunction function = compile(kProduct, name);
    for (Matrix &a : makeLayouts(5, 9))
      for (Matrix &b : makeLayouts(9, 7))
        for (Matrix &c : makeLayouts(5, 7)) {
          a.fill(1);
          b.fill(2);
          ASSERT_EQ(getError(function, {a.view, b.view}, c.view), "");
          expectProduct(a, b, c);
        }
  }
}

TEST(ViewsTest, WritesNothingBetweenElements) {
  CompiledFunction function = compile(kProduct);
  Matrix a = makeLayouts(5, 9)[0], b = makeLayouts(9, 7)[0];
  Matrix c(5, 7, 40, 5, 2, 260);
  a.fill(1);
  b.fill(2);
  ASSERT_EQ(getError(function, {a.view, b.view}, c.view), "");
  std::vector<bool> isElement(c.bytes.size());
  for (int64_t i = 0; i < 5; ++i)
    for (int64_t j = 0; j < 7; ++j)
      for (size_t byte = 0; byte < 4; ++byte)
        isElement[size_t(c.place(i, j) - c.bytes.data()) + byte] = true;
  for (size_t i = 0; i < c.bytes.size(); ++i)
    EXPECT_TRUE(isElement[i] || c.bytes[i] == std::byte(0x5a)) << i;
}

TEST(ViewsTest, InputsMayRepeatElements) {
  // A row that is all rows, and two inputs that are one.
  CompiledFunction function = compile(kProduct, "dynamic");
  Matrix a = makeLayouts(5, 5)[0], c = makeLayouts(5, 5)[0];
  a.fill(3);
  a.view.strides[0] = 0;
  ASSERT_EQ(getError(function, {a.view, a.view}, c.view), "");
  expectProduct(a, a, c);
}

TEST(ViewsTest, ResultsMayLieInInputs) {
  for (StringRef name : {"f", "dynamic"}) {
    CompiledFunction function = compile(kProduct, name);
    Matrix a = makeLayouts(5, 9)[0], b = makeLayouts(9, 7)[0];
    Matrix c = makeLayouts(5, 7)[0];
    a.fill(1);
    b.fill(2);
    Matrix before = b;
    before.view.data = before.bytes.data();
    // The result replaces the last rows of b.
    c.view.data = b.place(4, 0);
    ASSERT_EQ(getError(function, {a.view, b.view}, c.view), "");
    expectProduct(a, before, c);
  }
}

TEST(ViewsTest, ResultsMayInterleave) {
  CompiledFunction function = compile(kProduct, "pair");
  std::vector<double> a = {1, 2, 3, 4, 5, 6, 7, 8}, both(16);
  double s = 4, t = 0;
  auto at = [](double *data, ArrayRef<int64_t> shape) {
    return ArrayView::contiguous(ElementKind::F64,
                                 reinterpret_cast<std::byte *>(data), shape);
  };
  ArrayView even = at(&both[0], {8}), odd = at(&both[1], {8});
  even.strides = odd.strides = {16};
  ASSERT_EQ(getError(function, {at(a.data(), {8}), at(&s, {})},
                     {even, odd, at(&t, {})}),
            "");
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(both[2 * i], 2 * a[i]);
    EXPECT_EQ(both[2 * i + 1], a[i] * a[i]);
  }
  EXPECT_EQ(t, 8);
}

TEST(ViewsTest, RefusesResultsThatShareMemory) {
  CompiledFunction function = compile(kProduct, "pair");
  std::vector<double> a(8), both(16);
  double s = 4, t = 0;
  auto at = [](double *data, ArrayRef<int64_t> shape) {
    return ArrayView::contiguous(ElementKind::F64,
                                 reinterpret_cast<std::byte *>(data), shape);
  };
  SmallVector<ArrayView> inputs = {at(a.data(), {8}), at(&s, {})};
  ArrayView first = at(&both[0], {8}), second = at(&both[7], {8});
  EXPECT_EQ(getError(function, inputs, {first, second, at(&t, {})}),
            "results #0 and #1 share memory");
  EXPECT_EQ(
      getError(function, inputs, {first, at(&both[8], {8}), at(&both[3], {})}),
      "results #0 and #2 share memory");
  second.strides = {0};
  EXPECT_EQ(getError(function, inputs, {first, second, at(&t, {})}),
            "elements of result #1 share memory");
  second.strides = {4};
  EXPECT_EQ(getError(function, inputs, {first, second, at(&t, {})}),
            "elements of result #1 share memory");
}

TEST(ViewsTest, ZeroExtentsNeedNoMemory) {
  CompiledFunction function = compile(kProduct, "dynamic");
  auto empty = [](int64_t rows, int64_t columns) {
    return ArrayView::contiguous(ElementKind::F32, nullptr, {rows, columns});
  };
  Matrix a = makeLayouts(4, 3)[0];
  a.fill(1);
  EXPECT_EQ(getError(function, {empty(0, 4), a.view}, empty(0, 3)), "");
  EXPECT_EQ(getError(function, {a.view, empty(3, 0)}, empty(4, 0)), "");
  // A sum of nothing is zero.
  Matrix c = makeLayouts(4, 3)[3];
  EXPECT_EQ(getError(function, {empty(4, 0), empty(0, 3)}, c.view), "");
  for (int64_t i = 0; i < 4; ++i)
    for (int64_t j = 0; j < 3; ++j)
      EXPECT_EQ(c.get(i, j), 0.f);
}

TEST(ViewsTest, RefusesWhatIsNoView) {
  CompiledFunction function = compile(kProduct, "dynamic");
  Matrix a = makeLayouts(5, 9)[0], b = makeLayouts(9, 7)[0];
  Matrix c = makeLayouts(5, 7)[0];
  ArrayView bad = a.view;
  bad.strides.pop_back();
  EXPECT_EQ(getError(function, {bad, b.view}, c.view),
            "input #0 has 1 strides for 2 dimensions");
  bad = b.view;
  bad.shape[1] = -7;
  EXPECT_EQ(getError(function, {a.view, bad}, c.view),
            "input #1 has extent -7 in dimension 1");
  bad = a.view;
  bad.data = nullptr;
  EXPECT_EQ(getError(function, {bad, b.view}, c.view),
            "input #0 has elements but no memory");
  for (int64_t stride : {INT64_MAX, INT64_MIN, INT64_MAX / 4, -INT64_MAX / 4}) {
    bad = c.view;
    bad.strides[0] = stride;
    EXPECT_EQ(getError(function, {a.view, b.view}, bad),
              "result #0 has elements beyond all addresses");
  }
  bad = a.view;
  bad.shape = {INT64_MAX, INT64_MAX};
  bad.strides = {0, 0};
  EXPECT_EQ(getError(function, {bad, b.view}, c.view),
            "input #0 has elements beyond all addresses");
}

TEST(ViewsTest, RefusesOtherTypes) {
  CompiledFunction function = compile(kProduct);
  Matrix a = makeLayouts(5, 9)[0], b = makeLayouts(9, 7)[0];
  Matrix c = makeLayouts(5, 7)[0];
  EXPECT_EQ(getError(function, {b.view, a.view}, c.view),
            "input #0: expected 5x9xf32, found 9x7xf32");
  EXPECT_EQ(getError(function, {a.view, b.view}, a.view),
            "result #0: expected 5x7xf32, found 5x9xf32");
  EXPECT_EQ(getError(function, {a.view, b.view}, {}),
            "expected 1 results, found 0");
  EXPECT_EQ(getError(function, a.view, c.view), "expected 2 inputs, found 1");
  c.view.kind = ElementKind::I32;
  EXPECT_EQ(getError(function, {a.view, b.view}, c.view),
            "result #0: expected 5x7xf32, found 5x7xi32");
}

TEST(ViewsTest, RefusesAnotherShapeThanTheRunFinds) {
  CompiledFunction function = compile(kProduct, "dynamic");
  Matrix a = makeLayouts(5, 9)[0], b = makeLayouts(9, 7)[0];
  Matrix c = makeLayouts(5, 6)[0];
  a.fill(1);
  b.fill(2);
  EXPECT_EQ(getError(function, {a.view, b.view}, c.view),
            "result #0: expected memory for 5x7xf32, found 5x6xf32");
}

} // namespace
