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
#include <cmath>

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Cycles to read a number, which another thread may have written last, and to
/// copy it into a tile; the same where it is read in place.
static constexpr double kPackedCycles = 1, kReadCycles = 0.25;
/// Multiplications per cycle of a matrix unit.
static constexpr double kUnitRate = 512;
/// Threads that save less than this part of the time are left to others.
static constexpr double kLeastGain = 0.8;
/// Columns are divided where that takes this part of the time of dividing rows:
/// what threads write of rows lies together, as the next kernel may read it.
static constexpr double kColumnGain = 0.9;

/// The number of leading batch dimensions that give threads enough points.
static unsigned countSharedBatch(const KernelPlan &plan, int64_t &points) {
  points = 1;
  unsigned count = 0;
  while (count < plan.batch.size() && points < kManyPieces)
    points *= std::max<int64_t>(estimate(plan.batch[count++].extent), 1);
  return count;
}

namespace {
/// About the cycles of a kernel at one point of the batch, for `rows` tiles of
/// rows and `columns` tiles of columns.
class PartCost {
public:
  explicit PartCost(const KernelPlan &plan) : plan(plan) {
    auto [rows, columns, sum] = estimateExtents(plan);
    double parts = double(plan.parts);
    double rate = plan.matrixUnit ? kUnitRate : 2.0 * double(plan.vectorLength);
    rowTiles = double(countRowTiles(plan));
    columnTiles = double(countColumnTiles(plan));
    tile = rows / rowTiles * columns / columnTiles * sum * parts * parts / rate;
    rowCopy = rows / rowTiles * sum * parts * getCopyCycles(plan.packA);
    columnCopy =
        columns / columnTiles * sum * parts * getCopyCycles(plan.packB);
  }

  double get(double rows, double columns) const {
    double blocks = std::ceil(columns / double(plan.nTiles));
    return rows * columns * tile + rows * rowCopy * blocks +
           columns * columnCopy;
  }
  /// That of the whole result.
  double get() const { return get(rowTiles, columnTiles); }
  /// The largest of the parts that threads get.
  double divideRows() const {
    return get(getLargest(rowTiles, 1), columnTiles);
  }
  double divideColumns() const {
    return get(rowTiles, getLargest(columnTiles, double(plan.columnUnit())));
  }

private:
  static double getCopyCycles(bool packs) {
    return packs ? kPackedCycles : kReadCycles;
  }
  static double getLargest(double tiles, double unit) {
    double units = std::ceil(tiles / unit);
    return std::min(tiles, std::ceil(units / kUsualThreads) * unit);
  }

  const KernelPlan &plan;
  /// The cycles of a register tile, and of copying a tile of rows or columns.
  double rowTiles, columnTiles, tile, rowCopy, columnCopy;
};
} // namespace

/// `plan` with blocks of columns for threads that divide these: pieces of runs
/// where whole ones are too few for equal parts.
static KernelPlan cutRuns(const KernelPlan &plan) {
  KernelPlan cut = plan;
  cut.nTiles = std::min<int64_t>(
      plan.nTiles, llvm::divideCeil(countColumnTiles(plan), kManyPieces));
  fillSquares(cut);
  bool isBetter = plan.hasWholeRuns() && PartCost(cut).divideColumns() <
                                             PartCost(plan).divideColumns();
  return isBetter ? cut : plan;
}

/// What the model lets threads share out, in `leastPieces` or more, where
/// blocks of columns are those of `byColumns` if that is columns.
static Distribution chooseDistribution(const KernelPlan &plan,
                                       const KernelPlan &byColumns,
                                       int64_t leastPieces) {
  auto [rows, columns, sum] = estimateExtents(plan);
  double work = rows * columns * sum * double(estimateProduct(plan.batch));
  if (work < double(kMinThreadedWork))
    return Distribution::none;
  int64_t points;
  countSharedBatch(plan, points);
  if (points >= kMinPieces)
    return Distribution::batch;
  PartCost cost(plan);
  double best = kLeastGain * cost.get();
  Distribution result = Distribution::none;
  if (points >= leastPieces) {
    best = cost.get() * double(llvm::divideCeil(points, kUsualThreads)) /
           double(points);
    result = Distribution::batch;
  }
  if (countRowTiles(plan) >= leastPieces && cost.divideRows() <= best) {
    best = kColumnGain * cost.divideRows();
    result = Distribution::rows;
  }
  if (countColumnTiles(plan) >= leastPieces &&
      PartCost(byColumns).divideColumns() < best)
    result = Distribution::columns;
  return result;
}

bool cpu::leavesThreadsIdle(const KernelPlan &plan) {
  return chooseDistribution(plan, cutRuns(plan), kMinPieces) ==
         Distribution::none;
}

llvm::Error cpu::distributeKernel(KernelPlan &plan,
                                  const KernelChoice &choice) {
  KernelPlan byColumns = choice.block ? plan : cutRuns(plan);
  Distribution distribution =
      choice.distribute.value_or(chooseDistribution(plan, byColumns, 2));
  if (distribution == Distribution::columns)
    plan = byColumns;
  plan.distribution = distribution;
  if (distribution != Distribution::batch)
    return llvm::Error::success();
  if (plan.batch.empty())
    return llvm::createStringError(
        "kernel distributes batch, but no index is in both operands and the "
        "result");
  int64_t points;
  plan.numDistributed = countSharedBatch(plan, points);
  return llvm::Error::success();
}
