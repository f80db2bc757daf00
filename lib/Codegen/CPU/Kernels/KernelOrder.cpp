//===- KernelOrder.cpp - Order of the loops of a kernel -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelOrder.h"

#include "KernelModel.h"

#include <algorithm>
#include <limits>

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Elements of the result per element of A from which on the order in which
/// memory of the result is written matters most.
static constexpr int64_t kResultWeight = 4;
/// How many times larger one operand is than the other from which on the order
/// in which its memory is read matters most.
static constexpr int64_t kOperandWeight = 4;

/// Makes the dimension for which `better(d, e)` holds against every other e
/// (the last such one) the last.
template <typename Better>
static void moveBestLast(llvm::SmallVectorImpl<KernelDim> &dims,
                         Better better) {
  if (dims.empty())
    return;
  unsigned best = dims.size() - 1;
  for (unsigned i = dims.size() - 1; i-- > 0;)
    if (better(dims[i], dims[best]))
      best = i;
  std::rotate(dims.begin() + best, dims.begin() + best + 1, dims.end());
}

/// Orders dimensions by how far a step along them moves in `operand`, the
/// farthest first, and those whose distance only the run knows before.
static auto isFartherIn(KernelOperand operand) {
  auto getDistance = [operand](const KernelDim &dim) {
    int64_t stride = dim.strides[operand];
    return stride == kDynamicExtent ? std::numeric_limits<int64_t>::max()
                                    : std::abs(stride);
  };
  return [getDistance](const KernelDim &d, const KernelDim &e) {
    return getDistance(d) > getDistance(e);
  };
}

/// Makes the last of groups.m the one that rows of a tile lie along: a long
/// one; contiguous in A if there is one, but close in C where C is by far the
/// larger one.
static void chooseInnerRows(KernelGroups &groups) {
  int64_t shortRow = std::min<int64_t>(estimateProduct(groups.m), 8);
  bool writesMore =
      estimateProduct(groups.n) >= kResultWeight * estimateProduct(groups.k);
  if (writesMore)
    llvm::stable_sort(groups.m, isFartherIn(kC));
  moveBestLast(groups.m, [&](const KernelDim &d, const KernelDim &e) {
    bool longD = estimate(d.extent) >= shortRow;
    bool longE = estimate(e.extent) >= shortRow;
    if (longD != longE)
      return longD;
    if (!longD)
      return estimate(d.extent) > estimate(e.extent);
    return writesMore ? isFartherIn(kC)(e, d) : d.isUnit(kA) && !e.isUnit(kA);
  });
}

void cpu::orderByModel(KernelGroups &groups) {
  moveBestLast(groups.n, [](const KernelDim &d, const KernelDim &e) {
    return d.isUnit(kC) && !e.isUnit(kC);
  });
  chooseInnerRows(groups);
  int64_t rows = estimateProduct(groups.m), columns = estimateProduct(groups.n);
  // Tiles of columns lie as B or C does, the larger one.
  std::stable_sort(groups.n.begin(), groups.n.end() - 1,
                   isFartherIn(rows > estimateProduct(groups.k) ? kC : kB));
  // The contiguous dimension of B is next to the one that vectors run along.
  std::stable_partition(groups.n.begin(), groups.n.end() - 1,
                        [](const KernelDim &dim) { return !dim.isUnit(kB); });
  // The contiguous dimensions of both operands are innermost in a block; an
  // operand much larger than the other is read in the order of its memory.
  if (std::max(rows, columns) >= kOperandWeight * std::min(rows, columns))
    llvm::stable_sort(groups.k, isFartherIn(rows > columns ? kA : kB));
  else
    for (KernelOperand operand : {kB, kA})
      std::stable_partition(
          groups.k.begin(), groups.k.end(),
          [&](const KernelDim &dim) { return !dim.isUnit(operand); });
}
