//===- RowsTogether.cpp - Sums over lanes of several vectors --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowsTogether.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::tensornet;

/// Bits within which shuffles are cheapest.
static constexpr int64_t kLaneBits = 128;

/// Of each chunk of `a` and `b` the first half, or the second with `isHigh`, in
/// turns of `width` elements.
static Value interleave(OpBuilder &builder, Location loc, Value a, Value b,
                        int64_t width, bool isHigh) {
  auto type = cast<VectorType>(a.getType());
  int64_t lanes = type.getNumElements();
  int64_t chunk = std::clamp<int64_t>(kLaneBits / type.getElementTypeBitWidth(),
                                      2 * width, lanes);
  SmallVector<int64_t> places;
  for (int64_t from = isHigh ? chunk / 2 : 0; from < lanes; from += chunk)
    for (int64_t block = 0; block < chunk / 2; block += width)
      for (int64_t vector : {int64_t(0), lanes})
        for (int64_t element = 0; element < width; ++element)
          places.push_back(vector + from + block + element);
  return vector::ShuffleOp::create(builder, loc, a, b, places);
}

/// Half of the elements of `vector` from `first` on.
static Value takeHalf(OpBuilder &builder, Location loc, Value vector,
                      int64_t first) {
  int64_t size = cast<VectorType>(vector.getType()).getNumElements() / 2;
  return vector::ExtractStridedSliceOp::create(
      builder, loc, vector, ArrayRef<int64_t>{first}, ArrayRef<int64_t>{size},
      ArrayRef<int64_t>{1});
}

Value cpu::reduceTogether(OpBuilder &builder, Location loc,
                          ArrayRef<Value> rows,
                          llvm::function_ref<Value(Value, Value)> combine) {
  SmallVector<Value> vectors(rows);
  for (int64_t width = 1; vectors.size() > 1;
       width *= 2, vectors.truncate(vectors.size() / 2))
    for (size_t v = 0; v < vectors.size() / 2; ++v) {
      Value a = vectors[2 * v], b = vectors[2 * v + 1];
      vectors[v] = combine(interleave(builder, loc, a, b, width, false),
                           interleave(builder, loc, a, b, width, true));
    }
  Value vector = vectors.front();
  for (int64_t lanes = cast<VectorType>(vector.getType()).getNumElements();
       lanes > int64_t(rows.size()); lanes /= 2)
    vector = combine(takeHalf(builder, loc, vector, 0),
                     takeHalf(builder, loc, vector, lanes / 2));
  return vector;
}

Value cpu::toVector(OpBuilder &builder, Location loc, ValueRange numbers) {
  auto type =
      VectorType::get({int64_t(numbers.size())}, numbers.front().getType());
  return vector::FromElementsOp::create(builder, loc, type, numbers);
}

Value cpu::areAllTrue(OpBuilder &builder, Location loc, Value conditions) {
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::AND,
                                     conditions);
}
