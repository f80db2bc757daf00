//===- KernelBounds.cpp - Points that a kernel leaves out -----------------===//
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

std::optional<OpFoldResult> KernelEmitter::getLargest(const KernelBound &bound,
                                                      const Tile &row,
                                                      const Tile &column,
                                                      int64_t &kCoefficient) {
  OpFoldResult largest = math.constant(bound.constant);
  kCoefficient = 0;
  auto addRange = [&](const Tile &tile, int64_t size, int64_t coefficient) {
    OpFoldResult at = tile.start;
    if (coefficient > 0)
      at = math.add(at, math.constant(size - 1));
    largest = math.add(largest, math.mul(at, math.constant(coefficient)));
  };
  for (auto [index, coefficient] : bound.terms) {
    if (plan.m.extent != 1 && index == plan.m.source)
      addRange(row, plan.mr, coefficient);
    else if (plan.n.extent != 1 && index == plan.n.source && !plan.joinColumns)
      addRange(column, plan.nr(), coefficient);
    else if (plan.kBlock.size() == 1 && index == plan.kBlock[0].source)
      kCoefficient = coefficient;
    else
      return std::nullopt;
  }
  return largest;
}

KernelEmitter::Part KernelEmitter::getPart(const Tile &row, const Tile &column,
                                           const KBlock &block) {
  Part part{Value(), math.constant(0), block.size};
  for (const KernelBound &bound : plan.bounds) {
    int64_t kCoefficient;
    std::optional<OpFoldResult> largest =
        getLargest(bound, row, column, kCoefficient);
    if (!largest || std::abs(kCoefficient) > 1)
      continue;
    // largest + k >= 0, largest - k >= 0, or largest >= 0.
    if (kCoefficient == 1) {
      OpFoldResult first = math.sub(math.constant(0), *largest);
      part.kFrom = math.max(part.kFrom, math.sub(first, block.start));
    } else if (kCoefficient == -1) {
      OpFoldResult end = math.add(*largest, math.constant(1));
      part.kTo = math.min(part.kTo, math.sub(end, block.start));
    } else {
      Value holds = arith::CmpIOp::create(
          builder, loc, arith::CmpIPredicate::sge, math.toValue(*largest),
          math.toValue(math.constant(0)));
      part.isNeeded =
          part.isNeeded
              ? arith::AndIOp::create(builder, loc, part.isNeeded, holds)
                    .getResult()
              : holds;
    }
  }
  return part;
}
