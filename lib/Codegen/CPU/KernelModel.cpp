//===- KernelModel.cpp - Cost model of contraction kernels ----------------===//
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

/// Extents that only the run knows count as this in estimates.
static constexpr int64_t kTypicalExtent = 512;
/// About how many k points a block holds.
static constexpr int64_t kBlockPoints = 320;
/// The same for the matrix unit: a column of tiles of B stays in the first
/// cache.
static constexpr int64_t kMatrixBlockPoints = 512;
/// Bytes of an A block and of a B block, which share the second cache. A tile
/// of A stays in the first while all of the B block passes by.
static constexpr int64_t kABlockBytes = 256 << 10;
static constexpr int64_t kBBlockBytes = 1 << 20;
/// The same for a B block that so few rows read, once: what is read and written
/// meanwhile passes through the second cache, too.
static constexpr int64_t kPassingBlockBytes = 256 << 10;
static constexpr int64_t kFewRows = 64;
/// Bytes between pieces of memory that are far apart.
static constexpr int64_t kFarBytes = 1 << 10;
/// Tiles of A up to this size stay in the first cache beside a tile of B.
static constexpr int64_t kGroupBytes = 12 << 10;
/// A page of memory, and as many of them as the rows of C beside such tiles may
/// lie on: the processor keeps at hand where 64 to 96 are, of what lies between
/// them, too.
static constexpr int64_t kPageBytes = 4096, kGroupPages = 48;
/// So few tiles of rows read B that memory is what they wait for. It is read
/// fastest along whole rows of it, so a block has all columns, in so many
/// bytes, and C stays in the second cache.
static constexpr int64_t kFewRowTiles = 3;
static constexpr int64_t kFewPoints = 16;
static constexpr int64_t kStreamedBytes = 512 << 10;
/// An operand below this size is read in place where its layout allows.
static constexpr int64_t kUnpackedBytes = 128 << 10;
static constexpr int64_t kUnpackedCompactBytes = 768 << 10;

/// Vectors of the widest tile.
static constexpr int64_t kWidestTile = 6;
/// Rows of A that are read in place side by side, by as many tiles of columns
/// at most: the first reads them from memory, the others from the first cache.
static constexpr int64_t kStreams = 9, kStreamReaders = 3;
/// The least bytes of such rows in a block where more tiles read them.
static constexpr int64_t kLeastRunBytes = 512;
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
/// What may stay in the first cache, and half of it for a tile of B.
static constexpr int64_t kFirstCacheBytes = 48 << 10;
static constexpr int64_t kSecondCacheBytes = 2 << 20;
static constexpr int64_t kLineBytes = 64;

int64_t cpu::estimate(int64_t extent) {
  return extent == kDynamicExtent ? kTypicalExtent : extent;
}

/// The product, or a number that is as good as all that are larger.
static int64_t multiplyEstimates(double x, double y) {
  return static_cast<int64_t>(std::min(x * y, 0x1p40));
}

int64_t cpu::estimateProduct(llvm::ArrayRef<KernelDim> dims) {
  int64_t product = 1;
  for (const KernelDim &dim : dims)
    product =
        multiplyEstimates(product, std::max<int64_t>(estimate(dim.extent), 1));
  return product;
}

/// The number of tiles of `size` along `dim`, at all points of `outer`.
static int64_t countTiles(const KernelDim &dim, llvm::ArrayRef<KernelDim> outer,
                          int64_t size) {
  return multiplyEstimates(llvm::divideCeil(estimate(dim.extent), size),
                           estimateProduct(outer));
}

KernelExtents cpu::estimateExtents(const KernelPlan &plan) {
  auto count = [](llvm::ArrayRef<KernelDim> inner,
                  llvm::ArrayRef<KernelDim> outer) {
    return double(estimateProduct(inner)) * double(estimateProduct(outer));
  };
  return {count(plan.m, plan.mOuter), count(plan.n, plan.nOuter),
          count(plan.kBlock, plan.kOuter)};
}

int64_t cpu::countRowTiles(const KernelPlan &plan) {
  return countTiles(plan.m, plan.mOuter, plan.mr);
}

int64_t cpu::countColumnTiles(const KernelPlan &plan) {
  if (plan.joinColumns)
    return llvm::divideCeil(plan.columnExtent(), plan.nr());
  return countTiles(plan.n, plan.nOuter, plan.nr());
}

int64_t cpu::chooseBlockPoints(const KernelPlan &plan,
                               const KernelTarget &target,
                               llvm::ArrayRef<KernelDim> k, bool copies) {
  double columns = estimate(plan.n.extent);
  double rows = double(estimate(plan.m.extent)) * estimateProduct(plan.mOuter);
  double row = columns * target.elementBytes;
  if (countRowTiles(plan) > kFewRowTiles || k.size() != 1 ||
      !plan.n.isUnit(kB) || !plan.nOuter.empty() ||
      rows * row > kStreamedBytes ||
      row * double(estimate(k[0].extent)) <= kBBlockBytes)
    return copies ? kBlockPoints : int64_t(1) << 40;
  return std::clamp<int64_t>(int64_t(kStreamedBytes / row), kFewPoints,
                             kBlockPoints);
}

void cpu::blockSum(KernelPlan &plan, llvm::SmallVector<KernelDim, 2> k,
                   int64_t limit, bool exact) {
  int64_t points = 1;
  while (!k.empty()) {
    KernelDim dim = k.pop_back_val();
    bool whole = dim.extent != kDynamicExtent && dim.extent <= limit / points;
    plan.kBlock.insert(plan.kBlock.begin(), dim);
    if (whole) {
      plan.kTile = dim.extent;
      points *= dim.extent;
      continue;
    }
    int64_t tile = std::max<int64_t>(limit / points, 1);
    // An operand that is contiguous here is read in whole vectors.
    if (!exact && (dim.isUnit(kA) || dim.isUnit(kB)) &&
        plan.vectorLength <= 2 * limit / points)
      tile = std::max(tile, plan.vectorLength);
    if (dim.extent != kDynamicExtent && !exact) {
      int64_t blocks = llvm::divideCeil(dim.extent, tile);
      tile = llvm::divideCeil(dim.extent, blocks);
      if (points == 1)
        tile = std::min(dim.extent,
                        int64_t(llvm::alignTo(tile, plan.vectorLength)));
    }
    plan.kTile = tile;
    break;
  }
  plan.kOuter.assign(k.begin(), k.end());
}

int64_t cpu::countRegisters(int64_t mr, int64_t nv, int64_t parts) {
  // Accumulators, one row of B, and an element of A unless the instruction
  // reads it from memory.
  return parts * (mr * nv + nv + (parts * nv > 1 ? 1 : 0));
}

/// Cycles of one mr x nv register tile over `depth` k points on a core with two
/// vector units of latency four. Loads weigh more than their two ports say.
static double tileCycles(int64_t mr, int64_t nv, int64_t parts, int64_t depth) {
  double loads = parts * (mr + nv);
  double products = parts * parts * mr * nv;
  double step = std::max({products / 2, 0.7 * loads, 4.0}) + 0.1 * loads;
  double update = 20.0 + parts * mr * nv;
  return step * depth + update;
}

/// True where few tiles of columns read A, one right after the other, in runs
/// along as many rows as the prefetcher follows and one cache set holds.
static bool streamsRows(const KernelPlan &plan, const KernelDim &k, int64_t mr,
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

/// Chooses the best register tile for columns that are joined or not as they
/// are in `plan`; returns the cycles of all tiles at one point of the outer
/// rows, zero where no tile fits the registers.
static double chooseShape(KernelPlan &plan, const KernelTarget &target,
                          llvm::ArrayRef<KernelDim> k,
                          const TileChoice &given) {
  int64_t depth = std::min(estimateProduct(k), kBlockPoints);
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
        return vectors ? tileCycles(mr, vectors, target.parts, depth) : 0.0;
      };
      // The last tile of columns has as many vectors as it needs.
      double cost = points * double(llvm::divideCeil(rows, mr)) *
                    (double(allColumns / nv) * countCycles(nv) +
                     countCycles(allColumns % nv));
      if (!isSmall && !(k.size() == 1 && streamsRows(plan, k[0], mr, nv)))
        cost += copyCycles(plan, target, k, mr, depth);
      if (plan.joinColumns)
        cost += joinCycles(plan, target, k, depth);
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

void cpu::fillSquares(KernelPlan &plan) {
  if (!plan.packsAcross())
    return;
  int64_t run = plan.nOuter.back().extent;
  if (plan.nTiles >= run)
    plan.nTiles = llvm::alignDown(plan.nTiles, run);
  else if (2 * plan.nTiles >= run)
    plan.nTiles = run;
  else
    plan.nTiles = llvm::alignTo(plan.nTiles, std::min(plan.vectorLength, run));
}

/// The rows of C that lie on as many pages as the processor has at hand.
static int64_t countNearRows(const KernelPlan &plan,
                             const KernelTarget &target) {
  int64_t stride = plan.m.strides[kC];
  if (stride == kDynamicExtent)
    return kGroupPages;
  int64_t bytes =
      std::clamp<int64_t>(stride * target.elementBytes, 1, kPageBytes);
  return kGroupPages * kPageBytes / bytes;
}

void cpu::chooseGroup(KernelPlan &plan, const KernelTarget &target) {
  int64_t tiles = llvm::divideCeil(estimate(plan.m.extent), plan.mr);
  int64_t bytes = plan.kBlockSize() * plan.mr * target.elementBytes;
  int64_t limit = std::clamp<int64_t>(
      std::min(kGroupBytes / bytes, countNearRows(plan, target) / plan.mr), 1,
      tiles);
  plan.groupTiles = llvm::divideCeil(tiles, llvm::divideCeil(tiles, limit));
}

/// True where B is the largest tensor and packed across tiles: what it is read
/// in, pieces of rows far apart, passes through the second cache beside the
/// block that they go to.
static bool readsSmallPieces(const KernelPlan &plan) {
  auto [rows, columns, sum] = estimateExtents(plan);
  return plan.packsAcross() && sum >= rows && columns >= 4 * rows;
}

/// Bytes of the block of B that suits `plan`.
static int64_t getBBlockBytes(const KernelPlan &plan) {
  bool isWholeSum =
      plan.kOuter.empty() && plan.kTile == plan.kBlock.front().extent;
  // Tiles that are packed side by side but lie apart in C come in large blocks,
  // which hold neighbours of each.
  bool areNeighbours = !plan.packsAcross() ||
                       (plan.n.extent != kDynamicExtent && plan.n.isUnit(kC) &&
                        plan.nOuter.back().strides[kC] == plan.n.extent);
  bool passes =
      isWholeSum && areNeighbours && countRowTiles(plan) * plan.mr <= kFewRows;
  if (passes)
    return kPassingBlockBytes;
  return readsSmallPieces(plan) ? kBBlockBytes / 2 : kBBlockBytes;
}

void cpu::chooseBlocks(KernelPlan &plan, const KernelTarget &target) {
  // Evened out over the blocks.
  auto balance = [](int64_t tiles, int64_t limit) {
    limit = std::max<int64_t>(limit, 1);
    return int64_t(llvm::divideCeil(tiles, llvm::divideCeil(tiles, limit)));
  };
  int64_t panel = plan.kBlockSize() * target.elementBytes;
  int64_t mTiles = countRowTiles(plan), nTiles = countColumnTiles(plan);
  plan.mTiles =
      balance(std::max<int64_t>(mTiles, 1), kABlockBytes / (panel * plan.mr));
  plan.nTiles = balance(std::max<int64_t>(nTiles, 1),
                        getBBlockBytes(plan) / (panel * plan.nr()));
  fillSquares(plan);
  plan.prefetchB = panel * plan.nr() > kFirstCacheBytes / 2;
}

/// True where all `uses` tiles of rows, one group, meet a tile of B while it is
/// in the first cache: so few do not pay for a copy. Its pieces, one for each
/// point of the sum, are long and do not fall into the same cache set.
static bool staysInFirstCache(const KernelPlan &plan, const KernelDim &k,
                              int64_t uses, const KernelTarget &target) {
  int64_t depth = estimate(k.extent) * target.elementBytes;
  return uses <= 3 && depth * plan.nr() <= kFirstCacheBytes / 2 &&
         depth * plan.mr * uses <= kGroupBytes &&
         estimate(plan.n.extent) * target.elementBytes >= 4 * kLineBytes &&
         k.strides[kB] * target.elementBytes % kPageBytes != 0;
}

/// True where the rows of a tile of A are runs along the sum, as many as the
/// prefetcher follows and so long that it does: copies would only read memory
/// once more.
static bool readsRuns(const KernelPlan &plan, const KernelDim &k,
                      const KernelTarget &target) {
  return plan.mr <= kStreams && k.isUnit(kA) && !target.computes[kA] &&
         plan.kTile * target.elementBytes >= kLeastRunBytes;
}

/// Whether `operand`, whose rows or columns lie along `dim`, is better copied
/// into tiles when it is read `uses` times.
static bool needsPacking(const KernelPlan &plan, KernelOperand operand,
                         const KernelDim &dim, int64_t outer, int64_t uses,
                         const KernelTarget &target) {
  if (plan.kBlock.size() != 1 || !plan.kOuter.empty())
    return true;
  const KernelDim &k = plan.kBlock[0];
  int64_t kStride = k.strides[operand], stride = dim.strides[operand];
  if (kStride == kDynamicExtent || stride == kDynamicExtent)
    return true;
  // The bytes between the first and the last element that one block reads.
  double size = double(estimate(dim.extent)) * target.elementBytes;
  double depth = double(estimate(k.extent));
  double span = size * stride + depth * kStride * target.elementBytes;
  double bytes = size * depth * outer;
  if (operand == kA &&
      (streamsRows(plan, k, plan.mr, plan.nv) || readsRuns(plan, k, target)))
    return false;
  // Vectors of complex numbers have to be split at every use.
  if (operand == kB && target.parts > 1 && uses > 1)
    return true;
  bool compact = span <= 2 * size * depth;
  // Vectors that cross lines of the second cache take twice as long.
  bool crossesLines =
      operand == kB && kStride * target.elementBytes % kLineBytes != 0;
  int64_t limit = crossesLines ? kFirstCacheBytes : kUnpackedBytes;
  if (bytes <= limit && (compact || span <= limit))
    return false;
  if (compact && bytes <= kUnpackedCompactBytes)
    return uses > 8;
  // Rows a multiple of a page apart fall into the same cache set.
  int64_t far = std::max(stride, kStride) * target.elementBytes;
  if (operand == kA && far % kPageBytes == 0)
    return true;
  // Short pieces far apart, which no prefetcher follows.
  if (operand == kA && dim.isUnit(kA) &&
      kStride * target.elementBytes >= kFarBytes)
    return true;
  if (operand == kB && staysInFirstCache(plan, k, uses, target))
    return false;
  return uses > 1 && (uses > 3 || bytes > kBBlockBytes);
}

void cpu::choosePacking(KernelPlan &plan, const KernelTarget &target) {
  int64_t mTiles = countRowTiles(plan), nTiles = countColumnTiles(plan);
  plan.packA = needsPacking(plan, kA, plan.m, estimateProduct(plan.mOuter),
                            nTiles, target);
  plan.packB = plan.joinColumns || !plan.n.isUnit(kB) ||
               needsPacking(plan, kB, plan.n, estimateProduct(plan.nOuter),
                            mTiles, target);
}

bool cpu::useMatrixUnit(KernelPlan &plan, bool parallel) {
  if (plan.parts != 1 || plan.vectorLength != kMatrixSide ||
      plan.kBlock.size() != 1)
    return false;
  const KernelDim &k = plan.kBlock[0];
  if ((!k.isUnit(kA) && !plan.m.isUnit(kA)) ||
      (!k.isUnit(kB) && !plan.n.isUnit(kB)))
    return false;
  // 512 multiplications per cycle, against 32 of two vector units; half of the
  // gain goes to packing.
  auto fill = [](const KernelDim &dim, int64_t size) {
    return double(estimate(dim.extent)) /
           llvm::alignTo(estimate(dim.extent), size);
  };
  double filled = fill(plan.m, kMatrixSide) * fill(plan.n, kMatrixSide) *
                  fill(k, kMatrixDepth);
  double work = double(estimate(plan.m.extent)) * estimate(plan.n.extent) *
                estimate(k.extent);
  if (filled < 1.0 / 8 || work < 16 * 16 * 16)
    return false;
  plan.matrixUnit = plan.packA = plan.packB = true;
  plan.joinColumns = false;
  plan.mr =
      estimate(plan.m.extent) > kMatrixSide ? 2 * kMatrixSide : kMatrixSide;
  plan.nv = estimate(plan.n.extent) > kMatrixSide ? 2 : 1;
  int64_t blocks = llvm::divideCeil(estimate(k.extent), kMatrixBlockPoints);
  plan.kTile =
      llvm::alignTo(llvm::divideCeil(estimate(k.extent), blocks), kMatrixDepth);
  KernelTarget target;
  target.elementBytes = 2;
  chooseBlocks(plan, target);
  chooseGroup(plan, target);
  plan.distribution = Distribution::none;
  plan.numDistributed = 0;
  if (parallel)
    llvm::cantFail(distributeKernel(plan));
  return true;
}
