//===- GenericThreads.cpp - One linalg.generic on threads -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Bytes of each row that a slice of a sum of rows holds where the second cache
/// does not: pieces as long come as fast as whole rows. Two threads have a
/// slice each of shorter rows.
static constexpr int64_t kSummedSliceBytes = 8 << 10, kLeastSlices = 2;

/// Bytes that a core moves while it works for one cycle.
static constexpr double kBytesPerCycle = 20;

/// Cycles of one operation on a vector.
static double getCycles(Operation *op) {
  if (isa<math::AbsFOp, math::AbsIOp, math::FmaOp, math::CopySignOp>(op))
    return 0.5;
  if (isa<math::SqrtOp, math::RsqrtOp, arith::DivFOp, arith::DivSIOp,
          arith::DivUIOp, arith::RemFOp, arith::RemSIOp, arith::RemUIOp,
          math::ExpOp, math::Exp2Op, math::TanhOp>(op))
    return 10;
  return isa<math::MathDialect>(op->getDialect()) ? 20 : 0.5;
}

OpFoldResult GenericVectorizer::getCost() {
  double cycles = 0;
  for (Operation &inner : op.getBody()->without_terminator())
    if (!getFusedProduct(&inner))
      cycles += getCycles(&inner);
  OpFoldResult points = math.constant(1);
  for (const Loop &loop : loops)
    points = math.mul(points, loop.extent);
  // Of so many points at a time: of one it may be a fraction of a byte.
  constexpr int64_t kPoints = 64;
  int64_t bytes = std::ceil(cycles * kBytesPerCycle * kPoints / length);
  OpFoldResult cost =
      math.div(math.mul(points, math.constant(bytes)), math.constant(kPoints));
  for (auto [number, operand] : llvm::enumerate(operands)) {
    auto type = cast<MemRefType>(operand.buffer.getType());
    OpFoldResult size =
        math.constant(llvm::divideCeil(type.getElementTypeBitWidth(), 8));
    for (const Loop &loop : loops)
      if (getConstantIntValue(loop.strides[number]) != 0)
        size = math.mul(size, loop.extent);
    cost = math.add(cost, size);
  }
  return cost;
}

bool GenericVectorizer::writesAlong(const Loop &loop) {
  return llvm::none_of(
      ArrayRef(loop.strides).slice(op.getNumDpsInputs(), op.getNumDpsInits()),
      [](OpFoldResult stride) { return getConstantIntValue(stride) == 0; });
}

unsigned GenericVectorizer::countSharedLoops() {
  double points = 1;
  unsigned count = 0;
  while (count < outer.size() && points < kManyPieces &&
         writesAlong(outer[count]))
    points *= double(estimate(outer[count++].extent));
  return points >= kMinPieces ? count : 0;
}

void GenericVectorizer::emitOnThreads(const Offsets &start) {
  if (unsigned count = countSharedLoops())
    return shareOuterLoops(count, start);
  // Slices of whole unrolled steps, or of whole tiles.
  Loop &loop = isTiled ? crossLoop : vectorLoop;
  int64_t step = isTiled ? length : kSliceVectors * length;
  bool cutsStrips = stages && !isTiled;
  if (!loop.isReduction && writesAlong(loop) && !cutsStrips &&
      estimate(loop.extent) >= kMinPieces * step)
    return shareSlices(loop, step, start);
  emitOuterLoops(start);
}

void GenericVectorizer::shareOuterLoops(unsigned count, const Offsets &start) {
  // The last loop is shared out in blocks of rows that have vectors in common.
  int64_t size = count == outer.size() && sharesVectors() ? getSharedRows() : 1;
  SmallVector<Loop> shared(ArrayRef(outer).take_front(count));
  Loop rows = shared.back();
  shared.back().extent = math.ceilDiv(rows.extent, size);
  OpFoldResult points = math.constant(1);
  for (const Loop &loop : shared)
    points = math.mul(points, loop.extent);
  math.parallelLoop(math.constant(0), points, 1, [&](OpFoldResult number) {
    Offsets at = start;
    OpFoldResult row;
    for (auto [position, loop] : llvm::enumerate(llvm::reverse(shared))) {
      bool last = position + 1 == count;
      OpFoldResult step = last ? number : math.rem(number, loop.extent);
      if (position == 0)
        row = step = math.mul(step, math.constant(size));
      at = advance(at, loop, step);
      if (!last)
        number = math.div(number, loop.extent);
    }
    if (size > 1) {
      Loop block = rows;
      block.extent = math.getPieceExtent(
          rows.extent, {OpFoldResult(), math.constant(size)}, row);
      return forBlocks(block, size, at,
                       [&](const Offsets &first, int64_t length) {
                         emitRowSums(first, length);
                       });
    }
    loopOver(ArrayRef(outer).drop_front(count), at,
             [&](const Offsets &point) { emitRow(point); });
  });
}

int64_t GenericVectorizer::countSlices(const Loop &loop) {
  int64_t bytes = getVectorBytes(op.getNumDpsInputs()) / length;
  double points = 1;
  for (const Loop &each : loops)
    points *= double(estimate(each.extent));
  if (!combiner || points * double(bytes) <= double(kLargeMatrixBytes))
    return kManyPieces;
  return std::clamp(estimate(loop.extent) * bytes / kSummedSliceBytes,
                    kLeastSlices, kManyPieces);
}

void GenericVectorizer::shareSlices(Loop &loop, int64_t step,
                                    const Offsets &start) {
  Loop whole = loop;
  Pieces pieces = math.cut(whole.extent, countSlices(whole), step);
  math.parallelLoop(
      math.constant(0), pieces.count, 1, [&](OpFoldResult number) {
        OpFoldResult from = math.mul(number, pieces.size);
        loop.extent = math.getPieceExtent(whole.extent, pieces, from);
        emitOuterLoops(advance(start, whole, from));
      });
  loop = whole;
}
