//===- KernelModel.h - Cost model of contraction kernels --------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELMODEL_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELMODEL_H

#include "Threads/Threads.h"
#include "tensornet/Codegen/CPU/Kernels/KernelPlan.h"

namespace mlir::tensornet::cpu {

/// About how many points of the sum a block holds.
inline constexpr int64_t kBlockPoints = 320;
/// An operand below this size is read in place where its layout allows.
inline constexpr int64_t kUnpackedBytes = 128 << 10;
/// Rows of A that are read in place side by side, at most.
inline constexpr int64_t kStreams = 9;
/// What may stay in the first cache, and half of it for a tile of B.
inline constexpr int64_t kFirstCacheBytes = 48 << 10;
inline constexpr int64_t kLineBytes = 64;
inline constexpr int64_t kSecondCacheBytes = 2 << 20;
/// An operand of more numbers that are converted comes from memory, counted in
/// bytes of the type that they are converted to: that takes longer than to
/// convert them several times.
inline constexpr int64_t kConvertedBytes = 32 << 20;
/// Bytes of the vectors that some processors multiply in two halves.
inline constexpr int64_t kWideBytes = 64;
/// A compact B whose vectors cross lines is read in place where it has at most
/// this size and few tiles read it.
inline constexpr int64_t kUnpackedColumnsBytes = 768 << 10;

/// The extent, or a typical one where only the run knows it.
int64_t estimate(int64_t extent);

/// The number of points of `dims`, or one that is as good as all that are
/// larger.
int64_t estimateProduct(llvm::ArrayRef<KernelDim> dims);

/// Points of all rows, columns and the sum of a kernel, or typical ones.
struct KernelExtents {
  double rows, columns, sum;
};
KernelExtents estimateExtents(const KernelPlan &plan);

/// The number of tiles of rows, and of columns, at one point of the batch.
int64_t countRowTiles(const KernelPlan &plan);
int64_t countColumnTiles(const KernelPlan &plan);

/// Vector registers that a tile of `mr` rows of `nv` vectors needs, for
/// elements of `parts` numbers.
int64_t countRegisters(int64_t mr, int64_t nv, int64_t parts);

/// What is given of a register tile.
struct TileChoice {
  std::optional<int64_t> mr, nv;
  std::optional<bool> joinColumns;
};

/// True where there are columns that tiles may join.
bool canJoinColumns(const KernelPlan &plan);

/// Chooses the register tile with the least time for all tiles together, which
/// sum over `k`, and whether columns are joined. What is given is kept.
void chooseTile(KernelPlan &plan, const KernelTarget &target,
                llvm::ArrayRef<KernelDim> k, const TileChoice &given);

/// True where few rows or few columns multiply an operand along the sum, along
/// which both operands lie: vectors along the sum turn nothing round and fill
/// their lanes.
bool multipliesFewVectors(const KernelPlan &plan, const KernelTarget &target);

/// True where few tiles of columns read A, one right after the other, in runs
/// along as many rows as the prefetcher follows and one cache set holds.
bool streamsRows(const KernelPlan &plan, const KernelDim &k, int64_t mr,
                 int64_t nv);

/// True where few columns read a large A whose rows lie side by side. To copy
/// it into tiles takes longer than to read blocks of few points of the sum, for
/// each of which a C that the second cache holds is updated once more.
bool streamsSideBySide(const KernelPlan &plan, const KernelTarget &target,
                       llvm::ArrayRef<KernelDim> sum);

/// How many points of the sum over `k` a block holds at most. Unless the kernel
/// `copies` operands, sums are cut only where memory is read faster so.
int64_t chooseBlockPoints(const KernelPlan &plan, const KernelTarget &target,
                          llvm::ArrayRef<KernelDim> k, bool copies);

/// How many points of the sum over `k` each of an even number of blocks holds,
/// so that threads may share these out; std::nullopt where they had better not.
std::optional<int64_t> choosePiecePoints(const KernelPlan &plan,
                                         llvm::ArrayRef<KernelDim> k);

/// True where the model lets threads share out the blocks of the sum.
bool sharesOutSum(const KernelPlan &plan);

/// Puts the dimensions `k` into kOuter and kBlock: blocks hold whole inner
/// dimensions up to `limit` points; the pieces of a dimension that is cut are
/// about equal unless `exact`.
void blockSum(KernelPlan &plan, llvm::SmallVector<KernelDim, 2> k,
              int64_t limit, bool exact);

/// Where B is packed across tiles, rounds the number of tiles of columns in a
/// block: to whole runs where one about fits, else up so that squares fill it.
void fillSquares(KernelPlan &plan);

/// Chooses how many tiles of rows form a group, given the packed operands.
void chooseGroup(KernelPlan &plan, const KernelTarget &target);

/// Chooses sizes of cache blocks, in tiles.
void chooseBlocks(KernelPlan &plan, const KernelTarget &target);

/// How many vectors of B, read in place, lie in two lines each, for each line
/// of it. Expects a static stride along `k`.
double countCrossings(const KernelTarget &target, const KernelDim &k);

/// True where B is better copied into tiles, given the register tile and the
/// dimensions of the sum in `plan`.
bool needsPackedColumns(const KernelPlan &plan, const KernelTarget &target);

/// Chooses which operands are copied into tiles.
void choosePacking(KernelPlan &plan, const KernelTarget &target);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELMODEL_H
