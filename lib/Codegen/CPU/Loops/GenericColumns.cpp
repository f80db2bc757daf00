//===- GenericColumns.cpp - Sums of columns -------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

void GenericVectorizer::emitColumnSums(const Offsets &offsets) {
  std::optional<int64_t> columns = getConstantIntValue(vectorLoop.extent);
  if (columns && *columns <= kColumnVectors * length)
    return emitNarrowColumns(offsets, *columns);
  // Rows are added to the result several at a time, so that memory is walked
  // along them.
  loopOver(ArrayRef(reductions).drop_back(), offsets, [&](const Offsets &at) {
    forBlocks(
        reductions.back(), kColumnRows, at,
        [&](const Offsets &rows, int64_t count) { addToColumns(rows, count); });
  });
}

void GenericVectorizer::addToColumns(const Offsets &offsets, int64_t count) {
  unsigned result = op.getNumDpsInputs();
  SmallVector<Offsets> rows;
  SmallVector<SmallVector<Value>> invariants;
  for (int64_t row = 0; row < count; ++row) {
    rows.push_back(advance(offsets, reductions.back(), math.constant(row)));
    invariants.push_back(loadInvariants(rows.back()));
  }
  forVectors(1, [&](OpFoldResult column, int64_t, Value mask) {
    Offsets first = advance(offsets, vectorLoop, column);
    Value sum = load(result, first[result], mask);
    for (auto [row, known] : llvm::zip_equal(rows, invariants)) {
      Offsets at = advance(row, vectorLoop, column);
      sum = evaluate(loadArguments(at, known, mask, sum), at)[0];
    }
    store(result, first[result], sum, mask);
  });
}

void GenericVectorizer::emitNarrowColumns(const Offsets &offsets,
                                          int64_t columns) {
  unsigned result = op.getNumDpsInputs();
  SmallVector<Value> masks, sums;
  SmallVector<OpFoldResult> places;
  for (int64_t first = 0; first < columns; first += length) {
    int64_t lanes = std::min(length, columns - first);
    masks.push_back(lanes == length ? Value() : makeMask(math.constant(lanes)));
    places.push_back(math.constant(first));
    sums.push_back(load(result,
                        advance(offsets, vectorLoop, places.back())[result],
                        masks.back()));
  }
  sums = reduceOver(reductions, offsets, sums,
                    [&](const Offsets &row, SmallVector<Value> carried) {
                      SmallVector<Value> invariants = loadInvariants(row);
                      for (auto [sum, mask, place] :
                           llvm::zip_equal(carried, masks, places)) {
                        Offsets at = advance(row, vectorLoop, place);
                        sum = evaluate(loadArguments(at, invariants, mask, sum),
                                       at)[0];
                      }
                      return carried;
                    });
  for (auto [sum, mask, place] : llvm::zip_equal(sums, masks, places))
    store(result, advance(offsets, vectorLoop, place)[result], sum, mask);
}
