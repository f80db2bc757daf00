//===- GenericVectorizer.cpp - The loops of a linalg.generic on vectors ---===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"

#include "Buffers/FlatView.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void GenericVectorizer::collectLoops() {
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  loops.resize(op.getNumLoops());
  for (auto [loop, iterator] : llvm::zip_equal(loops, iterators)) {
    loop.isReduction = iterator == utils::IteratorType::reduction;
    loop.strides.assign(op->getNumOperands() + loops.size(), math.constant(0));
  }
  for (auto [number, loop] : llvm::enumerate(loops))
    loop.strides[op->getNumOperands() + number] = math.constant(1);
  for (OpOperand &operand : op->getOpOperands()) {
    unsigned number = operand.getOperandNumber();
    FlatView view = FlatView::get(builder, loc, operand.get());
    operands.push_back({view.buffer, view.offset});
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      addSteps(number, expr, view.strides[dim]);
      auto bare = dyn_cast<AffineDimExpr>(expr);
      if (!bare)
        continue;
      Loop &loop = loops[bare.getPosition()];
      auto type = cast<MemRefType>(operand.get().getType());
      if (!type.isDynamicDim(dim))
        loop.extent = math.constant(type.getDimSize(dim));
      else if (!loop.extent)
        loop.extent =
            memref::DimOp::create(builder, loc, operand.get(), dim).getResult();
    }
  }
}

void GenericVectorizer::addSteps(unsigned number, AffineExpr subscript,
                                 OpFoldResult stride) {
  SmallVector<int64_t> steps = *getLinearCoefficients(subscript, loops.size());
  OpFoldResult &offset = operands[number].offset;
  offset = math.add(offset, math.mul(math.constant(steps.back()), stride));
  for (auto [loop, step] : llvm::zip_equal(loops, ArrayRef(steps).drop_back()))
    loop.strides[number] =
        math.add(loop.strides[number], math.mul(math.constant(step), stride));
}

void GenericVectorizer::dropUnusedIndices() {
  for (unsigned number = loops.size(); number-- > 0;) {
    bool isUsed = llvm::any_of(
        op.getBody()->getOps<linalg::IndexOp>(),
        [&](linalg::IndexOp index) { return index.getDim() == number; });
    if (isUsed) {
      indexDims.insert(indexDims.begin(), number);
      continue;
    }
    for (Loop &loop : loops)
      loop.strides.erase(loop.strides.begin() + operands.size() + number);
  }
}

bool GenericVectorizer::canMerge(const Loop &around, const Loop &inner) {
  std::optional<int64_t> extent = getConstantIntValue(inner.extent);
  if (!extent || !getConstantIntValue(around.extent) ||
      around.isReduction != inner.isReduction)
    return false;
  for (auto [far, near] : llvm::zip_equal(around.strides, inner.strides)) {
    std::optional<int64_t> x = getConstantIntValue(far),
                           y = getConstantIntValue(near);
    int64_t distance;
    if (!x || !y || llvm::MulOverflow(*extent, *y, distance) || *x != distance)
      return false;
  }
  return true;
}

void GenericVectorizer::mergeLoops(unsigned &target) {
  auto erase = [&](unsigned number) {
    loops.erase(loops.begin() + number);
    for (unsigned *kept : {&vectorLoopNumber, &crossLoopNumber})
      if (number < *kept)
        --*kept;
  };
  for (unsigned i = 0; i < loops.size();) {
    if (i == target || !canMerge(loops[i], loops[target])) {
      ++i;
      continue;
    }
    loops[target].extent = math.mul(loops[i].extent, loops[target].extent);
    erase(i);
    i = 0;
  }
}

void GenericVectorizer::sortOuterLoops() {
  auto getNearest = [](const Loop &loop) {
    int64_t nearest = std::numeric_limits<int64_t>::max();
    for (OpFoldResult stride : loop.strides)
      if (std::optional<int64_t> known = getConstantIntValue(stride);
          known && *known != 0)
        nearest = std::min(nearest, std::abs(*known));
    return nearest;
  };
  llvm::stable_sort(outer, [&](const Loop &a, const Loop &b) {
    return getNearest(a) > getNearest(b);
  });
}

void GenericVectorizer::arrangeLoops() {
  // Only with these: they are what short loops hurt.
  mergeLoops(vectorLoopNumber);
  if (isTiled)
    mergeLoops(crossLoopNumber);
  vectorLoop = loops[vectorLoopNumber];
  outer.clear();
  reductions.clear();
  for (auto [number, loop] : llvm::enumerate(loops)) {
    if (number == vectorLoopNumber)
      continue;
    if (isTiled && number == crossLoopNumber)
      crossLoop = loop;
    else
      (loop.isReduction ? reductions : outer).push_back(loop);
  }
  if (isTiled)
    sortOuterLoops();
  chooseAcross();
}

GenericVectorizer::Offsets GenericVectorizer::advance(const Offsets &offsets,
                                                      const Loop &loop,
                                                      OpFoldResult count) {
  Offsets result;
  for (auto [offset, stride] : llvm::zip_equal(offsets, loop.strides))
    result.push_back(math.add(offset, math.mul(count, stride)));
  return result;
}

void GenericVectorizer::loopOver(
    ArrayRef<Loop> nest, const Offsets &offsets,
    llvm::function_ref<void(const Offsets &)> body) {
  if (nest.empty())
    return body(offsets);
  math.loop(math.constant(0), nest[0].extent, 1, [&](OpFoldResult i) {
    loopOver(nest.drop_front(), advance(offsets, nest[0], i), body);
  });
}

SmallVector<Value> GenericVectorizer::reduceOver(
    ArrayRef<Loop> nest, const Offsets &offsets, SmallVector<Value> sums,
    llvm::function_ref<SmallVector<Value>(const Offsets &, SmallVector<Value>)>
        body) {
  if (nest.empty())
    return body(offsets, std::move(sums));
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(
      builder, loc, math.toValue(math.constant(0)),
      math.toValue(nest[0].extent), math.toValue(math.constant(1)), sums,
      [&](OpBuilder &, Location, Value i, ValueRange carried) {
        SmallVector<Value> next =
            reduceOver(nest.drop_front(), advance(offsets, nest[0], i),
                       SmallVector<Value>(carried), body);
        scf::YieldOp::create(builder, loc, next);
      });
  return SmallVector<Value>(loop.getResults());
}

GenericVectorizer::Offsets GenericVectorizer::prepare() {
  collectLoops();
  dropUnusedIndices();
  Offsets start;
  for (Operand &operand : operands)
    start.push_back(operand.offset);
  start.append(indexDims.size(), math.constant(0));
  return start;
}

void GenericVectorizer::forBlocks(
    const Loop &loop, int64_t size, const Offsets &start,
    llvm::function_ref<void(const Offsets &, int64_t)> body) {
  OpFoldResult block = math.constant(size);
  OpFoldResult whole = math.mul(math.div(loop.extent, block), block);
  if (getConstantIntValue(whole) != 0)
    math.loop(math.constant(0), whole, size,
              [&](OpFoldResult i) { body(advance(start, loop, i), size); });
  if (std::optional<int64_t> rest =
          getConstantIntValue(math.sub(loop.extent, whole))) {
    if (*rest != 0)
      body(advance(start, loop, whole), *rest);
    return;
  }
  math.loop(whole, loop.extent, 1,
            [&](OpFoldResult i) { body(advance(start, loop, i), 1); });
}

void GenericVectorizer::emitOuterLoops(const Offsets &start) {
  if (!sharesVectors())
    return loopOver(outer, start, [&](const Offsets &at) { emitRow(at); });
  loopOver(ArrayRef(outer).drop_back(), start, [&](const Offsets &at) {
    forBlocks(
        outer.back(), getSharedRows(), at,
        [&](const Offsets &rows, int64_t count) { emitRowSums(rows, count); });
  });
}

bool GenericVectorizer::emit(Value number) {
  Offsets start = prepare();
  arrangeLoops();
  if (std::optional<int64_t> extent = getConstantIntValue(vectorLoop.extent);
      extent && !isTiled)
    shortenVectors(*extent);
  if (storesEachSumOnce())
    filled = number;
  readAhead();
  if (!canStream()) {
    stages = stageResult();
    if (stages)
      orderForStreams();
    emitAll(start);
    stages = false;
    return bool(filled);
  }
  math.branch(
      getMisalignment(), 1, [&] { emitAll(start); },
      [&] {
        streams = true;
        orderForStreams();
        emitAll(start);
        streams = false;
      });
  return bool(filled);
}

void GenericVectorizer::emitAll(const Offsets &start) {
  Loop *chunked = chooseChunkedLoop();
  if (!parallel && !chunked)
    return emitOuterLoops(start);
  math.branch(
      getCost(), kMinThreadedCost,
      [&] {
        if (chunked)
          emitChunks(*chunked, start);
        else
          emitOnThreads(start);
      },
      [&] { emitOuterLoops(start); });
}

//===----------------------------------------------------------------------===//
// Row by row
//===----------------------------------------------------------------------===//

bool GenericVectorizer::canMergeWithNext(unsigned number) const {
  return canMerge(loops[number], loops[number + 1]);
}

void GenericVectorizer::mergeWithNext(unsigned number) {
  loops[number + 1].extent =
      math.mul(loops[number].extent, loops[number + 1].extent);
  loops.erase(loops.begin() + number);
  if (vectorLoopNumber > number)
    --vectorLoopNumber;
}

void GenericVectorizer::emitRows(unsigned count, const Offsets &start,
                                 OpFoldResult rows) {
  SmallVector<Loop> allLoops = loops;
  unsigned allVectorLoop = vectorLoopNumber;
  loops.erase(loops.begin(), loops.begin() + (count - 1));
  vectorLoopNumber -= count - 1;
  loops.front().extent = rows;
  arrangeLoops();
  emitOuterLoops(start);
  loops = std::move(allLoops);
  vectorLoopNumber = allVectorLoop;
}
