//===- KernelPrefetch.cpp - What register tiles ask the caches for --------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

using namespace mlir;
using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Bits of a line of the caches.
static constexpr int64_t kLineBits = 512;

void KernelEmitter::prefetchC(const Offsets &base, ArrayRef<Lanes> lanes) {
  for (int64_t i = 0; i < rows; ++i) {
    OpFoldResult row =
        math.add(base[kC], math.mul(math.constant(i), stride(plan.m, kC)));
    for (const Lanes &registers : lanes)
      for (const Strip &strip : registers) {
        OpFoldResult place = math.add(row, strip.offsets[kC]);
        if (strip.first)
          place = math.add(place, strip.first);
        memref::PrefetchOp::create(builder, loc, operands[kC].buffer,
                                   math.toValue(numbers(place)),
                                   /*isWrite=*/true, /*localityHint=*/3,
                                   /*isDataCache=*/true);
      }
  }
}

void KernelEmitter::prefetchColumns(OpFoldResult start) {
  // About as far ahead as the second cache is away.
  constexpr int64_t kBitsAhead = 2048 * 8;
  int64_t bits = computeType.getIntOrFloatBitWidth();
  for (int64_t part = 0; part < plan.parts; ++part)
    for (int64_t at = 0; at < vectors * plan.vectorLength;
         at += kLineBits / bits)
      memref::PrefetchOp::create(
          builder, loc, bufferB,
          math.toValue(math.add(
              start, math.constant(kBitsAhead / bits + part * plan.nr() + at))),
          /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

void KernelEmitter::prefetchRegisters(OpFoldResult start) {
  int64_t step = plan.matrixDepth * plan.nr();
  int64_t line = plan.matrixDepth;
  for (int64_t at = 0; at < step; at += line)
    memref::PrefetchOp::create(
        builder, loc, bufferB,
        math.toValue(math.add(start, math.constant(step + at))),
        /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

void KernelEmitter::prefetch(KernelOperand operand, OpFoldResult start,
                             int64_t count) {
  Value buffer = operands[operand].buffer;
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  int64_t line = kLineBits / element.getIntOrFloatBitWidth();
  OpFoldResult first = numbers(start);
  for (int64_t at = 0; at < count * plan.parts; at += line)
    memref::PrefetchOp::create(builder, loc, buffer,
                               math.toValue(math.add(first, math.constant(at))),
                               /*isWrite=*/false, /*localityHint=*/3,
                               /*isDataCache=*/true);
}
