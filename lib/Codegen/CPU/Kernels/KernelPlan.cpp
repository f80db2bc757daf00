//===- KernelPlan.cpp - Plans of contraction kernels ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModel.h"
#include "KernelOrder.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

namespace {

/// Below this many multiplications a loop nest is as fast.
constexpr int64_t kMinWork = 32;
/// Up to this many, vectors are no longer than the rows of the result, so that
/// what one op stores the next one loads without waiting.
constexpr int64_t kTinyWork = 1 << 15;
/// Up to this many rows, the last ones may have dot products of their own: in
/// others their time is not much.
constexpr int64_t kFewDotRows = 8 * kDotRows;
/// From this many multiplications at a point of the batch on, the last tile of
/// rows has code of its own, which takes time to compile.
constexpr double kLastRowsWork = 1 << 22;
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

/// The member of `groups` that `dim`, with operands 0 and 1 as they are in the
/// kernel, belongs to.
llvm::SmallVector<KernelDim, 2> &getGroup(KernelGroups &groups,
                                          const KernelDim &dim) {
  if (!dim.present[kC])
    return groups.k;
  if (dim.present[kA] && dim.present[kB])
    return groups.batch;
  return dim.present[kA] ? groups.m : groups.n;
}

/// Multiplications at one point of the batch.
double countWork(const KernelGroups &groups) {
  return double(estimateProduct(groups.m)) * double(estimateProduct(groups.n)) *
         double(estimateProduct(groups.k));
}

template <typename... Parts>
llvm::Error refuse(const Parts &...parts) {
  std::string text = "kernel ";
  llvm::raw_string_ostream os(text);
  (os << ... << parts);
  return llvm::createStringError(text);
}

/// Makes one plan: what `choice` gives is checked, the model chooses the rest.
class Planner {
public:
  Planner(const KernelTarget &target, const KernelChoice &choice)
      : target(target), choice(choice) {}

  llvm::Expected<KernelPlan> run(llvm::ArrayRef<KernelDim> dims);

private:
  llvm::Error group(llvm::ArrayRef<KernelDim> dims);
  llvm::Error checkWork();
  /// Puts the dimensions of one role into the order that is given, or checks
  /// nothing where none is.
  llvm::Error order(llvm::StringRef role,
                    const std::optional<KernelChoice::Indices> &given,
                    llvm::SmallVector<KernelDim, 2> &dims);
  llvm::Error orderDims();
  void chooseVectors();
  llvm::Error checkJoining() const;
  llvm::Error tile();
  llvm::Error block();
  llvm::Error blockSumAndPack(KernelPlan &blocked, int64_t limit, bool exact);
  llvm::Error blockSumByModel();
  llvm::Error checkPacking(const KernelPlan &packed) const;
  llvm::Error checkBuffers() const;

  KernelTarget target;
  const KernelChoice &choice;
  KernelPlan plan;
  /// The dimensions before and after merging.
  llvm::SmallVector<KernelDim> all;
  KernelGroups groups;
};

llvm::Error Planner::group(llvm::ArrayRef<KernelDim> given) {
  llvm::SmallVector<KernelDim> dims(given);
  coalesceDims(dims);
  auto *vectorDim = llvm::find_if(dims, [](const KernelDim &dim) {
    return dim.isUnit(kC) && dim.present[kA] != dim.present[kB];
  });
  if (vectorDim == dims.end())
    return refuse("is impossible: the result is not contiguous along an index "
                  "of one operand");
  plan.swapped = vectorDim->present[kA];
  if (choice.swap && *choice.swap != plan.swapped)
    return refuse("has swap = ", *choice.swap ? "true" : "false",
                  ", but index '", getIndexName(vectorDim->source),
                  "', along which the result is contiguous, is in operand #",
                  plan.swapped ? 0 : 1);
  auto swapped = [&](KernelDim dim) {
    if (plan.swapped) {
      std::swap(dim.present[kA], dim.present[kB]);
      std::swap(dim.strides[kA], dim.strides[kB]);
    }
    return dim;
  };
  if (plan.swapped) {
    std::swap(target.computes[kA], target.computes[kB]);
    std::swap(target.converts[kA], target.converts[kB]);
  }
  for (const KernelDim &dim : given)
    all.push_back(swapped(dim));
  for (const KernelDim &dim : dims) {
    KernelDim turned = swapped(dim);
    getGroup(groups, turned).push_back(turned);
  }
  if (groups.k.empty())
    return refuse("is impossible: no index is summed");
  return llvm::Error::success();
}

llvm::Error Planner::checkWork() {
  double work = countWork(groups);
  if (work < kMinWork)
    return refuse("does not pay: there are only ", work, " multiplications");
  return llvm::Error::success();
}

llvm::Error Planner::order(llvm::StringRef role,
                           const std::optional<KernelChoice::Indices> &given,
                           llvm::SmallVector<KernelDim, 2> &dims) {
  if (!given)
    return llvm::Error::success();
  llvm::SmallVector<KernelDim, 2> ordered;
  for (IndexId index : *given) {
    auto *dim = llvm::find_if(
        all, [&](const KernelDim &d) { return d.source == index; });
    if (dim == all.end())
      return refuse("lists index '", getIndexName(index), "' in ", role,
                    ", but the contraction has no such index");
    auto hasIndex = [&](const KernelDim &d) {
      return d.source == index || llvm::is_contained(d.outerSources, index);
    };
    if (&getGroup(groups, *dim) != &dims)
      return refuse("lists index '", getIndexName(index), "' in ", role,
                    ", where it does not belong");
    if (llvm::any_of(ordered, hasIndex))
      continue;
    // Indices of extent 1 have no loop.
    if (auto *loop = llvm::find_if(dims, hasIndex); loop != dims.end())
      ordered.push_back(*loop);
  }
  for (const KernelDim &dim : dims)
    if (llvm::none_of(ordered, [&](const KernelDim &d) {
          return d.source == dim.source;
        }))
      return refuse("leaves index '", getIndexName(dim.source), "' out of ",
                    role);
  dims = ordered;
  return llvm::Error::success();
}

llvm::Error Planner::orderDims() {
  orderByModel(groups);
  if (llvm::Error error = order("batch", choice.batch, groups.batch))
    return error;
  if (llvm::Error error = order("rows", choice.rows, groups.m))
    return error;
  if (llvm::Error error = order("columns", choice.columns, groups.n))
    return error;
  if (llvm::Error error = order("sum", choice.sum, groups.k))
    return error;
  if (!groups.n.back().isUnit(kC))
    return refuse("runs vectors along index '",
                  getIndexName(groups.n.back().source),
                  "', along which the result is not contiguous");
  plan.batch = groups.batch;
  plan.n = groups.n.back();
  plan.nOuter.assign(groups.n.begin(), groups.n.end() - 1);
  if (!groups.m.empty()) {
    plan.m = groups.m.back();
    plan.mOuter.assign(groups.m.begin(), groups.m.end() - 1);
  }
  return llvm::Error::success();
}

/// Shortens the vectors of `target`, to a quarter at most, where there is
/// little work, and those of 512 bits to half where all columns fill no more:
/// Zen 4 multiplies such vectors in half the time, and there are as many as
/// there were whole ones. A matrix unit has whole ones.
void Planner::chooseVectors() {
  int64_t needed = llvm::PowerOf2Ceil(estimate(plan.n.extent));
  bool isTiny = countWork(groups) <= kTinyWork;
  bool isWide =
      target.vectorLength * target.elementBytes == kWideBytes * target.parts;
  bool fillsHalf = isWide && plan.nOuter.empty() &&
                   plan.n.extent != kDynamicExtent &&
                   target.readsAsStored(kA) && target.readsAsStored(kB);
  if ((isTiny || fillsHalf) && needed < target.vectorLength)
    target.vectorLength =
        std::max({needed, target.vectorLength / (isTiny ? 4 : 2), int64_t(2)});
  plan.vectorLength = target.vectorLength;
}

llvm::Error Planner::checkJoining() const {
  if (canJoinColumns(plan))
    return llvm::Error::success();
  for (const KernelDim &dim : groups.n)
    if (dim.extent == kDynamicExtent)
      return refuse("joins columns, but only the run knows the extent of "
                    "index '",
                    getIndexName(dim.source), "'");
  return refuse("joins columns, but index '", getIndexName(plan.n.source),
                "' is their only loop");
}

llvm::Error Planner::tile() {
  auto getSize = [](const std::optional<KernelChoice::Sizes> &sizes)
      -> std::optional<int64_t> {
    if (!sizes)
      return std::nullopt;
    return sizes->front();
  };
  std::optional<int64_t> mr = getSize(choice.rowTile),
                         nr = getSize(choice.columnTile), nv;
  for (const auto &sizes : {choice.rowTile, choice.columnTile, choice.rowGroup})
    if (sizes && sizes->size() != 1)
      return refuse("has a tile of ", sizes->size(), " sizes, expected one");
  if (nr) {
    if (*nr % target.vectorLength != 0)
      return refuse("has tiles of ", *nr,
                    " columns, which do not fill vectors of ",
                    target.vectorLength, " elements");
    nv = *nr / target.vectorLength;
  }
  plan.mr = 0;
  int64_t most = target.numRegisters;
  if (choice.joinColumns.value_or(false))
    if (llvm::Error error = checkJoining())
      return error;
  if (std::max(mr.value_or(1), nv.value_or(1)) < most)
    chooseTile(plan, target, groups.k, {mr, nv, choice.joinColumns});
  if (plan.mr == 0)
    return refuse("has tiles of ", mr.value_or(1), " rows and ",
                  nr.value_or(target.vectorLength),
                  " columns, which need more than the ", most,
                  " registers of the target");
  return llvm::Error::success();
}

llvm::Error Planner::checkPacking(const KernelPlan &packed) const {
  if (!packed.packB && packed.joinColumns)
    return refuse("joins columns, but does not pack b");
  if (!packed.packB && !packed.n.isUnit(kB))
    return refuse("does not pack b, but index '", getIndexName(packed.n.source),
                  "', along which vectors run, is not contiguous in it");
  for (auto [pack, name] : {std::pair(packed.packA, "a"), {packed.packB, "b"}})
    if (!pack && packed.kBlock.size() != 1)
      return refuse("does not pack ", name, ", but its blocks sum over ",
                    packed.kBlock.size(), " indices");
  return llvm::Error::success();
}

llvm::Error Planner::blockSumAndPack(KernelPlan &blocked, int64_t limit,
                                     bool exact) {
  blockSum(blocked, groups.k, limit, exact);
  choosePacking(blocked, target);
  blocked.packA = choice.packA.value_or(blocked.packA);
  blocked.packB = choice.packB.value_or(blocked.packB);
  return checkPacking(blocked);
}

/// Buffers for tiles have to fit any memory.
llvm::Error Planner::checkBuffers() const {
  double depth = double(plan.kBlockSize());
  if (std::max(double(plan.mTiles) * plan.mr, double(plan.nTiles) * plan.nr()) *
          depth >
      0x1p40)
    return refuse("has blocks of ", plan.mTiles, " tiles of rows and ",
                  plan.nTiles, " tiles of columns, which no memory holds");
  return llvm::Error::success();
}

llvm::Error Planner::blockSumByModel() {
  KernelPlan whole = plan;
  if (llvm::Error error =
          blockSumAndPack(whole, int64_t(1) << 40, /*exact=*/false))
    return error;
  // Where threads share out the sum, it is cut for code without threads, too.
  // They share out the rows of an A that short blocks read in place.
  auto points = streamsSideBySide(plan, target, groups.k)
                    ? std::nullopt
                    : choosePiecePoints(plan, groups.k);
  if (points) {
    KernelPlan pieces = plan;
    if (llvm::Error error = blockSumAndPack(pieces, *points, /*exact=*/true))
      return error;
    chooseBlocks(pieces, target);
    if (sharesOutSum(pieces)) {
      plan = pieces;
      return llvm::Error::success();
    }
  }
  int64_t limit =
      chooseBlockPoints(plan, target, groups.k, whole.packA || whole.packB);
  return blockSumAndPack(plan, limit, /*exact=*/false);
}

llvm::Error Planner::block() {
  llvm::Error error =
      choice.block ? blockSumAndPack(plan, choice.block->back(), /*exact=*/true)
                   : blockSumByModel();
  if (error)
    return error;
  chooseBlocks(plan, target);
  if (choice.block) {
    plan.mTiles = llvm::divideCeil((*choice.block)[0], plan.mr);
    plan.nTiles = llvm::divideCeil((*choice.block)[1], plan.nr());
  }
  if (choice.rowGroup)
    plan.groupTiles = llvm::divideCeil(choice.rowGroup->front(), plan.mr);
  else
    chooseGroup(plan, target);
  return checkBuffers();
}

llvm::Expected<KernelPlan> Planner::run(llvm::ArrayRef<KernelDim> dims) {
  if (llvm::any_of(dims, [](const KernelDim &d) { return d.extent == 0; }))
    return refuse("is impossible: an index has extent 0");
  if (!fitMemory(dims))
    return refuse("is impossible: an operand is larger than any memory");
  plan.parts = target.parts;
  if (llvm::Error error = group(dims))
    return error;
  if (choice.empty())
    if (llvm::Error error = checkWork())
      return error;
  if (llvm::Error error = orderDims())
    return error;
  // Vector loops know no complex numbers.
  if (choice.empty() && groups.m.empty() && !plan.n.isUnit(kB) &&
      target.parts == 1)
    return refuse("does not pay: rows of a matrix are multiplied by a vector");
  chooseVectors();
  if (llvm::Error error = tile())
    return error;
  if (llvm::Error error = block())
    return error;
  return plan;
}

} // namespace

bool KernelDim::isStatic() const {
  return extent != kDynamicExtent &&
         !llvm::is_contained(strides, kDynamicExtent);
}

KernelTarget KernelTarget::get(int64_t vectorBits, int64_t elementBytes,
                               int64_t parts) {
  KernelTarget target;
  target.elementBytes = elementBytes;
  target.parts = parts;
  target.vectorLength =
      std::max<int64_t>(vectorBits / 8 * parts / elementBytes, 2);
  target.numRegisters = vectorBits >= 512 ? 32 : 16;
  return target;
}

int64_t KernelPlan::kBlockSize() const {
  int64_t points = kTile;
  for (const KernelDim &dim :
       llvm::ArrayRef(kBlock).drop_front(!kBlock.empty()))
    points *= dim.extent;
  return matrixUnit ? llvm::alignTo(points, matrixDepth) : points;
}

int64_t KernelPlan::countSumBlocks() const {
  if (kBlock[0].extent == kDynamicExtent)
    return kDynamicExtent;
  int64_t blocks = llvm::divideCeil(kBlock[0].extent, kTile);
  for (const KernelDim &dim : kOuter) {
    if (dim.extent == kDynamicExtent)
      return kDynamicExtent;
    blocks *= dim.extent;
  }
  return blocks;
}

/// True where B is contiguous along the last dimension of nOuter, which is as
/// long as half a vector.
static bool isUnitAcross(const KernelPlan &plan) {
  if (!plan.packB || plan.matrixUnit || plan.parts != 1 ||
      plan.nOuter.empty() || plan.n.isUnit(kB) ||
      !llvm::isPowerOf2_64(plan.vectorLength) || plan.kBlock.back().isUnit(kB))
    return false;
  const KernelDim &outer = plan.nOuter.back();
  return outer.isUnit(kB) && outer.extent != kDynamicExtent &&
         2 * outer.extent >= plan.vectorLength;
}

bool KernelPlan::packsAcross() const {
  return !joinColumns && isUnitAcross(*this);
}

bool KernelPlan::collectsColumns() const {
  return joinColumns && isUnitAcross(*this);
}

int64_t KernelPlan::lastDotRows() const {
  bool areFew = m.extent != kDynamicExtent && m.extent <= kFewDotRows;
  int64_t last = areFew ? m.extent % kDotRows : 0;
  return last <= kDotRows / 2 ? last : 0;
}

int64_t KernelPlan::columnExtent() const {
  int64_t columns = n.extent;
  if (joinColumns)
    for (const KernelDim &dim : nOuter)
      columns *= dim.extent;
  return columns;
}

/// Multiplications at one point of the batch.
static double countWork(const KernelPlan &plan) {
  auto [rows, columns, sum] = estimateExtents(plan);
  return rows * columns * sum;
}

bool KernelPlan::isTiny() const { return countWork(*this) <= kTinyWork; }

int64_t KernelPlan::lastRows() const {
  if (matrixUnit || m.extent == kDynamicExtent || m.extent < mr ||
      countWork(*this) < kLastRowsWork)
    return 0;
  return m.extent % mr;
}

bool KernelPlan::hasWholeRuns() const {
  return packsAcross() && nTiles % nOuter.back().extent == 0;
}

int64_t KernelPlan::columnUnit() const {
  if (!packsAcross())
    return 1;
  int64_t run = nOuter.back().extent;
  return hasWholeRuns() ? run : std::min(vectorLength, run);
}

void cpu::coalesceDims(llvm::SmallVectorImpl<KernelDim> &dims) {
  llvm::erase_if(dims, [](const KernelDim &dim) { return dim.extent == 1; });
  auto fits = [](const KernelDim &outer, const KernelDim &inner) {
    if (!outer.isStatic() || !inner.isStatic() || outer.isBounded ||
        inner.isBounded || outer.present != inner.present)
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
    auto sources = outer->outerSources;
    sources.push_back(outer->source);
    llvm::append_range(sources, dims[i].outerSources);
    dims[i].outerSources = sources;
    dims.erase(outer);
    i = 0;
  }
}

llvm::Expected<KernelPlan> cpu::planKernel(llvm::ArrayRef<KernelDim> dims,
                                           const KernelTarget &target,
                                           const KernelChoice &choice) {
  return Planner(target, choice).run(dims);
}

std::optional<KernelPlan> cpu::planKernel(llvm::ArrayRef<KernelDim> dims,
                                          const KernelTarget &target) {
  return llvm::expectedToOptional(planKernel(dims, target, KernelChoice()));
}
