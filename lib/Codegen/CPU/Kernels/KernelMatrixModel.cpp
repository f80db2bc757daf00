//===- KernelMatrixModel.cpp - Cost model of the matrix unit --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModel.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir::tensornet;
using namespace mlir::tensornet::cpu;

/// About how many bytes of each row a block for the matrix unit holds: a tile
/// of A stays in the first cache while tiles of B pass by. Rows of up to
/// kMatrixWholeBytes are one block: C is updated once, which pays for more of
/// A.
static constexpr int64_t kMatrixBlockBytes = 512;
static constexpr int64_t kMatrixWholeBytes = 1024;
/// Bytes of rows of A that are one block where one tile of columns reads them,
/// once: C is stored, not updated.
static constexpr int64_t kMatrixOnceBytes = 4096;
/// Bytes of rows that dot products of vectors multiply in one block: C is
/// updated by vectors, the fewer times the better.
static constexpr int64_t kDotBlockBytes = 2048;
/// About the multiply-adds of vectors that the time of others compares with,
/// measured on Zen 4: of vectors of bytes, which are widened, and those that
/// copying a number of an operand takes which is contiguous along the sum, or
/// across it, where pairs of halves are interleaved; bytes take as long in
/// twice their number.
static constexpr double kWidenedByte = 1.3;
static constexpr double kAlongRowCopy = 0.08, kAlongColumnCopy = 0.2,
                        kAcrossRowCopy = 0.45, kAcrossColumnCopy = 0.3;
/// The most tiles of columns for which the matrix unit reads bytes in place.
/// Exponents of halves have to be noted, points that fill no register copied
/// each time.
static constexpr int64_t kMostInPlaceTiles = 16;

/// True where dot products, each in the time of one multiply-add, are faster
/// than these in spite of what packing takes.
static bool paysForDots(const KernelPlan &plan, int64_t bytes) {
  const KernelDim &k = plan.kBlock[0];
  int64_t rows = estimate(plan.m.extent), columns = estimate(plan.n.extent);
  int64_t points = estimate(k.extent), group = sizeof(float) / bytes;
  double vectors = double(llvm::divideCeil(columns, plan.vectorLength));
  double widening = bytes == 1 ? kWidenedByte : 1;
  double adds = double(rows) * vectors * double(points) * widening;
  int64_t dotRows = plan.lastDotRows() ? rows : llvm::alignTo(rows, kDotRows);
  double dots = double(dotRows) * vectors *
                double(llvm::alignTo(points, kMatrixRowBytes / bytes)) /
                double(group);
  double copies =
      double(rows) * (k.isUnit(kA) ? kAlongRowCopy : kAcrossRowCopy) +
      double(columns) * (k.isUnit(kB) ? kAlongColumnCopy : kAcrossColumnCopy);
  return dots + copies * double(points) * 2 / double(group) < adds;
}

/// How many blocks of the sum tiles of the unit hold one after the other.
static int64_t countUnitBlocks(const KernelPlan &plan, int64_t bytes) {
  const KernelDim &k = plan.kBlock[0];
  int64_t rowBytes = estimate(k.extent) * bytes;
  if (k.isUnit(kA) && countColumnTiles(plan) == 1 &&
      rowBytes <= kMatrixOnceBytes)
    return 1;
  if (plan.usesDots)
    return llvm::divideCeil(rowBytes, kDotBlockBytes);
  return rowBytes <= kMatrixWholeBytes
             ? 1
             : llvm::divideCeil(rowBytes, kMatrixBlockBytes);
}

bool cpu::useMatrixUnit(KernelPlan &plan, int64_t bytes, MatrixUnit unit,
                        bool parallel) {
  bool dots = isOfVectors(unit);
  if (plan.parts != 1 || plan.vectorLength != kMatrixSide ||
      plan.kBlock.size() != 1)
    return false;
  const KernelDim &k = plan.kBlock[0];
  if ((!k.isUnit(kA) && !plan.m.isUnit(kA)) ||
      (!k.isUnit(kB) && !plan.n.isUnit(kB)))
    return false;
  int64_t depth = kMatrixRowBytes / bytes;
  // 512 multiplications of halves per cycle, against 32 of two vector units;
  // half of the gain goes to packing.
  auto fill = [](const KernelDim &dim, int64_t size) {
    return double(estimate(dim.extent)) /
           llvm::alignTo(estimate(dim.extent), size);
  };
  double filled =
      fill(plan.m, kMatrixSide) * fill(plan.n, kMatrixSide) * fill(k, depth);
  double work = double(estimate(plan.m.extent)) * estimate(plan.n.extent) *
                estimate(k.extent);
  if (work < 16 * 16 * 16 ||
      (dots ? !paysForDots(plan, bytes) : filled < 1.0 / 8))
    return false;
  plan.usesDots = dots;
  plan.matrixUnit = plan.packA = plan.packB = true;
  plan.matrixDepth = depth;
  plan.joinColumns = false;
  plan.mr =
      estimate(plan.m.extent) > kMatrixSide ? 2 * kMatrixSide : kMatrixSide;
  plan.nv = estimate(plan.n.extent) > kMatrixSide ? 2 : 1;
  plan.kTile = llvm::alignTo(
      llvm::divideCeil(estimate(k.extent), countUnitBlocks(plan, bytes)),
      depth);
  KernelTarget target;
  target.elementBytes = bytes;
  chooseBlocks(plan, target);
  // Few tiles of rows find the tiles of B where packing left them.
  plan.prefetchB =
      !dots && countColumnTiles(plan) > 1 && countRowTiles(plan) > 2;
  chooseGroup(plan, target);
  plan.distribution = Distribution::none;
  plan.numDistributed = 0;
  if (parallel)
    llvm::cantFail(distributeKernel(plan));
  return true;
}

/// Registers are whole: the last tile of rows begins early, and the points that
/// fill none are those of one block, which copies them.
void cpu::readUnitRowsInPlace(KernelPlan &plan) {
  const KernelDim &k = plan.kBlock[0];
  bool hasWholeRows = plan.m.extent >= plan.mr &&
                      plan.m.strides[kA] != kDynamicExtent && k.isUnit(kA);
  bool fillsRegisters = k.extent % plan.matrixDepth == 0;
  bool hasWholePoints = k.extent >= plan.matrixDepth &&
                        (fillsRegisters || plan.kTile >= k.extent);
  bool isBytes = plan.matrixDepth == kMatrixRowBytes;
  int64_t mostTiles = isBytes && fillsRegisters ? kMostInPlaceTiles : 1;
  if (hasWholeRows && hasWholePoints && plan.bounds.empty() &&
      countColumnTiles(plan) <= mostTiles)
    plan.packA = false;
}
