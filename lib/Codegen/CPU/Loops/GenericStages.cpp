//===- GenericStages.cpp - Results stored in long strips ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Bytes that are stored in one go, or up to twice as many; fewer than the
/// second are not worth it.
static constexpr int64_t kStripBytes = 2 << 10, kLeastStripBytes = 512;
/// Bytes of a result from which on rows shorter than a vector are worth
/// strips: in smaller ones stores through the caches cost less than the copy.
static constexpr int64_t kMinShortRowBytes = 26 << 20;
/// Tiles across the strips.
static constexpr int64_t kCrossTiles = 4;

bool GenericVectorizer::stageResult() {
  unsigned result = op.getNumDpsInputs();
  auto type = cast<MemRefType>(op->getOperand(result).getType());
  int64_t bits = type.getElementTypeBitWidth();
  if (combiner || op.getNumDpsInits() != 1 || readsResult() ||
      llvm::is_contained(op.getDpsInputs(), op.getDpsInits()[0]) ||
      !type.hasStaticShape() || !llvm::isPowerOf2_64(bits) || bits < 16 ||
      type.getNumElements() < kMinStreamedBytes * 8 / bits ||
      getConstantIntValue(vectorLoop.strides[result]) != 1)
    return false;
  int64_t strip = kStripBytes * 8 / bits;
  SmallVector<Loop> rest = outer;
  stagedLoops.clear();
  int64_t size = *getConstantIntValue(vectorLoop.extent);
  auto findNext = [&] {
    return llvm::find_if(rest, [&](const Loop &loop) {
      return getConstantIntValue(loop.strides[result]) == size;
    });
  };
  // Strips side by side, of several dimensions, would read too much memory to
  // keep it in cache until the next ones.
  for (auto *next = findNext(); !isTiled && size < strip && next != rest.end();
       next = findNext()) {
    size *= *getConstantIntValue(next->extent);
    stagedLoops.insert(stagedLoops.begin(), *next);
    rest.erase(next);
  }
  bool isWorth = *getConstantIntValue(vectorLoop.extent) >= length ||
                 type.getNumElements() >= kMinShortRowBytes * 8 / bits;
  bool hasRows = isTiled || (!stagedLoops.empty() && isWorth);
  if (size < kLeastStripBytes * 8 / bits || !hasRows)
    return false;
  outer = std::move(rest);
  // Strips of about equal size.
  const Loop &last = stagedLoops.empty() ? vectorLoop : stagedLoops.front();
  int64_t extent = *getConstantIntValue(last.extent);
  int64_t step = stagedLoops.empty() ? length : 1;
  stagedSteps = llvm::alignTo(
      llvm::divideCeil(extent, std::max<int64_t>(size / strip, 1)), step);
  stagedSize = stagedSteps * (size / extent);
  return true;
}

void GenericVectorizer::forPieces(
    const Loop &loop, int64_t size, const Offsets &from,
    llvm::function_ref<void(const Offsets &, OpFoldResult)> body) {
  OpFoldResult steps = math.constant(size);
  std::optional<int64_t> extent = getConstantIntValue(loop.extent);
  // Pieces of strips have extents that only the run knows.
  bool isEdgeRare =
      extent ? *extent % size != 0 && *extent >= kManyTiles * size : stages;
  if (isTiled && isEdgeRare)
    return math.loop(math.constant(0), loop.extent, size, [&](OpFoldResult i) {
      body(advance(from, loop, i), math.min(math.sub(loop.extent, i), steps));
    });
  OpFoldResult whole = math.mul(math.div(loop.extent, steps), steps);
  if (getConstantIntValue(whole) != 0)
    math.loop(math.constant(0), whole, size,
              [&](OpFoldResult i) { body(advance(from, loop, i), steps); });
  OpFoldResult rest = math.sub(loop.extent, whole);
  math.branch(rest, 1, [&] { body(advance(from, loop, whole), rest); }, [] {});
}

void GenericVectorizer::emitStages(const Offsets &offsets) {
  Loop &last = stagedLoops.empty() ? vectorLoop : stagedLoops.front();
  Loop all = last;
  forPieces(all, stagedSteps, offsets,
            [&](const Offsets &strip, OpFoldResult steps) {
              last.extent = steps;
              if (!isTiled)
                return emitStage(strip);
              Loop across = crossLoop;
              forPieces(across, kCrossTiles * length, strip,
                        [&](const Offsets &at, OpFoldResult strips) {
                          crossLoop.extent = strips;
                          emitStage(at);
                        });
              crossLoop = across;
            });
  last = all;
}

void GenericVectorizer::emitStage(const Offsets &offsets) {
  unsigned result = op.getNumDpsInputs();
  Value buffer = operands[result].buffer;
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  // Room for a vector past the end; no two strips lie at one place of a page.
  int64_t pitch = llvm::alignTo(stagedSize + 64, 64) + 16;
  int64_t strips = isTiled ? kCrossTiles * length : 1;
  Value stage = memref::AllocOp::create(
      builder, loc, MemRefType::get({strips * pitch}, element),
      builder.getI64IntegerAttr(64));
  Loop across = crossLoop;
  if (isTiled)
    crossLoop.strides[result] = math.constant(pitch);
  operands[result].buffer = stage;
  Offsets at = offsets;
  at[result] = math.constant(0);
  loopOver(stagedLoops, at, [&](const Offsets &place) {
    if (isTiled)
      emitTiles(place);
    else
      emitElementwise(place);
  });
  operands[result].buffer = buffer;
  crossLoop = across;

  OpFoldResult size = vectorLoop.extent;
  for (const Loop &loop : stagedLoops)
    size = math.mul(size, loop.extent);
  math.loop(math.constant(0), isTiled ? crossLoop.extent : math.constant(1), 1,
            [&](OpFoldResult strip) {
              OpFoldResult to = offsets[result];
              if (isTiled)
                to = math.add(to, math.mul(strip, crossLoop.strides[result]));
              storeStrip(stage, math.mul(strip, math.constant(pitch)), to,
                         size);
            });
  memref::DeallocOp::create(builder, loc, stage);
}

void GenericVectorizer::storeStrip(Value stage, OpFoldResult from,
                                   OpFoldResult to, OpFoldResult size) {
  Value buffer = operands[op.getNumDpsInputs()].buffer;
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  int64_t lanes = vectorBits / 8 / bytes;
  auto type = VectorType::get({lanes}, element);
  auto load = [&](OpFoldResult at) {
    return vector::LoadOp::create(builder, loc, type, stage,
                                  math.toValue(math.add(from, at)));
  };
  auto storeSome = [&](OpFoldResult at, OpFoldResult count) {
    Value mask = vector::CreateMaskOp::create(
        builder, loc, VectorType::get({lanes}, builder.getI1Type()),
        math.countLanes(count, lanes));
    vector::MaskedStoreOp::create(
        builder, loc, buffer, math.toValue(math.add(to, at)), mask, load(at));
  };
  // Elements up to the first whole vector of memory, whole ones, and the rest.
  auto storeAll = [&](OpFoldResult first, bool streamed) {
    if (streamed)
      storeSome(math.constant(0), first);
    OpFoldResult step = math.constant(lanes);
    OpFoldResult end =
        math.add(first, math.mul(math.div(math.sub(size, first), step), step));
    math.loop(first, end, lanes, [&](OpFoldResult i) {
      Value place = math.toValue(math.add(to, i));
      if (streamed)
        vector::StoreOp::create(builder, loc, load(i), buffer, place,
                                /*nontemporal=*/true,
                                llvm::MaybeAlign(vectorBits / 8));
      else
        vector::StoreOp::create(builder, loc, load(i), buffer, place);
    });
    storeSome(end, math.sub(size, end));
  };
  OpFoldResult address =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, buffer)
          .getResult();
  OpFoldResult elements = math.add(math.div(address, math.constant(bytes)), to);
  OpFoldResult first = math.min(
      size, math.rem(math.sub(math.constant(lanes),
                              math.rem(elements, math.constant(lanes))),
                     math.constant(lanes)));
  math.branch(
      math.rem(address, math.constant(bytes)), 1,
      [&] { storeAll(math.constant(0), /*streamed=*/false); },
      [&] { storeAll(first, /*streamed=*/true); });
}
