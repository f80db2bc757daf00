//===- GenericVectorizer.cpp - The loops of a linalg.generic on vectors ---===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"

#include "FlatView.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

//===----------------------------------------------------------------------===//
// Analysis
//===----------------------------------------------------------------------===//

static bool isVectorElement(Type type) {
  return isa<FloatType>(type) || type.isInteger(8) || type.isInteger(16) ||
         type.isInteger(32) || type.isInteger(64);
}

/// True for math that has a vector form (an LLVM intrinsic).
static bool isVectorMath(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::AcosOp, math::AsinOp,
             math::AtanOp, math::Atan2Op, math::CeilOp, math::CopySignOp,
             math::CosOp, math::CoshOp, math::ExpOp, math::Exp2Op,
             math::FloorOp, math::FmaOp, math::LogOp, math::Log10Op,
             math::Log2Op, math::PowFOp, math::RoundOp, math::RoundEvenOp,
             math::RsqrtOp, math::SinOp, math::SinhOp, math::SqrtOp,
             math::TanOp, math::TanhOp, math::TruncOp>(op);
}

bool GenericVectorizer::isBodyVectorizable() {
  for (Operation &inner : op.getBody()->without_terminator()) {
    bool known = isa<arith::ArithDialect>(inner.getDialect())
                     ? OpTrait::hasElementwiseMappableTraits(&inner)
                     : isVectorMath(&inner);
    if (!known && !isa<arith::ConstantOp>(inner))
      return false;
    for (Type type : inner.getResultTypes())
      if (!isVectorElement(type) && !type.isInteger(1))
        return false;
  }
  return true;
}

bool GenericVectorizer::matchCombiner() {
  if (op.getNumReductionLoops() == 0)
    return true;
  if (op.getNumDpsInits() != 1)
    return false;
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), 0, combiners) ||
      combiners.size() != 1)
    return false;
  std::optional<vector::CombiningKind> match =
      linalg::getCombinerOpKind(combiners[0]);
  if (!match || !arith::getNeutralElement(combiners[0]))
    return false;
  combiner = combiners[0];
  kind = *match;
  return true;
}

std::optional<SmallVector<int64_t>>
GenericVectorizer::getStaticStrides(OpOperand &operand) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  AffineMap map = op.getMatchingIndexingMap(&operand);
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type || !isVectorElement(type.getElementType()) ||
      !map.isProjectedPermutation() ||
      failed(type.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  SmallVector<int64_t> result(op.getNumLoops(), 0);
  for (auto [dim, expr] : llvm::enumerate(map.getResults()))
    result[cast<AffineDimExpr>(expr).getPosition()] = strides[dim];
  return result;
}

std::optional<unsigned> GenericVectorizer::chooseLoop() {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  SmallVector<int> score(op.getNumLoops(), 0);
  for (OpOperand &operand : op->getOpOperands()) {
    auto strides = getStaticStrides(operand);
    if (!strides)
      return std::nullopt;
    for (auto [loop, stride] : llvm::enumerate(*strides)) {
      if (stride == 1)
        ++score[loop];
      else if (stride != 0)
        score[loop] = -1000;
    }
  }
  std::optional<unsigned> best;
  for (unsigned loop = 0; loop < score.size(); ++loop)
    if (score[loop] > 0 && extents[loop] != 1 &&
        (!best || score[loop] >= score[*best]))
      best = loop;
  return best;
}

bool GenericVectorizer::canVectorize() {
  if (!op.hasPureBufferSemantics() || !isBodyVectorizable() ||
      !matchCombiner() || llvm::is_contained(op.getStaticLoopRanges(), 0))
    return false;
  std::optional<unsigned> loop = chooseLoop();
  if (!loop)
    return false;
  vectorLoopNumber = *loop;
  unsigned widest = 8;
  for (OpOperand &operand : op->getOpOperands())
    widest = std::max(
        widest,
        cast<MemRefType>(operand.get().getType()).getElementTypeBitWidth());
  for (Operation &inner : op.getBody()->without_terminator())
    for (Type type : inner.getResultTypes())
      widest = std::max(widest, type.getIntOrFloatBitWidth());
  length = std::max(vectorBits / widest, 2u);
  return true;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void GenericVectorizer::collectLoops() {
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  loops.resize(op.getNumLoops());
  for (auto [loop, iterator] : llvm::zip_equal(loops, iterators)) {
    loop.isReduction = iterator == utils::IteratorType::reduction;
    loop.strides.assign(op->getNumOperands(), math.constant(0));
  }
  for (OpOperand &operand : op->getOpOperands()) {
    unsigned number = operand.getOperandNumber();
    FlatView view = FlatView::get(builder, loc, operand.get());
    operands.push_back({view.buffer, view.offset});
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      Loop &loop = loops[cast<AffineDimExpr>(expr).getPosition()];
      loop.strides[number] = view.strides[dim];
      auto type = cast<MemRefType>(operand.get().getType());
      if (!type.isDynamicDim(dim))
        loop.extent = math.constant(type.getDimSize(dim));
      else if (!loop.extent)
        loop.extent =
            memref::DimOp::create(builder, loc, operand.get(), dim).getResult();
    }
  }
}

void GenericVectorizer::mergeLoops() {
  auto fits = [&](const Loop &around, const Loop &inner) {
    std::optional<int64_t> extent = getConstantIntValue(inner.extent);
    if (!extent || !getConstantIntValue(around.extent) ||
        around.isReduction != inner.isReduction)
      return false;
    for (auto [far, near] : llvm::zip_equal(around.strides, inner.strides)) {
      std::optional<int64_t> x = getConstantIntValue(far),
                             y = getConstantIntValue(near);
      int64_t distance;
      if (!x || !y || llvm::MulOverflow(*extent, *y, distance) ||
          *x != distance)
        return false;
    }
    return true;
  };
  // Only with the vector loop: it is what short loops hurt.
  for (unsigned i = 0; i < loops.size();) {
    if (i == vectorLoopNumber || !fits(loops[i], loops[vectorLoopNumber])) {
      ++i;
      continue;
    }
    Loop &inner = loops[vectorLoopNumber];
    inner.extent = math.mul(loops[i].extent, inner.extent);
    loops.erase(loops.begin() + i);
    if (i < vectorLoopNumber)
      --vectorLoopNumber;
    i = 0;
  }
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

void GenericVectorizer::emit() {
  collectLoops();
  mergeLoops();
  vectorLoop = loops[vectorLoopNumber];
  for (auto [number, loop] : llvm::enumerate(loops))
    if (number != vectorLoopNumber)
      (loop.isReduction ? reductions : outer).push_back(loop);
  Offsets start;
  for (Operand &operand : operands)
    start.push_back(operand.offset);
  if (parallel && isWorthThreads())
    return emitOnThreads(start);
  loopOver(outer, start, [&](const Offsets &at) { emitRow(at); });
}
