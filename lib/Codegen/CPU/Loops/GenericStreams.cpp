//===- GenericStreams.cpp - Stores past the caches ------------------------===//
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

/// Rows of a result that are stored past the caches in any order: shorter ones
/// had better be written one behind the other.
static constexpr int64_t kLeastRowBytes = 512;

int64_t GenericVectorizer::getVectorBytes(unsigned number) {
  auto type = cast<MemRefType>(operands[number].buffer.getType());
  return length * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

bool GenericVectorizer::storesWholeVectors(unsigned number,
                                           ArrayRef<Loop> around) {
  auto isWhole = [&](OpFoldResult elements) {
    std::optional<int64_t> known = getConstantIntValue(elements);
    return known && *known % length == 0;
  };
  auto stepsWhole = [&](const Loop &loop) {
    return isWhole(loop.strides[number]);
  };
  if (getVectorBytes(number) < 16 || getVectorBytes(number) > 64 ||
      !isWhole(operands[number].offset))
    return false;
  return llvm::all_of(outer, stepsWhole) && llvm::all_of(around, stepsWhole) &&
         (!isTiled || stepsWhole(crossLoop));
}

bool GenericVectorizer::canStream() {
  if (combiner)
    return false;
  int64_t bytes = 0;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    // What is read anyway comes into the cache.
    unsigned number = init.getOperandNumber();
    if (!op.getMatchingBlockArgument(&init).use_empty() ||
        llvm::is_contained(op.getDpsInputs(), init.get()) ||
        !storesWholeVectors(number))
      return false;
    OpFoldResult size = math.constant(getVectorBytes(number) / length);
    for (const Loop &loop : loops)
      size = math.mul(size, loop.extent);
    bytes += getConstantIntValue(size).value_or(0);
  }
  return bytes >= kMinStreamedBytes;
}

bool GenericVectorizer::canStreamRows(unsigned count) {
  if (combiner || op.getNumDpsInits() != 1 || isTiled ||
      vectorLoopNumber < count)
    return false;
  unsigned number = op.getNumDpsInputs();
  auto type = cast<MemRefType>(op.getDpsInitOperand(0)->get().getType());
  if (!type.hasStaticShape() ||
      type.getNumElements() <
          kMinStreamedBytes * length / getVectorBytes(number))
    return false;
  bool isWhole = false;
  SmallVector<Loop> around(ArrayRef(loops).take_front(count));
  withRow(count, [&] { isWhole = storesWholeVectors(number, around); });
  return isWhole;
}

void GenericVectorizer::orderForStreams() {
  unsigned result = op.getNumDpsInputs();
  int64_t rowBytes =
      estimate(vectorLoop.extent) * getVectorBytes(result) / length;
  // Strips are long enough.
  bool isLong = stages || rowBytes >= kLeastRowBytes;
  if (isTiled || result == 0 || !isLong)
    return;
  auto countNumbers = [&](unsigned number) {
    double count = 1;
    for (const Loop &loop : loops)
      if (getConstantIntValue(loop.strides[number]) != 0)
        count *= double(estimate(loop.extent));
    return count;
  };
  unsigned largest = 0;
  for (unsigned number = 1; number < result; ++number)
    if (countNumbers(number) > countNumbers(largest))
      largest = number;
  auto getDistance = [&](const Loop &loop) {
    std::optional<int64_t> known = getConstantIntValue(loop.strides[largest]);
    return known ? std::abs(*known) : std::numeric_limits<int64_t>::max();
  };
  llvm::stable_sort(outer, [&](const Loop &a, const Loop &b) {
    return getDistance(a) > getDistance(b);
  });
}

OpFoldResult GenericVectorizer::getMisalignment() {
  Value bits = math.toValue(math.constant(0));
  for (OpOperand &init : op.getDpsInitsMutable()) {
    unsigned number = init.getOperandNumber();
    Value address = memref::ExtractAlignedPointerAsIndexOp::create(
        builder, loc, operands[number].buffer);
    Value low = arith::AndIOp::create(
        builder, loc, address,
        math.toValue(math.constant(getVectorBytes(number) - 1)));
    bits = arith::OrIOp::create(builder, loc, bits, low);
  }
  return bits;
}
