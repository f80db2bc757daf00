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

SmallVector<Value> cpu::transposeVectors(OpBuilder &builder, Location loc,
                                         SmallVector<Value> rows) {
  // log2(N) stages of perfect shuffles move element (i, j) to (j, i).
  int64_t size = rows.size();
  int64_t length = cast<VectorType>(rows.front().getType()).getNumElements();
  SmallVector<int64_t> low, high;
  for (int64_t j = 0; j < length; ++j) {
    auto &half = j < length / 2 ? low : high;
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
