//===- VectorTranspose.cpp - Squares of vectors turned round --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorTranspose.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::tensornet;

/// Bits of the lanes in which processors interleave vectors: shuffles within
/// them, and of whole ones, need no table of positions.
static constexpr int64_t kLaneBits = 128;

/// Transposes each lane of `lane` elements of `rows`, of which there are at
/// most as many: log2 stages of perfect shuffles move element (i, j) to (j, i).
static SmallVector<Value> interleave(OpBuilder &builder, Location loc,
                                     SmallVector<Value> rows, int64_t lane) {
  int64_t size = rows.size();
  int64_t length = cast<VectorType>(rows.front().getType()).getNumElements();
  SmallVector<int64_t> low, high;
  for (int64_t j = 0; j < length; ++j) {
    auto &half = j % lane < lane / 2 ? low : high;
    half.push_back(j);
    half.push_back(length + j);
  }
  for (int64_t stage = 1; stage < size; stage *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < size / 2; ++i)
      for (ArrayRef<int64_t> half : {ArrayRef(low), ArrayRef(high)})
        next.push_back(vector::ShuffleOp::create(builder, loc, rows[i],
                                                 rows[i + size / 2], half));
    rows = std::move(next);
  }
  return rows;
}

/// Transposes `rows` of as many lanes of `lane` elements, two or four.
static SmallVector<Value> transposeLanes(OpBuilder &builder, Location loc,
                                         ArrayRef<Value> rows, int64_t lane) {
  auto shuffle = [&](Value a, Value b, ArrayRef<int64_t> lanes) -> Value {
    SmallVector<int64_t> elements;
    for (int64_t number : lanes)
      llvm::append_range(elements,
                         llvm::seq(number * lane, (number + 1) * lane));
    return vector::ShuffleOp::create(builder, loc, a, b, elements);
  };
  if (rows.size() == 2)
    return {shuffle(rows[0], rows[1], {0, 2}),
            shuffle(rows[0], rows[1], {1, 3})};
  // Instructions take two lanes of one vector, then two of the other.
  SmallVector<Value> result;
  static constexpr int64_t kHalves[][4] = {{0, 1, 4, 5}, {2, 3, 6, 7}};
  for (ArrayRef<int64_t> half : kHalves) {
    Value first = shuffle(rows[0], rows[1], half);
    Value second = shuffle(rows[2], rows[3], half);
    result.push_back(shuffle(first, second, {0, 2, 4, 6}));
    result.push_back(shuffle(first, second, {1, 3, 5, 7}));
  }
  return result;
}

SmallVector<Value> cpu::transposeVectors(OpBuilder &builder, Location loc,
                                         SmallVector<Value> rows) {
  auto type = cast<VectorType>(rows.front().getType());
  int64_t length = type.getNumElements();
  Type element = type.getElementType();
  int64_t lane =
      kLaneBits / (element.isIndex() ? 64 : element.getIntOrFloatBitWidth());
  int64_t lanes = lane > 1 ? length / lane : 0;
  if (int64_t(rows.size()) != length || (lanes != 2 && lanes != 4))
    return interleave(builder, loc, std::move(rows), length);
  // Element (i, j) of each lane, then the lanes.
  SmallVector<SmallVector<Value>> groups;
  for (int64_t row = 0; row < length; row += lane)
    groups.push_back(
        interleave(builder, loc,
                   SmallVector<Value>(ArrayRef(rows).slice(row, lane)), lane));
  SmallVector<Value> result(length);
  for (int64_t column = 0; column < lane; ++column) {
    SmallVector<Value> parts;
    for (const SmallVector<Value> &group : groups)
      parts.push_back(group[column]);
    for (auto [number, value] :
         llvm::enumerate(transposeLanes(builder, loc, parts, lane)))
      result[number * lane + column] = value;
  }
  return result;
}
