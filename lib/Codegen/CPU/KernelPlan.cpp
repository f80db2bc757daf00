//===- KernelPlan.cpp - Choice of tiles, blocks and packing ---------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/KernelPlan.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

/// Extents that only the run knows count as this in estimates.
constexpr int64_t kTypicalExtent = 512;
/// Below this many multiplications a loop nest is as fast.
constexpr int64_t kMinWork = 512;
/// Below this many multiplications, 2 MFLOP or some 30 microseconds of one
/// core, starting and joining threads (5 to 20 microseconds) costs too much.
constexpr int64_t kMinThreadedWork = 1 << 20;
/// Fewer pieces than the first leave threads idle; the second is enough to keep
/// the usual numbers of threads about equally busy.
constexpr int64_t kMinPieces = 8;
constexpr int64_t kManyPieces = 16;
/// About how many k points a block holds.
constexpr int64_t kBlockPoints = 384;
/// Bytes of an A block (L2) and of a B block (L2 and L3).
constexpr int64_t kABlockBytes = 512 << 10;
constexpr int64_t kBBlockBytes = 4 << 20;
/// An operand below this size is read in place where its layout allows.
constexpr int64_t kUnpackedBytes = 128 << 10;
constexpr int64_t kUnpackedCompactBytes = 768 << 10;

int64_t estimate(int64_t extent) {
  return extent == kDynamicExtent ? kTypicalExtent : extent;
}

/// The product, or a number that is as good as all that are larger.
int64_t multiplyEstimates(double x, double y) {
  return static_cast<int64_t>(std::min(x * y, 0x1p40));
}

int64_t estimateProduct(llvm::ArrayRef<KernelDim> dims) {
  int64_t product = 1;
  for (const KernelDim &dim : dims)
    product =
        multiplyEstimates(product, std::max<int64_t>(estimate(dim.extent), 1));
  return product;
}

/// True where no operand is larger than any memory. Numbers of elements and
/// element distances within one operand are then far from overflow.
bool fitMemory(llvm::ArrayRef<KernelDim> dims) {
  constexpr double kLargestOperand = 0x1p47;
  for (KernelOperand operand : {kA, kB, kC}) {
    double elements = 1, span = 1;
    for (const KernelDim &dim : dims) {
      if (!dim.present[operand])
        continue;
      double extent = dim.extent == kDynamicExtent ? 1 : double(dim.extent);
      elements *= extent;
      if (dim.strides[operand] != kDynamicExtent)
        span += extent * std::abs(double(dim.strides[operand]));
    }
    if (elements > kLargestOperand || span > kLargestOperand)
      return false;
  }
  return true;
}

/// Removes and returns the dimension for which `better(d, e)` holds against
/// every other e (the last such one); the dimension of extent 1 if there is
/// none at all.
template <typename Better>
KernelDim takeBest(llvm::SmallVectorImpl<KernelDim> &dims, Better better) {
  if (dims.empty())
    return KernelDim();
  unsigned best = dims.size() - 1;
  for (unsigned i = dims.size() - 1; i-- > 0;)
    if (better(dims[i], dims[best]))
      best = i;
  KernelDim result = dims[best];
  dims.erase(dims.begin() + best);
  return result;
}

/// Groups of dimensions by role, before the choice of tiles.
struct Groups {
  llvm::SmallVector<KernelDim, 2> batch, m, n, k;
};

Groups groupDims(llvm::ArrayRef<KernelDim> dims, bool swapped) {
  Groups groups;
  for (KernelDim dim : dims) {
    if (swapped) {
      std::swap(dim.present[kA], dim.present[kB]);
      std::swap(dim.strides[kA], dim.strides[kB]);
    }
    if (!dim.present[kC])
      groups.k.push_back(dim);
    else if (dim.present[kA] && dim.present[kB])
      groups.batch.push_back(dim);
    else
      (dim.present[kA] ? groups.m : groups.n).push_back(dim);
  }
  return groups;
}

/// Puts k dimensions into kOuter and kBlock: blocks hold whole inner
/// dimensions, with the contiguous ones of both operands innermost, up to
/// about `limit` points.
void blockK(KernelPlan &plan, llvm::SmallVector<KernelDim, 2> k,
            int64_t limit) {
  for (KernelOperand operand : {kB, kA})
    std::stable_partition(k.begin(), k.end(), [&](const KernelDim &dim) {
      return !dim.isUnit(operand);
    });
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
    if (dim.extent != kDynamicExtent) {
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

/// Cycles of one mr x nv register tile over `depth` k points on a core with two
/// vector units of latency four. Loads weigh more than their two ports say.
double tileCycles(int64_t mr, int64_t nv, int64_t depth) {
  double loads = mr + nv;
  double step = std::max({mr * nv / 2.0, 0.7 * loads, 4.0}) + 0.1 * loads;
  double update = 20.0 + mr * nv;
  return step * depth + update;
}

/// Chooses the register tile with the least time for all tiles together.
void chooseTile(KernelPlan &plan, const KernelTarget &target, int64_t depth) {
  int64_t rows = estimate(plan.m.extent), columns = estimate(plan.n.extent);
  double best = 0;
  for (int64_t nv = 1; nv <= 4; ++nv)
    for (int64_t mr = 1; mr <= 28; ++mr) {
      // Accumulators, one row of B, and an element of A unless the
      // instruction reads it from memory.
      if (mr * nv + nv + (nv > 1) >= target.numRegisters)
        continue;
      double tiles = double(llvm::divideCeil(rows, mr)) *
                     llvm::divideCeil(columns, nv * target.vectorLength);
      double cost = tiles * tileCycles(mr, nv, depth);
      if (best != 0 && cost >= best)
        continue;
      best = cost;
      plan.mr = mr;
      plan.nv = nv;
    }
}

int64_t countTiles(const KernelDim &dim, llvm::ArrayRef<KernelDim> outer,
                   int64_t size) {
  return multiplyEstimates(llvm::divideCeil(estimate(dim.extent), size),
                           estimateProduct(outer));
}

/// Sizes of cache blocks, in tiles, evened out over the blocks.
void chooseBlocks(KernelPlan &plan, const KernelTarget &target) {
  auto balance = [](int64_t tiles, int64_t limit) {
    limit = std::max<int64_t>(limit, 1);
    return int64_t(llvm::divideCeil(tiles, llvm::divideCeil(tiles, limit)));
  };
  int64_t panel = plan.kBlockSize() * target.elementBytes;
  int64_t mTiles = countTiles(plan.m, plan.mOuter, plan.mr);
  int64_t nTiles = countTiles(plan.n, plan.nOuter, plan.nr());
  plan.mTiles =
      balance(std::max<int64_t>(mTiles, 1), kABlockBytes / (panel * plan.mr));
  plan.nTiles =
      balance(std::max<int64_t>(nTiles, 1), kBBlockBytes / (panel * plan.nr()));
}

/// Whether `operand`, whose rows or columns lie along `dim`, is better copied
/// into tiles when it is read `uses` times.
bool needsPacking(const KernelPlan &plan, KernelOperand operand,
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
  bool compact = span <= 2 * size * depth;
  if (bytes <= kUnpackedBytes && (compact || span <= kUnpackedBytes))
    return false;
  if (compact && bytes <= kUnpackedCompactBytes)
    return uses > 8;
  // Rows a multiple of a page apart fall into the same cache set.
  int64_t far = std::max(stride, kStride) * target.elementBytes;
  if (operand == kA && far % 4096 == 0)
    return true;
  return uses > 1 && (uses > 3 || bytes > kBBlockBytes);
}

void choosePacking(KernelPlan &plan, const KernelTarget &target) {
  int64_t mTiles = countTiles(plan.m, plan.mOuter, plan.mr);
  int64_t nTiles = countTiles(plan.n, plan.nOuter, plan.nr());
  plan.packA = needsPacking(plan, kA, plan.m, estimateProduct(plan.mOuter),
                            nTiles, target);
  plan.packB = !plan.n.isUnit(kB) ||
               needsPacking(plan, kB, plan.n, estimateProduct(plan.nOuter),
                            mTiles, target);
}

/// The index of the dimension that vectors run along, or none.
std::optional<KernelDim> findVectorDim(llvm::ArrayRef<KernelDim> dims) {
  for (const KernelDim &dim : dims)
    if (dim.isUnit(kC) && dim.present[kA] != dim.present[kB])
      return dim;
  return std::nullopt;
}

std::string describeDims(llvm::ArrayRef<KernelDim> dims) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const KernelDim &dim : dims) {
    os << (text.empty() ? "" : "x");
    if (dim.extent == kDynamicExtent)
      os << "?";
    else
      os << dim.extent;
  }
  return text.empty() ? "1" : text;
}

} // namespace

bool KernelDim::isStatic() const {
  return extent != kDynamicExtent &&
         !llvm::is_contained(strides, kDynamicExtent);
}

KernelTarget KernelTarget::get(int64_t vectorBits, int64_t elementBytes) {
  KernelTarget target;
  target.elementBytes = elementBytes;
  target.vectorLength = std::max<int64_t>(vectorBits / 8 / elementBytes, 2);
  target.numRegisters = vectorBits >= 512 ? 32 : 16;
  return target;
}

int64_t KernelPlan::kBlockSize() const {
  int64_t points = kTile;
  for (const KernelDim &dim :
       llvm::ArrayRef(kBlock).drop_front(!kBlock.empty()))
    points *= dim.extent;
  return points;
}

std::string KernelPlan::describe() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::SmallVector<KernelDim, 2> rows = mOuter, columns = nOuter;
  rows.push_back(m);
  columns.push_back(n);
  llvm::SmallVector<KernelDim, 2> sum = kOuter;
  sum.append(kBlock);
  os << "batch " << describeDims(batch) << ", m " << describeDims(rows)
     << ", n " << describeDims(columns) << ", k " << describeDims(sum)
     << "; tile " << mr << "x" << nr() << ", block " << mTiles * mr << "x"
     << nTiles * nr() << "x" << kBlockSize() << (packA ? ", pack a" : "")
     << (packB ? ", pack b" : "") << (swapped ? ", swapped" : "");
  switch (distribution) {
  case Distribution::none:
    break;
  case Distribution::batch:
    os << ", parallel batch";
    break;
  case Distribution::rows:
    os << ", parallel rows";
    break;
  case Distribution::columns:
    os << ", parallel columns";
    break;
  }
  return text;
}

void cpu::coalesceDims(llvm::SmallVectorImpl<KernelDim> &dims) {
  llvm::erase_if(dims, [](const KernelDim &dim) { return dim.extent == 1; });
  auto fits = [](const KernelDim &outer, const KernelDim &inner) {
    if (!outer.isStatic() || !inner.isStatic() ||
        outer.present != inner.present)
      return false;
    for (unsigned operand : {kA, kB, kC})
      if (outer.present[operand] &&
          outer.strides[operand] != inner.extent * inner.strides[operand])
        return false;
    return true;
  };
  for (unsigned i = 0; i < dims.size();) {
    auto *outer = llvm::find_if(dims, [&](const KernelDim &dim) {
      return &dim != &dims[i] && fits(dim, dims[i]);
    });
    if (outer == dims.end()) {
      ++i;
      continue;
    }
    dims[i].extent *= outer->extent;
    dims.erase(outer);
    i = 0;
  }
}

std::optional<KernelPlan> cpu::planKernel(llvm::ArrayRef<KernelDim> allDims,
                                          const KernelTarget &target) {
  if (llvm::any_of(allDims, [](const KernelDim &d) { return d.extent == 0; }) ||
      !fitMemory(allDims))
    return std::nullopt;
  llvm::SmallVector<KernelDim> dims(allDims);
  coalesceDims(dims);
  std::optional<KernelDim> vectorDim = findVectorDim(dims);
  if (!vectorDim)
    return std::nullopt;

  KernelPlan plan;
  plan.swapped = vectorDim->present[kA];
  plan.vectorLength = target.vectorLength;
  Groups groups = groupDims(dims, plan.swapped);
  int64_t rows = estimateProduct(groups.m), sum = estimateProduct(groups.k);
  if (groups.k.empty() ||
      double(rows) * double(estimateProduct(groups.n)) * double(sum) < kMinWork)
    return std::nullopt;

  plan.batch = groups.batch;
  plan.n = takeBest(groups.n, [](const KernelDim &d, const KernelDim &e) {
    return d.isUnit(kC) && !e.isUnit(kC);
  });
  if (groups.m.empty() && !plan.n.isUnit(kB))
    return std::nullopt;
  int64_t shortRow = std::min<int64_t>(rows, 8);
  plan.m = takeBest(groups.m, [&](const KernelDim &d, const KernelDim &e) {
    bool longD = estimate(d.extent) >= shortRow;
    bool longE = estimate(e.extent) >= shortRow;
    if (longD != longE)
      return longD;
    if (!longD)
      return estimate(d.extent) > estimate(e.extent);
    return d.isUnit(kA) && !e.isUnit(kA);
  });
  plan.mOuter = groups.m;
  plan.nOuter = groups.n;

  chooseTile(plan, target, std::min<int64_t>(sum, kBlockPoints));
  KernelPlan unblocked = plan;
  blockK(unblocked, groups.k, int64_t(1) << 40);
  choosePacking(unblocked, target);
  if (!unblocked.packA && !unblocked.packB) {
    plan = unblocked;
  } else {
    blockK(plan, groups.k, kBlockPoints);
    choosePacking(plan, target);
  }
  chooseBlocks(plan, target);
  return plan;
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

void cpu::distributeKernel(KernelPlan &plan) {
  double rows = double(estimate(plan.m.extent)) * estimateProduct(plan.mOuter);
  double columns =
      double(estimate(plan.n.extent)) * estimateProduct(plan.nOuter);
  double sum =
      double(estimateProduct(plan.kBlock)) * estimateProduct(plan.kOuter);
  double work = rows * columns * sum;
  int64_t points = 1;
  unsigned numDistributed = 0;
  while (numDistributed < plan.batch.size() && points < kManyPieces)
    points *=
        std::max<int64_t>(estimate(plan.batch[numDistributed++].extent), 1);
  if (points >= kMinPieces) {
    if (work * estimateProduct(plan.batch) < kMinThreadedWork)
      return;
    plan.distribution = Distribution::batch;
    plan.numDistributed = numDistributed;
    return;
  }
  int64_t mTiles = countTiles(plan.m, plan.mOuter, plan.mr);
  int64_t nTiles = countTiles(plan.n, plan.nOuter, plan.nr());
  // Rows are shared out anew for every block of B.
  double blockWork = rows * std::min<double>(columns, plan.nTiles * plan.nr()) *
                     std::min<double>(sum, plan.kBlockSize());
  if (mTiles >= kMinPieces && blockWork >= kMinThreadedWork) {
    plan.distribution = Distribution::rows;
    plan.mTiles =
        std::min<int64_t>(plan.mTiles, llvm::divideCeil(mTiles, kManyPieces));
  } else if (nTiles >= kMinPieces && work >= kMinThreadedWork) {
    plan.distribution = Distribution::columns;
    plan.nTiles =
        std::min<int64_t>(plan.nTiles, llvm::divideCeil(nTiles, kManyPieces));
  }
}
