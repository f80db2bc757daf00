//===- KernelTileModel.cpp - Cost model of register tiles -----------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModel.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// Vectors of the widest tile.
static constexpr int64_t kWidestTile = 6;
/// Tiles of columns that stream rows of A, at most: the first reads them from
/// memory, the others from the first cache.
static constexpr int64_t kStreamReaders = 3;
/// Cycles for a line from the second cache.
static constexpr double kLineCycles = 2.4;
/// Cycles to copy a line of columns into a tile, and more cycles for each use
/// of a vector that is read in place and lies in two lines.
static constexpr double kCopyLineCycles = 5;
static constexpr double kCrossingCycles = 0.3;
/// The least points of the sum at which that tells tiles apart: those of fewer
/// are few instructions beside what updates C.
static constexpr int64_t kMinCrossedPoints = 40;
/// Cycles to copy a number into a tile.
static constexpr double kCopyCycles = 0.5;
/// More cycles for each point of a tile that squares turned round are stored to
/// in pieces of a quarter of a vector and less.
static constexpr double kPieceCycles = 2;
/// Cycles of a strip of a joined vector in C: a load and a store with masks.
static constexpr double kStripCycles = 2;
/// Vectors of fewer bytes have no masks of their own.
static constexpr int64_t kMaskedBytes = 32;
/// Columns are joined from this many multiplications on, and where that takes
/// this part of the time.
static constexpr double kMinJoinedWork = 1 << 18;
static constexpr double kJoinedGain = 0.97;
/// Cycles that a number costs more where joined columns are collected from a B
/// that no cache holds.
static constexpr double kCollectCycles = 4;
/// Columns that fill more than this part of one vector stay in it.
static constexpr double kJoinedFill = 0.75;

int64_t cpu::countRegisters(int64_t mr, int64_t nv, int64_t parts) {
  // Accumulators, one row of B, and an element of A unless the instruction
  // reads it from memory.
  return parts * (mr * nv + nv + (parts * nv > 1 ? 1 : 0));
}

/// Cycles of one mr x nv register tile over `depth` k points on a core with two
/// vector units of latency four. Loads weigh more than their two ports say; a
/// tile of B that the first cache does not hold comes from the second one.
static double tileCycles(const KernelTarget &target, int64_t mr, int64_t nv,
                         int64_t depth) {
  int64_t parts = target.parts;
  double loads = parts * (mr + nv);
  double products = parts * parts * mr * nv;
  int64_t bytes = nv * target.vectorLength * target.elementBytes;
  double lines = double(bytes) / kLineBytes;
  bool isLarge = bytes * depth > kFirstCacheBytes / 2;
  double step = std::max({products / 2, 0.7 * loads, 4.0,
                          isLarge ? kLineCycles * lines : 0.0}) +
                0.1 * loads;
  double update = 20.0 + parts * mr * nv;
  return step * depth + update;
}

bool cpu::streamsRows(const KernelPlan &plan, const KernelDim &k, int64_t mr,
                      int64_t nv) {
  return mr <= kStreams && plan.nOuter.empty() && k.isUnit(kA) &&
         plan.m.strides[kA] != kDynamicExtent &&
         plan.n.extent != kDynamicExtent &&
         plan.n.extent <= kStreamReaders * nv * plan.vectorLength;
}

bool cpu::canJoinColumns(const KernelPlan &plan) {
  return !plan.nOuter.empty() && plan.n.extent != kDynamicExtent &&
         llvm::none_of(plan.nOuter, [](const KernelDim &dim) {
           return dim.extent == kDynamicExtent;
         });
}

/// True where joined columns are collected from a B that no cache holds: rows
/// of it that are far apart would come and go.
static bool collectsFromMemory(const KernelPlan &plan,
                               const KernelTarget &target,
                               llvm::ArrayRef<KernelDim> k) {
  double numbers = double(estimateProduct(plan.n)) *
                   double(estimateProduct(plan.nOuter)) *
                   double(estimateProduct(k));
  return !plan.n.isUnit(kB) && plan.nOuter.back().isUnit(kB) &&
         numbers * target.elementBytes > kSecondCacheBytes;
}

/// The most runs of `extent` columns that a vector of `lanes` has a part of:
/// it begins at a multiple of what both lengths have in common.
static int64_t countStrips(int64_t extent, int64_t lanes) {
  return 1 + llvm::divideCeil(lanes - std::gcd(extent, lanes), extent);
}

/// True where joined vectors of `lanes` have two strips at most, and columns
/// that fill less than one are few enough to make up for them.
static bool fillsByJoining(int64_t extent, int64_t lanes) {
  return countStrips(extent, lanes) <= 2 &&
         (extent >= lanes || double(extent) <= kJoinedFill * double(lanes));
}

/// True where the model may join columns: masks are cheap, vectors are filled,
/// bounds still leave out tiles, and there is more to do than to find out where
/// columns lie.
static bool mayJoinColumns(const KernelPlan &plan, const KernelTarget &target,
                           llvm::ArrayRef<KernelDim> k) {
  auto isBounded = [](const KernelDim &dim) { return dim.isBounded; };
  double work =
      double(estimateProduct(plan.m)) * double(estimateProduct(plan.mOuter)) *
      double(estimateProduct(plan.n)) * double(estimateProduct(plan.nOuter)) *
      double(estimateProduct(k));
  return canJoinColumns(plan) && !isBounded(plan.n) &&
         fillsByJoining(plan.n.extent, target.vectorLength / target.parts) &&
         llvm::none_of(plan.nOuter, isBounded) &&
         target.vectorLength * target.elementBytes / target.parts >=
             kMaskedBytes &&
         work >= kMinJoinedWork;
}

/// Cycles that joining columns adds to one point of the outer rows: strips of
/// vectors in tiles of B and in C.
static double joinCycles(const KernelPlan &plan, const KernelTarget &target,
                         llvm::ArrayRef<KernelDim> k, int64_t depth) {
  double columns = double(plan.columnExtent());
  double strips = llvm::divideCeil(target.vectorLength - 1, plan.n.extent) *
                  columns / target.vectorLength * target.parts;
  // What is packed otherwise too is read in two pieces.
  bool isPacked = !plan.n.isUnit(kB) || k.size() != 1;
  double copies = isPacked ? kCopyCycles / 2 : kCopyCycles;
  if (collectsFromMemory(plan, target, k))
    copies += kCollectCycles;
  return kStripCycles * strips * double(estimate(plan.m.extent)) +
         copies * target.parts * columns * double(depth) /
             double(estimateProduct(plan.mOuter));
}

/// Cycles to copy the rows of A, `depth` points of them, into tiles of `mr`.
static double copyCycles(const KernelPlan &plan, const KernelTarget &target,
                         llvm::ArrayRef<KernelDim> k, int64_t mr,
                         int64_t depth) {
  int64_t rows = estimate(plan.m.extent);
  double cycles = kCopyCycles * target.parts * double(rows);
  bool turnsSquares = !plan.m.isUnit(kA) && k.back().isUnit(kA);
  if (turnsSquares && 4 * mr <= target.vectorLength)
    cycles += kPieceCycles * double(llvm::divideCeil(rows, mr));
  return cycles * double(depth);
}

/// Cycles that the columns of a matrix whose vectors cross lines take beside
/// the tiles, for tiles of `mr` rows of `nv` vectors: to be copied, or to be
/// read in place. Nothing where they are copied for all tiles.
static double readCycles(KernelPlan plan, const KernelTarget &target,
                         llvm::ArrayRef<KernelDim> k, int64_t mr, int64_t nv) {
  if (k.size() != 1 || target.parts != 1 || !plan.mOuter.empty() ||
      !plan.nOuter.empty() || !plan.n.isUnit(kB) ||
      k[0].strides[kB] == kDynamicExtent)
    return 0;
  int64_t points = estimate(k[0].extent), columns = estimate(plan.n.extent);
  double bytes = double(points) * double(columns) * target.elementBytes;
  double crossings = countCrossings(target, k[0]);
  if (crossings == 0 || points < kMinCrossedPoints ||
      bytes > kUnpackedColumnsBytes)
    return 0;
  plan.mr = mr;
  plan.nv = nv;
  plan.kBlock.assign(k.begin(), k.end());
  if (needsPackedColumns(plan, target))
    return kCopyLineCycles * bytes / kLineBytes;
  return kCrossingCycles * crossings * bytes / kLineBytes *
         double(countRowTiles(plan));
}

/// Chooses the best register tile for columns that are joined or not as they
/// are in `plan`; returns the cycles of all tiles at one point of the outer
/// rows, zero where no tile fits the registers.
static double chooseShape(KernelPlan &plan, const KernelTarget &target,
                          llvm::ArrayRef<KernelDim> k,
                          const TileChoice &given) {
  int64_t depth = std::min(estimateProduct(k),
                           chooseBlockPoints(plan, target, k, /*copies=*/true));
  int64_t rows = estimate(plan.m.extent);
  int64_t columns = estimate(plan.columnExtent());
  double points = plan.joinColumns ? 1 : double(estimateProduct(plan.nOuter));
  double copied = double(rows) * double(estimateProduct(k));
  bool isSmall = copied * target.elementBytes <= kUnpackedBytes;
  // Wider tiles hold all columns or none: they leave few registers for rows.
  int64_t allColumns = llvm::divideCeil(columns, target.vectorLength);
  int64_t mostNv = std::max<int64_t>(
      4, allColumns <= kWidestTile && points == 1 ? allColumns : 0);
  double best = 0;
  for (int64_t nv = given.nv.value_or(1); nv <= given.nv.value_or(mostNv); ++nv)
    for (int64_t mr = given.mr.value_or(1); mr <= given.mr.value_or(28); ++mr) {
      if (countRegisters(mr, nv, target.parts) >= target.numRegisters)
        continue;
      auto countCycles = [&](int64_t vectors) {
        return vectors ? tileCycles(target, mr, vectors, depth) : 0.0;
      };
      // The last tile of columns has as many vectors as it needs.
      double cost = points * double(llvm::divideCeil(rows, mr)) *
                    (double(allColumns / nv) * countCycles(nv) +
                     countCycles(allColumns % nv));
      // Rows that are read in place while others wait take as long once.
      if (!isSmall && !(k.size() == 1 && streamsRows(plan, k[0], mr, nv)))
        cost += copyCycles(plan, target, k, mr, depth);
      if (plan.joinColumns)
        cost += joinCycles(plan, target, k, depth);
      cost += readCycles(plan, target, k, mr, nv);
      if (best != 0 && cost >= best)
        continue;
      best = cost;
      plan.mr = mr;
      plan.nv = nv;
    }
  return best;
}

void cpu::chooseTile(KernelPlan &plan, const KernelTarget &target,
                     llvm::ArrayRef<KernelDim> k, const TileChoice &given) {
  plan.joinColumns = given.joinColumns.value_or(false);
  double cycles = chooseShape(plan, target, k, given);
  if (given.joinColumns || !mayJoinColumns(plan, target, k))
    return;
  KernelPlan joined = plan;
  joined.joinColumns = true;
  if (chooseShape(joined, target, k, given) < kJoinedGain * cycles)
    plan = joined;
}
