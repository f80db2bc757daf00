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

/// The most rows that read blocks of a B in place that comes from memory and is
/// converted: each row tile converts it again.
static constexpr double kConvertedRows = 16;
/// Extents that only the run knows count as this in estimates.
static constexpr int64_t kTypicalExtent = 512;
/// Bytes of an A block and of a B block, which share the second cache. A tile
/// of A stays in the first while all of the B block passes by.
static constexpr int64_t kABlockBytes = 256 << 10;
static constexpr int64_t kBBlockBytes = 1 << 20;
/// The same for a B block that is read once, by few rows or by more that are
/// read in place: what is read and written meanwhile passes through the second
/// cache, too.
static constexpr int64_t kFewRowsBlockBytes = 256 << 10;
static constexpr int64_t kPassingBlockBytes = 512 << 10;
static constexpr int64_t kFewRows = 64;
/// Vectors of columns that are few, too: about those of one tile.
static constexpr int64_t kFewVectors = 6;
/// Bytes between pieces of memory that are far apart.
static constexpr int64_t kFarBytes = 1 << 10;
/// Tiles of A up to this size stay in the first cache beside a tile of B.
static constexpr int64_t kGroupBytes = 12 << 10;
/// A page of memory, and as many of them as the rows of C beside such tiles may
/// lie on: the processor keeps at hand where 64 to 96 are, of what lies between
/// them, too.
static constexpr int64_t kPageBytes = 4096, kGroupPages = 48;
/// Bytes of rows that share pages beyond which they come from memory too slowly
/// in short pieces.
static constexpr int64_t kSharedPagesBytes = 20 << 20;
/// Rows of B that are read in place side by side: as many pages as the
/// prefetcher of the second cache follows at a time, or half of them.
static constexpr int64_t kStreamedPoints = 32;
/// Fewer rows of A leave no time to ask for the next tile of such a B.
static constexpr int64_t kLeastAskingRows = 4;
/// Shorter sums leave none to ask for the next tile of such an A.
static constexpr int64_t kLeastAskingPoints = 64;
/// Bytes of such rows, and of a C that is read and written once for each block
/// of them: both pass through the second cache.
static constexpr int64_t kStreamedBytes = 512 << 10;
/// A compact A below this size is read in place where at most so many tiles
/// read it.
static constexpr int64_t kUnpackedRowsBytes = 768 << 10;
static constexpr int64_t kMostUsesOfRows = 8;
/// How many tiles read a compact B in place at most, and one that leaves the
/// second cache to others. As many of its vectors may cross lines as if all of
/// them did for so many tiles, more if a tile stays in the first cache
/// meanwhile.
static constexpr int64_t kMostUses = 10, kMostUsesOfSmall = 20;
static constexpr int64_t kSmallColumnsBytes = 384 << 10;
static constexpr double kMostCrossings = 5.75;
static constexpr double kMostCrossingsInFirstCache = 11;
/// The least bytes of rows of A in a block that are read in place by more tiles
/// of columns than stream them.
static constexpr int64_t kLeastRunBytes = 512;

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

double cpu::countCrossings(const KernelTarget &target, const KernelDim &k) {
  int64_t stride = k.strides[kB] * target.elementBytes;
  int64_t apart = std::gcd(stride, kLineBytes);
  int64_t bytes = target.vectorLength * target.elementBytes;
  return double(std::max<int64_t>(bytes - apart, 0)) / double(bytes);
}

/// True where vectors of B may lie in two lines each.
static bool crossesLines(const KernelTarget &target, const KernelDim &k) {
  return k.strides[kB] * target.elementBytes % kLineBytes != 0;
}

/// The most rows for which B is read in place, block by block: half as many
/// where its vectors cross lines, and where complex numbers are split at every
/// use.
static int64_t countStreamedRows(const KernelTarget &target,
                                 const KernelDim &k) {
  return kFewRows / (crossesLines(target, k) ? 2 : 1) /
         (target.parts > 1 ? 2 : 1);
}

/// All rows at one point of the batch.
static double countRows(const KernelPlan &plan) {
  return double(estimate(plan.m.extent)) * double(estimateProduct(plan.mOuter));
}

/// True where few rows read a B that is larger than a block, along its rows. To
/// copy it into tiles takes longer than to read blocks of few points of the
/// sum, each of which costs one more update of C, where the sum is long beside
/// the rows.
static bool streamsColumns(const KernelPlan &plan, const KernelTarget &target,
                           const KernelDim &k) {
  double rows = countRows(plan), points = double(estimate(k.extent));
  double bytes = double(estimate(plan.n.extent)) * points * target.elementBytes;
  if (k.strides[kB] == kDynamicExtent)
    return false;
  // Smaller ones are read in place, too, but in whole columns.
  double least = crossesLines(target, k) ? kUnpackedColumnsBytes : kBBlockBytes;
  double most = double(countStreamedRows(target, k));
  if (target.converts[kB]) {
    least = kConvertedBytes;
    most = kConvertedRows;
  }
  return !target.computes[kB] && !plan.joinColumns && plan.nOuter.empty() &&
         plan.n.isUnit(kB) && points >= 2 * rows && bytes > least &&
         rows <= most;
}

bool cpu::streamsSideBySide(const KernelPlan &plan, const KernelTarget &target,
                            llvm::ArrayRef<KernelDim> sum) {
  if (sum.size() != 1 || !target.readsAsStored(kA) || !plan.mOuter.empty() ||
      !plan.nOuter.empty() || !plan.m.isUnit(kA) ||
      sum[0].strides[kA] == kDynamicExtent)
    return false;
  double rows = double(estimate(plan.m.extent)),
         columns = double(estimate(plan.n.extent)),
         points = double(estimate(sum[0].extent));
  double bytes = rows * points * target.elementBytes;
  int64_t stride = sum[0].strides[kA] * target.elementBytes;
  // The prefetcher follows one piece of a page.
  bool isFollowed = stride >= kPageBytes || bytes <= kSharedPagesBytes;
  return stride >= kFarBytes && isFollowed && bytes > kUnpackedRowsBytes &&
         columns <= double(kFewVectors * target.vectorLength) &&
         points >= 2 * kStreamedPoints &&
         rows * columns * target.elementBytes <= kStreamedBytes;
}

int64_t cpu::chooseBlockPoints(const KernelPlan &plan,
                               const KernelTarget &target,
                               llvm::ArrayRef<KernelDim> k, bool copies) {
  if (streamsSideBySide(plan, target, k)) {
    double bytes =
        countRows(plan) * double(estimate(k[0].extent)) * target.elementBytes;
    return bytes > kSecondCacheBytes ? kStreamedPoints : 2 * kStreamedPoints;
  }
  if (k.size() != 1 || !streamsColumns(plan, target, k[0]))
    return copies ? kBlockPoints : int64_t(1) << 40;
  if (target.converts[kB])
    return kStreamedPoints / 2;
  double row = double(estimate(plan.n.extent)) * target.elementBytes;
  bool isFar = row >= kPageBytes &&
               row * double(estimate(k[0].extent)) > kSecondCacheBytes;
  // In the second cache, and on few pages, nothing has to be followed.
  if (!isFar)
    return 2 * kStreamedPoints;
  // Shorter blocks update C more often.
  int64_t least =
      countRows(plan) <= kFewRows / 2 ? kStreamedPoints / 2 : kStreamedPoints;
  return std::clamp<int64_t>(int64_t(kStreamedBytes / row), least,
                             kStreamedPoints);
}

void cpu::blockSum(KernelPlan &plan, llvm::SmallVector<KernelDim, 2> k,
                   int64_t limit, bool exact) {
  int64_t points = 1;
  while (!k.empty()) {
    // Which points of a bounded dimension a tile needs is a range of the block,
    // if the block has no other dimension.
    if (!plan.kBlock.empty() &&
        (plan.kBlock.front().isBounded || k.back().isBounded))
      break;
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

/// True where all of B stays in the first cache beside a tile of A, which does
/// not hold all rows: to fetch more of them would only push B out.
static bool holdsColumns(const KernelPlan &plan, const KernelTarget &target) {
  auto [rows, columns, sum] = estimateExtents(plan);
  double point = sum * target.elementBytes;
  return !plan.matrixUnit && countColumnTiles(plan) > 1 &&
         rows * point > kFirstCacheBytes &&
         (columns + 2 * double(plan.mr)) * point <= kFirstCacheBytes;
}

void cpu::chooseGroup(KernelPlan &plan, const KernelTarget &target) {
  if (holdsColumns(plan, target)) {
    plan.groupTiles = 1;
    return;
  }
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
static int64_t getBBlockBytes(const KernelPlan &plan,
                              const KernelTarget &target) {
  if (!plan.packB && streamsColumns(plan, target, plan.kBlock[0])) {
    // As many columns as keep C in the second cache.
    double rows = countRowTiles(plan) * plan.mr;
    return int64_t(double(kStreamedBytes) / rows * double(plan.kBlockSize()));
  }
  bool isWholeSum =
      plan.kOuter.empty() && plan.kTile == plan.kBlock.front().extent;
  // Tiles that are packed side by side but lie apart in C come in large blocks,
  // which hold neighbours of each.
  bool areNeighbours = !plan.packsAcross() ||
                       (plan.n.extent != kDynamicExtent && plan.n.isUnit(kC) &&
                        plan.nOuter.back().strides[kC] == plan.n.extent);
  bool passes = isWholeSum && areNeighbours;
  if (passes && countRowTiles(plan) * plan.mr <= kFewRows)
    return kFewRowsBlockBytes;
  // To copy A for each block takes longer.
  if (passes && !plan.packA)
    return kPassingBlockBytes;
  if (!readsSmallPieces(plan))
    return kBBlockBytes;
  // Lines come in pairs: pieces hold both where the block has room for them.
  int64_t pair = 2 * kLineBytes * plan.kBlockSize() * plan.nr();
  return pair <= kBBlockBytes ? std::max(pair, kBBlockBytes / 2)
                              : kBBlockBytes / 2;
}

/// True where a B that is read in place, a page or more at each point of the
/// sum, is asked for one tile ahead: rows leave time for that, and those of
/// both tiles of B, unless one tile of rows meets them alone, fall into
/// different sets of the first cache.
static bool asksForNextTile(const KernelPlan &plan,
                            const KernelTarget &target) {
  const KernelDim &k = plan.kBlock[0];
  if (!streamsColumns(plan, target, k) || plan.mr < kLeastAskingRows)
    return false;
  int64_t past = k.strides[kB] * target.elementBytes % kFarBytes;
  bool haveOwnSets = past >= kLineBytes && past <= kFarBytes - kLineBytes;
  return (haveOwnSets || countRowTiles(plan) == 1) &&
         estimate(plan.n.extent) * target.elementBytes >= kPageBytes;
}

/// True where an A that comes from memory is read in place, once, rows side by
/// side in a short piece at each point of the sum: no prefetcher follows as
/// many pieces, which are where the next tile's are. Of a short sum those come
/// soon.
static bool asksForNextRows(const KernelPlan &plan, int64_t columnTiles,
                            const KernelTarget &target) {
  auto [rows, columns, sum] = estimateExtents(plan);
  double bytes = rows * sum * target.elementBytes;
  double tileBytes = sum * (plan.mr * target.elementBytes + kLineBytes);
  return !plan.packA && plan.m.isUnit(kA) && columnTiles == 1 &&
         sum >= kLeastAskingPoints && bytes > kSecondCacheBytes &&
         tileBytes <= kSecondCacheBytes / 2;
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
                        getBBlockBytes(plan, target) / (panel * plan.nr()));
  fillSquares(plan);
  plan.prefetchB = plan.packB ? panel * plan.nr() > kFirstCacheBytes / 2
                              : asksForNextTile(plan, target);
  plan.prefetchA = asksForNextRows(plan, nTiles, target);
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
  return plan.mr <= kStreams && k.isUnit(kA) && target.readsAsStored(kA) &&
         plan.kTile * target.elementBytes >= kLeastRunBytes;
}

/// True where tiles read a compact B of `bytes` so few times that it is not
/// worth a copy.
static bool keepsColumns(const KernelPlan &plan, const KernelDim &k,
                         int64_t uses, double bytes,
                         const KernelTarget &target) {
  double crossings = countCrossings(target, k);
  // Rows a page apart fall into the same cache sets.
  bool sharesSets = k.strides[kB] * target.elementBytes % kPageBytes == 0;
  int64_t most = crossings > 0 ? kUnpackedColumnsBytes
                 : sharesSets  ? kSecondCacheBytes / 2
                               : kSecondCacheBytes;
  bool isSmall = bytes <= kSmallColumnsBytes && !sharesSets;
  if (bytes > double(most) || uses > (isSmall ? kMostUsesOfSmall : kMostUses))
    return false;
  double lines = double(plan.nr() * target.elementBytes) / kLineBytes + 1;
  bool staysInCache = double(estimate(k.extent)) * lines * kLineBytes <=
                      2.0 / 3 * kFirstCacheBytes;
  return double(uses) * crossings <=
         (staysInCache ? kMostCrossingsInFirstCache : kMostCrossings);
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
      (streamsRows(plan, k, plan.mr, plan.nv) || readsRuns(plan, k, target) ||
       streamsSideBySide(plan, target, plan.kBlock)))
    return false;
  if (operand == kB && streamsColumns(plan, target, k))
    return false;
  // Vectors of complex numbers have to be split at every use.
  if (operand == kB && target.parts > 1 && uses > 1)
    return true;
  bool compact = span <= 2 * size * depth;
  // Vectors that cross lines of the second cache take twice as long.
  int64_t limit = operand == kB && crossesLines(target, k) ? kFirstCacheBytes
                                                           : kUnpackedBytes;
  if (bytes <= limit && (compact || span <= limit))
    return false;
  if (operand == kA && compact && bytes <= kUnpackedRowsBytes)
    return uses > kMostUsesOfRows;
  if (operand == kB && compact && keepsColumns(plan, k, uses, bytes, target))
    return false;
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

bool cpu::needsPackedColumns(const KernelPlan &plan,
                             const KernelTarget &target) {
  return plan.joinColumns || !plan.n.isUnit(kB) ||
         needsPacking(plan, kB, plan.n, estimateProduct(plan.nOuter),
                      countRowTiles(plan), target);
}

void cpu::choosePacking(KernelPlan &plan, const KernelTarget &target) {
  plan.packA = needsPacking(plan, kA, plan.m, estimateProduct(plan.mOuter),
                            countColumnTiles(plan), target);
  plan.packB = needsPackedColumns(plan, target);
}
