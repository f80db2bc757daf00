//===- LargeTest.cpp - Extents beyond 32 bits -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProgram.h"

#include <sys/mman.h>

using namespace mlir;
using namespace mlir::tensornet;

namespace {

/// More than 32-bit numbers count, signed ones.
constexpr int64_t kExtent = (int64_t(1) << 31) + 77;

/// Bytes that are zero and take memory only where they are written.
class ZeroBytes {
public:
  explicit ZeroBytes(int64_t size)
      : size(static_cast<size_t>(size)),
        data(static_cast<std::byte *>(
            mmap(nullptr, this->size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    EXPECT_NE(data, MAP_FAILED);
    // Less time than ordinary pages, where many are written.
    madvise(data, this->size, MADV_HUGEPAGE);
  }
  ~ZeroBytes() { munmap(data, size); }
  ZeroBytes(const ZeroBytes &) = delete;
  ZeroBytes &operator=(const ZeroBytes &) = delete;

  std::byte &operator[](int64_t place) { return data[place]; }
  ArrayView view(ArrayRef<int64_t> shape) {
    return ArrayView::contiguous(ElementKind::I8, data, shape);
  }

private:
  size_t size;
  std::byte *data;
};

constexpr int64_t kPlaces[] = {0, kExtent / 2 - 1, kExtent - 80, kExtent - 1};

TEST(LargeTest, SumsAndDotProducts) {
  constexpr StringLiteral program = R"mlir(
    func.func @f(%x: tensor<?xi8>) -> (tensor<i64>, tensor<i32>) {
      %0 = tensornet.contract %x[i] -> [] : (tensor<?xi8>) -> tensor<i64>
      %1 = tensornet.contract %x[i], %x[i] -> []
        : (tensor<?xi8>, tensor<?xi8>) -> tensor<i32>
      return %0, %1 : tensor<i64>, tensor<i32>
    })mlir";
  CompiledFunction function = compile(program);
  ZeroBytes x(kExtent);
  for (int64_t place : kPlaces)
    x[place] = std::byte(3);
  int64_t sum = 0;
  int32_t squares = 0;
  ASSERT_EQ(llvm::toString(function.callViews(
                x.view({kExtent}),
                {ArrayView::contiguous(ElementKind::I64,
                                       reinterpret_cast<std::byte *>(&sum), {}),
                 ArrayView::contiguous(ElementKind::I32,
                                       reinterpret_cast<std::byte *>(&squares),
                                       {})})),
            "");
  EXPECT_EQ(sum, 12);
  EXPECT_EQ(squares, 36);
}

TEST(LargeTest, ElementwiseResults) {
  constexpr StringLiteral program = R"mlir(
    func.func @f(%x: tensor<?xi8>) -> tensor<?xi8> {
      %0 = arith.addi %x, %x : tensor<?xi8>
      return %0 : tensor<?xi8>
    })mlir";
  CompiledFunction function = compile(program);
  ZeroBytes x(kExtent);
  for (int64_t place : kPlaces)
    x[place] = std::byte(3);
  ArrayView input = x.view({kExtent});
  Array array;
  array.kind = input.kind;
  array.shape = input.shape;
  array.data = AlignedBuffer::borrow(input.data, uint64_t(kExtent));
  SmallVector<Array> results = llvm::cantFail(function.call(&array));
  for (int64_t place : kPlaces)
    EXPECT_EQ(results[0].data.data()[place], std::byte(6)) << place;
  for (int64_t place : {kPlaces[2] - 1, kPlaces[2] + 1, kPlaces[3] - 1})
    EXPECT_EQ(results[0].data.data()[place], std::byte(0)) << place;
}

TEST(LargeTest, Kernels) {
  // Products of few rows, with a large sum, and with many columns.
  constexpr StringLiteral program = R"mlir(
    func.func @f(%x: tensor<2x?xi8>, %y: tensor<16x?xi8>) -> tensor<2x16xi32> {
      %0 = tensornet.contract %x[i, k], %y[j, k] -> [i, j]
        : (tensor<2x?xi8>, tensor<16x?xi8>) -> tensor<2x16xi32>
      return %0 : tensor<2x16xi32>
    })mlir";
  CompiledFunction function = compile(program);
  constexpr int64_t extent = kExtent / 16 + 5;
  ZeroBytes x(16 * extent);
  // The last elements of both rows, and of the last row of y.
  for (int64_t row : {0, 1, 15})
    x[(row + 1) * extent - 1] = std::byte(row + 2);
  int32_t products[2][16];
  ASSERT_EQ(llvm::toString(function.callViews(
                {x.view({2, extent}), x.view({16, extent})},
                ArrayView::contiguous(ElementKind::I32,
                                      reinterpret_cast<std::byte *>(products),
                                      {2, 16}))),
            "");
  for (int row : {0, 1})
    for (int column = 0; column < 16; ++column) {
      bool isSet = column < 2 || column == 15;
      EXPECT_EQ(products[row][column], isSet ? (row + 2) * (column + 2) : 0);
    }
}

} // namespace
