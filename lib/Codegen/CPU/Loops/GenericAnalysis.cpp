//===- GenericAnalysis.cpp - Whether a linalg.generic has a vector form ---===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoops.h"
#include "Vectors/VectorBody.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/AffineExprVisitor.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

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
cpu::getLinearCoefficients(AffineExpr expr, unsigned numDims) {
  SmallVector<int64_t> flat;
  // A division would add a column of its own.
  if (failed(getFlattenedAffineExpr(expr, numDims, /*numSymbols=*/0, &flat)) ||
      flat.size() != numDims + 1)
    return std::nullopt;
  return flat;
}

std::optional<SmallVector<int64_t>>
GenericVectorizer::getStaticStrides(OpOperand &operand) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  AffineMap map = op.getMatchingIndexingMap(&operand);
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type || !isVectorElement(type.getElementType()) ||
      (op.isDpsInit(&operand) && !map.isProjectedPermutation()) ||
      failed(type.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  SmallVector<int64_t> result(op.getNumLoops(), 0);
  for (auto [stride, expr] : llvm::zip_equal(strides, map.getResults())) {
    std::optional<SmallVector<int64_t>> steps =
        getLinearCoefficients(expr, op.getNumLoops());
    if (!steps)
      return std::nullopt;
    for (auto [sum, step] :
         llvm::zip_equal(result, ArrayRef(*steps).drop_back())) {
      if (step == 0)
        continue;
      bool isKnown =
          !ShapedType::isDynamic(stride) && !ShapedType::isDynamic(sum);
      sum = isKnown ? sum + step * stride : ShapedType::kDynamic;
    }
  }
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
      // Inputs a few elements apart are gathered where nothing is contiguous.
      bool isNear = !op.isDpsInit(&operand) && !ShapedType::isDynamic(stride) &&
                    std::abs(stride) <= kMaxGap;
      if (stride == 1)
        score[loop] += 10;
      else if (stride != 0)
        score[loop] -= isNear ? 9 : 10000;
    }
  }
  // The best loop; a short one fills no vector and comes after all others.
  std::optional<unsigned> best;
  auto isShort = [&](unsigned loop) {
    return !ShapedType::isDynamic(extents[loop]) && extents[loop] < 4;
  };
  for (unsigned loop = 0; loop < score.size(); ++loop)
    if (score[loop] > 0 && extents[loop] != 1 &&
        (!best || std::pair(!isShort(loop), score[loop]) >=
                      std::pair(!isShort(*best), score[*best])))
      best = loop;
  return best;
}

bool GenericVectorizer::chooseTile() {
  if (op.getNumReductionLoops() != 0)
    return false;
  SmallVector<SmallVector<int64_t>> strides;
  for (OpOperand &operand : op->getOpOperands()) {
    auto known = getStaticStrides(operand);
    if (!known)
      return false;
    strides.push_back(*known);
  }
  auto findUnit = [](ArrayRef<int64_t> loops) -> std::optional<unsigned> {
    const int64_t *unit = llvm::find(loops, 1);
    if (unit == loops.end())
      return std::nullopt;
    return unit - loops.begin();
  };
  std::optional<unsigned> along = findUnit(strides.back()), across;
  if (!along)
    return false;
  for (auto [operand, steps] : llvm::zip_equal(op->getOpOperands(), strides)) {
    bool isInput = op.isDpsInput(&operand);
    // Along the vector loop, or a number of it.
    if (steps[*along] == 1 || (steps[*along] == 0 && isInput))
      continue;
    std::optional<unsigned> unit = findUnit(steps);
    if (!isInput || !unit || (across && across != unit))
      return false;
    across = unit;
  }
  if (!across)
    return false;
  vectorLoopNumber = *along;
  crossLoopNumber = *across;
  return true;
}

unsigned GenericVectorizer::getWidestElement() {
  unsigned widest = 8;
  for (OpOperand &operand : op->getOpOperands())
    widest = std::max(
        widest,
        cast<MemRefType>(operand.get().getType()).getElementTypeBitWidth());
  for (Operation &inner : op.getBody()->without_terminator())
    for (Type type : inner.getResultTypes())
      if (!type.isIndex())
        widest = std::max(widest, type.getIntOrFloatBitWidth());
  return widest;
}

bool GenericVectorizer::canVectorize() {
  if (!op.hasPureBufferSemantics() || op.getNumLoops() == 0 ||
      !isVectorBody(*op.getBody()) || !matchCombiner() ||
      llvm::is_contained(op.getStaticLoopRanges(), 0))
    return false;
  if (std::optional<unsigned> loop = chooseLoop()) {
    vectorLoopNumber = *loop;
    length = std::max(vectorBits / getWidestElement(), 2u);
    return true;
  }
  if (!chooseTile())
    return false;
  // Tiles no larger than the short one of the two loops needs.
  isTiled = true;
  length = std::min<int64_t>(vectorBits / getWidestElement(), kMostTile);
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  for (unsigned loop : {vectorLoopNumber, crossLoopNumber})
    if (!ShapedType::isDynamic(extents[loop]))
      shortenVectors(extents[loop]);
  return length >= kLeastTile;
}

void GenericVectorizer::shortenVectors(int64_t extent) {
  while (length > 2 && length / 2 >= extent)
    length /= 2;
}
