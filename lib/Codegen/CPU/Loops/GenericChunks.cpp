//===- GenericChunks.cpp - Large sums in chunks
//----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Elements of the result of a sum that is cut into chunks.
static constexpr int64_t kMostResults = 1024;

std::optional<int64_t> GenericVectorizer::getResultSize() {
  auto type = cast<MemRefType>(op.getDpsInitOperand(0)->get().getType());
  if (!type.hasStaticShape() || !type.getLayout().isIdentity() ||
      type.getNumElements() > kMostResults)
    return std::nullopt;
  return type.getNumElements();
}

GenericVectorizer::Loop *GenericVectorizer::chooseChunkedLoop() {
  if (!combiner || !getResultSize() || countSharedLoops() != 0 ||
      (!vectorLoop.isReduction &&
       estimate(vectorLoop.extent) >= kMinPieces * kSliceVectors * length))
    return nullptr;
  Loop *longest = vectorLoop.isReduction ? &vectorLoop : nullptr;
  for (Loop &loop : reductions)
    if (!longest || estimate(loop.extent) > estimate(longest->extent))
      longest = &loop;
  return longest && estimate(longest->extent) >= kMinPieces ? longest : nullptr;
}

void GenericVectorizer::emitChunks(Loop &loop, const Offsets &start) {
  unsigned result = op.getNumDpsInputs();
  int64_t size = *getResultSize();
  Operand whole = operands[result];
  Type element = cast<MemRefType>(whole.buffer.getType()).getElementType();
  Value partial = memref::AllocaOp::create(
      builder, loc, MemRefType::get({kManyPieces * size}, element),
      builder.getI64IntegerAttr(64));
  fillNeutral(partial, math.constant(0), kManyPieces * size);

  Loop all = loop;
  Pieces pieces =
      math.cut(all.extent, kManyPieces,
               loop.isReduction && &loop == &vectorLoop ? kUnroll * length : 1);
  operands[result].buffer = partial;
  auto emitChunk = [&](OpFoldResult number) {
    OpFoldResult from = math.mul(number, pieces.size);
    loop.extent = math.getPieceExtent(all.extent, pieces, from);
    Offsets at = advance(start, all, from);
    at[result] = math.mul(number, math.constant(size));
    emitOuterLoops(at);
  };
  if (parallel)
    math.parallelLoop(math.constant(0), pieces.count, 1, emitChunk);
  else
    math.loop(math.constant(0), pieces.count, 1, emitChunk);
  loop = all;
  operands[result] = whole;
  combineChunks(partial, pieces.count, size);
}

void GenericVectorizer::fillNeutral(Value buffer, OpFoldResult from,
                                    int64_t size) {
  Value neutral = arith::ConstantOp::create(
      builder, loc, *arith::getNeutralElement(combiner));
  math.loop(math.constant(0), math.constant(size), 1, [&](OpFoldResult i) {
    memref::StoreOp::create(builder, loc, neutral, buffer,
                            math.toValue(math.add(from, i)));
  });
}

void GenericVectorizer::combineChunks(Value partial, OpFoldResult count,
                                      int64_t size) {
  Operand result = operands[op.getNumDpsInputs()];
  math.loop(math.constant(0), count, 1, [&](OpFoldResult number) {
    math.loop(math.constant(0), math.constant(size), 1, [&](OpFoldResult i) {
      Value from =
          math.toValue(math.add(math.mul(number, math.constant(size)), i));
      Value place = math.toValue(math.add(result.offset, i));
      Value sum =
          combine(memref::LoadOp::create(builder, loc, result.buffer, place),
                  memref::LoadOp::create(builder, loc, partial, from));
      memref::StoreOp::create(builder, loc, sum, result.buffer, place);
    });
  });
}
