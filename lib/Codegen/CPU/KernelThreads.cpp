//===- KernelThreads.cpp - Work that threads of a kernel share ------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModel.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Fewer pieces than the first leave threads idle; the second is enough to keep
/// the usual numbers of threads about equally busy.
static constexpr int64_t kMinPieces = 8;
static constexpr int64_t kManyPieces = 16;
/// The same where pieces have nothing to do twice: rows of A are packed once,
/// however they are cut.
static constexpr int64_t kManyRowPieces = 64;

/// The number of leading batch dimensions that give pieces enough.
static unsigned countSharedBatch(const KernelPlan &plan, int64_t &points) {
  points = 1;
  unsigned count = 0;
  while (count < plan.batch.size() && points < kManyPieces)
    points *= std::max<int64_t>(estimate(plan.batch[count++].extent), 1);
  return count;
}

/// What the model lets threads share out.
static Distribution chooseDistribution(const KernelPlan &plan) {
  auto [rows, columns, sum] = estimateExtents(plan);
  double work = rows * columns * sum;
  int64_t points;
  countSharedBatch(plan, points);
  if (points >= kMinPieces)
    return work * estimateProduct(plan.batch) < kMinThreadedWork
               ? Distribution::none
               : Distribution::batch;
  // Rows are shared out anew for every block of B, which one thread packs where
  // squares reach across tiles.
  double blockWork = rows * std::min<double>(columns, plan.nTiles * plan.nr()) *
                     std::min<double>(sum, plan.kBlockSize());
  if (countRowTiles(plan) >= kMinPieces && blockWork >= kMinThreadedWork &&
      !plan.packsAcross() && !plan.collectsColumns())
    return Distribution::rows;
  if (countColumnTiles(plan) >= kMinPieces && work >= kMinThreadedWork)
    return Distribution::columns;
  return Distribution::none;
}

llvm::Error cpu::distributeKernel(KernelPlan &plan,
                                  const KernelChoice &choice) {
  plan.distribution = choice.distribute.value_or(chooseDistribution(plan));
  auto cut = [&](int64_t &blockTiles, int64_t tiles, int64_t pieces) {
    if (!choice.block)
      blockTiles =
          std::min<int64_t>(blockTiles, llvm::divideCeil(tiles, pieces));
  };
  switch (plan.distribution) {
  case Distribution::none:
    break;
  case Distribution::batch:
    if (plan.batch.empty())
      return llvm::createStringError(
          "kernel distributes batch, but no index is in both operands and the "
          "result");
    int64_t points;
    plan.numDistributed = countSharedBatch(plan, points);
    break;
  case Distribution::rows:
    cut(plan.mTiles, countRowTiles(plan), kManyRowPieces);
    break;
  case Distribution::columns:
    cut(plan.nTiles, countColumnTiles(plan), kManyPieces);
    if (!choice.block)
      fillSquares(plan);
    break;
  }
  return llvm::Error::success();
}
