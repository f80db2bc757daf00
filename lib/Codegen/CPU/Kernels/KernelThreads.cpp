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
#include <string>

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Cycles to read a number that a thread has written last, one of two, and to
/// copy it into a tile; the same where it is read in place.
static constexpr double kPackedCycles = 1, kReadCycles = 0.75;
/// Less of them where the reading thread has written it.
static constexpr double kOtherCycles = 0.5;
/// Cycles for each number that a block of the sum leaves: one thread stores it,
/// another one adds it.
static constexpr double kLeftCycles = 0.5;
/// About the most points of a sum in each of few blocks that threads share out,
/// and the most numbers that blocks leave by the model, or at all.
static constexpr int64_t kMostPiecePoints = 400;
static constexpr double kMostLeft = 1 << 18, kMostLeftEver = 1 << 26;
/// About the multiplications per cycle that copying its operands leaves of
/// them, and the fewest cycles of multiplications that threads share: for less,
/// starting them and reading what others wrote takes as long as they save.
static constexpr double kCopiedUnitRate = 64, kMinCycles = 10000;
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

/// The numbers that all blocks of the sum leave.
static double countLeft(const KernelPlan &plan) {
  return double(countRowTiles(plan)) * double(countColumnTiles(plan)) *
         double(plan.mr * plan.nr() * plan.parts) *
         double(plan.countSumBlocks());
}

/// All dimensions of a plan that sums over `k`.
static llvm::SmallVector<KernelDim> getDims(const KernelPlan &plan,
                                            llvm::ArrayRef<KernelDim> k) {
  llvm::SmallVector<KernelDim> dims(llvm::ArrayRef(plan.batch));
  llvm::append_range(dims, plan.mOuter);
  dims.push_back(plan.m);
  llvm::append_range(dims, plan.nOuter);
  dims.push_back(plan.n);
  llvm::append_range(dims, k);
  return dims;
}

/// True where threads can share out a sum over `k`: there is one block of it
/// after the other, of the same extents at every point.
static bool canCutSum(const KernelPlan &plan, llvm::ArrayRef<KernelDim> k) {
  return plan.batch.empty() && !plan.matrixUnit && plan.bounds.empty() &&
         llvm::all_of(getDims(plan, k), [](const KernelDim &dim) {
           return dim.extent != kDynamicExtent && !dim.isBounded;
         });
}

/// True where the first dimension of `k` is the outermost of both operands:
/// threads that wrote them have shared it out.
static bool isOutermost(const KernelPlan &plan, llvm::ArrayRef<KernelDim> k) {
  auto isFar = [](int64_t stride, int64_t other) {
    return stride != kDynamicExtent && other != kDynamicExtent &&
           std::abs(stride) >= std::abs(other);
  };
  return llvm::all_of(getDims(plan, k), [&](const KernelDim &dim) {
    return isFar(k[0].strides[kA], dim.strides[kA]) &&
           isFar(k[0].strides[kB], dim.strides[kB]);
  });
}

std::optional<int64_t> cpu::choosePiecePoints(const KernelPlan &plan,
                                              llvm::ArrayRef<KernelDim> k) {
  if (!canCutSum(plan, k) || !isOutermost(plan, k))
    return std::nullopt;
  int64_t extent = k[0].extent, inner = estimateProduct(k.drop_front());
  int64_t least = llvm::divideCeil(extent * inner, kMostPiecePoints);
  for (int64_t blocks = llvm::alignTo(least, kUsualThreads);
       blocks <= std::min(kManyPieces, extent); blocks += kUsualThreads) {
    int64_t piece = llvm::divideCeil(extent, blocks);
    if (llvm::divideCeil(extent, piece) % kUsualThreads == 0)
      return piece * inner;
  }
  return std::nullopt;
}

namespace {
/// About the cycles of a kernel at one point of the batch, for `rows` tiles of
/// rows and `columns` tiles of columns.
class PartCost {
public:
  explicit PartCost(const KernelPlan &plan) : plan(plan) {
    auto [rows, columns, sum] = estimateExtents(plan);
    double parts = double(plan.parts);
    double rate =
        plan.matrixUnit ? plan.unitRate() : 2.0 * double(plan.vectorLength);
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
  double divideSum() const {
    auto [rows, columns, sum] = estimateExtents(plan);
    double blocks = double(plan.countSumBlocks());
    double reads = (rows + columns) * sum * double(plan.parts);
    return std::ceil(blocks / kUsualThreads) / blocks *
               (get() - kOtherCycles * reads) +
           kLeftCycles * countLeft(plan);
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

/// The dimensions of the sum, outermost first.
static llvm::SmallVector<KernelDim> getSum(const KernelPlan &plan) {
  llvm::SmallVector<KernelDim> k(llvm::ArrayRef(plan.kOuter));
  llvm::append_range(k, plan.kBlock);
  return k;
}

/// True where the model may let threads share out the sum, in `leastPieces`
/// blocks or more.
static bool dividesSum(const KernelPlan &plan, int64_t leastPieces) {
  llvm::SmallVector<KernelDim> k = getSum(plan);
  if (!canCutSum(plan, k) || !isOutermost(plan, k))
    return false;
  return plan.countSumBlocks() >= leastPieces && countLeft(plan) <= kMostLeft;
}

/// About the cycles of all multiplications.
static double countCycles(const KernelPlan &plan) {
  auto [rows, columns, sum] = estimateExtents(plan);
  double parts = double(plan.parts);
  double rate = plan.matrixUnit ? std::min(plan.unitRate(), kCopiedUnitRate)
                                : 2.0 * double(plan.vectorLength);
  return rows * columns * sum * double(estimateProduct(plan.batch)) * parts *
         parts / rate;
}

/// What the model lets threads share out, in `leastPieces` or more, where
/// blocks of columns are those of `byColumns` if that is columns.
static Distribution chooseDistribution(const KernelPlan &plan,
                                       const KernelPlan &byColumns,
                                       int64_t leastPieces) {
  if (countCycles(plan) < kMinCycles)
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
    best = cost.divideRows();
    result = Distribution::rows;
  }
  double columnGain = result == Distribution::rows ? kColumnGain : 1;
  if (countColumnTiles(plan) >= leastPieces &&
      PartCost(byColumns).divideColumns() < columnGain * best) {
    best = PartCost(byColumns).divideColumns();
    result = Distribution::columns;
  }
  if (dividesSum(plan, leastPieces) && cost.divideSum() < best)
    result = Distribution::sum;
  return result;
}

bool cpu::sharesOutSum(const KernelPlan &plan) {
  return chooseDistribution(plan, cutRuns(plan), 2) == Distribution::sum;
}

bool cpu::leavesThreadsIdle(const KernelPlan &plan) {
  return chooseDistribution(plan, cutRuns(plan), kMinPieces) ==
         Distribution::none;
}

/// Fails where threads cannot share out the blocks of the sum.
static llvm::Error checkSum(const KernelPlan &plan) {
  if (!canCutSum(plan, getSum(plan)))
    return llvm::createStringError(
        "kernel distributes the sum, but has indices of a batch, with bounds "
        "or with extents of the run");
  if (plan.countSumBlocks() < 2)
    return llvm::createStringError(
        "kernel distributes the sum, which has one block");
  if (countLeft(plan) > kMostLeftEver)
    return llvm::createStringError("kernel distributes the sum, whose " +
                                   std::to_string(plan.countSumBlocks()) +
                                   " blocks leave too many numbers");
  return llvm::Error::success();
}

llvm::Error cpu::distributeKernel(KernelPlan &plan,
                                  const KernelChoice &choice) {
  KernelPlan byColumns = choice.block ? plan : cutRuns(plan);
  Distribution distribution =
      choice.distribute.value_or(chooseDistribution(plan, byColumns, 2));
  if (distribution == Distribution::columns)
    plan = byColumns;
  plan.distribution = distribution;
  if (distribution == Distribution::sum)
    return checkSum(plan);
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
