//===- GenericThreads.cpp - One linalg.generic on threads -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Extents that only the run knows count as this.
static constexpr int64_t kTypicalExtent = 512;
/// Elements times operations and operands of a loop nest. Vectors do some ten
/// per nanosecond, so that this takes about 100 microseconds of one core;
/// starting and joining threads takes 5 to 20.
static constexpr double kMinThreadedWork = 1 << 20;
/// Fewer pieces than the first leave threads idle; the second is enough to keep
/// the usual numbers of threads about equally busy.
static constexpr int64_t kMinPieces = 8;
static constexpr int64_t kManyPieces = 16;

static int64_t estimate(OpFoldResult extent) {
  return getConstantIntValue(extent).value_or(kTypicalExtent);
}

bool GenericVectorizer::isWorthThreads() {
  double work =
      double(op->getNumOperands() + op.getBody()->getOperations().size());
  for (const Loop &loop : loops)
    work *= double(estimate(loop.extent));
  return work >= kMinThreadedWork;
}

bool GenericVectorizer::writesAlong(const Loop &loop) {
  return llvm::none_of(
      ArrayRef(loop.strides).slice(op.getNumDpsInputs(), op.getNumDpsInits()),
      [](OpFoldResult stride) { return getConstantIntValue(stride) == 0; });
}

void GenericVectorizer::emitOnThreads(const Offsets &start) {
  double points = 1;
  unsigned count = 0;
  while (count < outer.size() && points < kManyPieces &&
         writesAlong(outer[count]))
    points *= double(estimate(outer[count++].extent));
  if (points >= kMinPieces)
    return shareOuterLoops(count, start);
  int64_t step = kUnroll * length;
  int64_t size = llvm::alignTo(
      llvm::divideCeil(estimate(vectorLoop.extent), kManyPieces), step);
  if (!vectorLoop.isReduction && writesAlong(vectorLoop) &&
      estimate(vectorLoop.extent) / kMinPieces >= size)
    return shareVectorLoop(size, start);
  loopOver(outer, start, [&](const Offsets &at) { emitRow(at); });
}

void GenericVectorizer::shareOuterLoops(unsigned count, const Offsets &start) {
  ArrayRef<Loop> shared = ArrayRef(outer).take_front(count);
  OpFoldResult points = math.constant(1);
  for (const Loop &loop : shared)
    points = math.mul(points, loop.extent);
  math.parallelLoop(math.constant(0), points, 1, [&](OpFoldResult number) {
    Offsets at = start;
    for (auto [position, loop] : llvm::enumerate(llvm::reverse(shared))) {
      bool last = position + 1 == count;
      at = advance(at, loop, last ? number : math.rem(number, loop.extent));
      if (!last)
        number = math.div(number, loop.extent);
    }
    loopOver(ArrayRef(outer).drop_front(count), at,
             [&](const Offsets &row) { emitRow(row); });
  });
}

void GenericVectorizer::shareVectorLoop(int64_t size, const Offsets &start) {
  Loop whole = vectorLoop;
  OpFoldResult slice = math.constant(size);
  OpFoldResult end = math.mul(math.div(whole.extent, slice), slice);
  auto emitSlice = [&](OpFoldResult from, OpFoldResult extent) {
    vectorLoop.extent = extent;
    loopOver(outer, advance(start, whole, from),
             [&](const Offsets &at) { emitRow(at); });
  };
  math.parallelLoop(math.constant(0), end, size,
                    [&](OpFoldResult from) { emitSlice(from, slice); });
  OpFoldResult rest = math.sub(whole.extent, end);
  if (getConstantIntValue(rest) != 0)
    emitSlice(end, rest);
}
