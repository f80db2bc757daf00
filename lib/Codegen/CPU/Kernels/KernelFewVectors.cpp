//===- KernelFewVectors.cpp - Products of a matrix with few vectors -------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModel.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Vectors of a sum at least, and of one that is long. Columns fill less of a
/// vector than this.
static constexpr double kLeastSumVectors = 2, kLongSumVectors = 4;
static constexpr double kWastedPart = 0.5;

/// How many vectors are few. Each result adds up the lanes of one, a kernel
/// turns round all that the vectors multiply: the shorter the sum, the fewer
/// vectors win, and more where what is turned round comes from beyond the
/// second cache. Numbers that are converted are so for each block of rows and
/// vectors, by a kernel once.
static int64_t countFewVectors(const KernelPlan &plan,
                               const KernelTarget &target) {
  auto [rows, columns, sum] = estimateExtents(plan);
  double length = sum / double(target.vectorLength);
  double bytes = std::max(rows, columns) * sum * double(target.elementBytes);
  int64_t eighth = target.numRegisters / 8;
  if (length < kLongSumVectors || plan.isTiny())
    return eighth;
  if (target.converts[kA] || target.converts[kB])
    return bytes > double(kConvertedBytes) ? 3 * eighth : eighth;
  if (length < 4 * kLongSumVectors)
    return length < 2 * kLongSumVectors ? 3 * eighth : 4 * eighth;
  return bytes > double(kSecondCacheBytes) ? 8 * eighth : 6 * eighth;
}

bool cpu::multipliesFewVectors(const KernelPlan &plan,
                               const KernelTarget &target) {
  if (plan.kBlock.size() != 1 || !plan.kOuter.empty())
    return false;
  const KernelDim &k = plan.kBlock[0];
  if (!k.isUnit(kA) || !k.isUnit(kB))
    return false;
  double vectors = double(estimate(k.extent)) / double(target.vectorLength);
  int64_t most = countFewVectors(plan, target);
  auto areFew = [&](const KernelDim &dim, llvm::ArrayRef<KernelDim> outer) {
    return outer.empty() && dim.extent != kDynamicExtent && dim.extent <= most;
  };
  auto [rows, columns, sum] = estimateExtents(plan);
  // A kernel has to turn round what few rows multiply, few columns only leave
  // lanes unused.
  bool wastesLanes = columns <= kWastedPart * double(target.vectorLength);
  return vectors >= kLeastSumVectors &&
         ((areFew(plan.n, plan.nOuter) && wastesLanes) ||
          areFew(plan.m, plan.mOuter));
}
