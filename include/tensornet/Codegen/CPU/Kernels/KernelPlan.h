//===- KernelPlan.h - Plans of contraction kernels --------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_KERNELS_KERNELPLAN_H
#define TENSORNET_CODEGEN_CPU_KERNELS_KERNELPLAN_H

#include "tensornet/Analysis/KernelChoice.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"

#include "llvm/Support/Error.h"

#include <array>
#include <optional>

namespace mlir::tensornet::cpu {

/// Operand numbers of C[batch, m, n] += A[batch, m, k] * B[batch, k, n].
enum KernelOperand : unsigned { kA = 0, kB = 1, kC = 2 };

/// Rows and columns of one register of a matrix unit, and bytes of a row.
inline constexpr int64_t kMatrixSide = 16, kMatrixRowBytes = 64;
/// Rows of A that registers hold the sums of at a time where dot products of
/// vectors multiply them.
inline constexpr int64_t kDotRows = 8;

/// One loop dimension of a binary contraction.
struct KernelDim {
  /// An index of the contraction whose extent and strides this dimension has.
  /// Where several indices were merged, extent and strides are static.
  IndexId source = 0;
  /// The other indices that were merged, outermost first.
  llvm::SmallVector<IndexId, 0> outerSources;
  /// Extent; kDynamicExtent where only the run knows it.
  int64_t extent = 1;
  /// The operands that the dimension occurs in.
  std::array<bool, 3> present = {false, false, false};
  /// Element strides; 0 where absent, kDynamicExtent where unknown.
  std::array<int64_t, 3> strides = {0, 0, 0};

  /// Part of a bound: never merged with other dimensions.
  bool isBounded = false;

  bool isStatic() const;
  /// True where the dimension occurs in `operand` with stride 1.
  bool isUnit(KernelOperand operand) const {
    return present[operand] && strides[operand] == 1;
  }
};

/// Points that a kernel may leave out: those where the sum of coefficient *
/// index, plus the constant and coefficient * value of the origin, is negative.
struct KernelBound {
  llvm::SmallVector<std::pair<IndexId, int64_t>, 2> terms;
  int64_t constant = 0;
  /// Numbers of values of the origin, and their coefficients.
  llvm::SmallVector<std::pair<unsigned, int64_t>, 2> origin;
  /// An index of the sum is among the terms.
  bool limitsSum = false;
  /// The kernel has to leave these points out.
  bool isStrict = false;
};

/// What the kernel is generated for.
struct KernelTarget {
  /// Real numbers per vector register.
  int64_t vectorLength = 16;
  int64_t numRegisters = 32;
  /// Bytes of one element of the compute type.
  int64_t elementBytes = 4;
  /// Real numbers per element: two where it is complex.
  int64_t parts = 1;
  /// Copies of operands 0 and 1 compute their numbers by an elementwise op.
  std::array<bool, 2> computes = {false, false};
  /// The numbers of operands 0 and 1 have a narrower type: copies convert them,
  /// or every load does.
  std::array<bool, 2> converts = {false, false};

  /// True where the numbers of an operand are read as they lie in memory.
  bool readsAsStored(KernelOperand operand) const {
    return !computes[operand] && !converts[operand];
  }

  /// The target with registers of `vectorBits` bits, for elements of `parts`
  /// real numbers.
  static KernelTarget get(int64_t vectorBits, int64_t elementBytes,
                          int64_t parts = 1);
};

/// A register-tiled, cache-blocked way to compute one binary contraction.
///
/// Loops, outermost first: batch, blocks of columns, kOuter and blocks of
/// kBlock, blocks of rows, groups of row tiles, column tiles, row tiles, k. A
/// row tile is `mr` rows of dimension `m` at one point of `mOuter`; a column
/// tile is `nv` vectors along dimension `n` at one point of `nOuter`, unless
/// columns are joined.
struct KernelPlan {
  /// Operands 0 and 1 of the contraction are B and A.
  bool swapped = false;
  llvm::SmallVector<KernelDim, 2> batch, mOuter, nOuter, kOuter;
  KernelDim m, n;
  /// The dimensions of one k block, outermost first; the first one is cut into
  /// pieces of `kTile`. All but the first have static extents.
  llvm::SmallVector<KernelDim, 2> kBlock;
  int64_t mr = 1, nv = 1, vectorLength = 1;
  /// Tiles of columns run on from one point of `nOuter` to the next, so that
  /// only the last one may be short. B is packed; extents of columns are
  /// static.
  bool joinColumns = false;
  /// Real numbers per element. Tiles of complex numbers hold, for each k point,
  /// all real and then all imaginary parts; a vector of them takes two
  /// registers.
  int64_t parts = 1;
  /// Products of narrow numbers go through a matrix unit: tiles hold these as
  /// they are, in an order of their own, and k points up to a multiple of
  /// matrixDepth.
  bool matrixUnit = false;
  /// The k points of one register of the matrix unit: 32 of halves, 64 of
  /// bytes.
  int64_t matrixDepth = 0;
  /// That unit is vectors' dot products of the k points which four bytes hold.
  bool usesDots = false;
  int64_t kTile = 1;
  /// Tiles per cache block.
  int64_t mTiles = 1, nTiles = 1;
  /// Tiles of rows that all meet one tile of columns before the next one.
  int64_t groupTiles = 1;
  bool packA = true, packB = true;
  /// A tile of B, packed, is too large for the first cache: its columns are
  /// asked for some steps ahead. Or B is read in place from memory: each point
  /// of the sum asks for the columns of the next tile.
  bool prefetchB = false;
  /// A is read in place from memory, rows side by side at each point of the
  /// sum, which asks for those of the next tile.
  bool prefetchA = false;
  Distribution distribution = Distribution::none;
  /// Register tiles and parts of sums without points that satisfy these are
  /// left out.
  llvm::SmallVector<KernelBound, 2> bounds;
  /// Number of leading dimensions of `batch` that threads share out.
  unsigned numDistributed = 0;

  /// True where vectors of B run along the last dimension of nOuter, across
  /// tiles: squares of columns and tiles are transposed on the way into tiles,
  /// which are numbered along that dimension first.
  bool packsAcross() const;
  /// The same for joined columns, which are collected row by row on the way.
  bool collectsColumns() const;
  /// True where, in addition, blocks hold whole runs along that dimension.
  bool hasWholeRuns() const;
  /// Tiles of columns that one thread had better take together: those that
  /// packing makes at one time.
  int64_t columnUnit() const;
  /// True where each of the threads that the run has computes one part.
  bool asksForThreads() const {
    return distribution == Distribution::rows ||
           distribution == Distribution::columns ||
           distribution == Distribution::sum;
  }
  /// The number of blocks of the sum; kDynamicExtent where only the run knows.
  int64_t countSumBlocks() const;
  /// True for so few multiplications that everything is in the first cache.
  bool isTiny() const;
  /// True where a register tile and a point of the sum determine whether
  /// `bound` holds: it is about no index of the batch, and about columns only
  /// where those are not joined.
  bool determines(const KernelBound &bound) const;
  /// True where bounds leave out register tiles, which then are not finished.
  bool skipsTiles() const;
  /// False where a vector is multiplied by a matrix.
  bool hasRows() const { return m.present[kA]; }
  /// The rows of the last tile along `m` where code of its own computes it;
  /// zero where it has as many rows as others, or is computed like these.
  int64_t lastRows() const;
  /// The last rows that dot products multiply, where code of their own does
  /// that; zero where it is that of `kDotRows`.
  int64_t lastDotRows() const;
  /// The k points that registers of the matrix unit hold side by side, in four
  /// bytes.
  int64_t matrixGroup() const { return matrixDepth / kMatrixSide; }
  /// The multiplications per cycle of the matrix unit.
  double unitRate() const {
    return double(usesDots ? vectorLength * matrixGroup()
                           : kMatrixSide * matrixDepth);
  }
  /// True where the matrix unit loads rows of A from where they are.
  bool readsUnitRows() const { return matrixUnit && !packA; }
  /// Columns of a column tile.
  int64_t nr() const { return nv * vectorLength; }
  /// Columns that tiles follow one another along: all where they are joined,
  /// else those of `n`. kDynamicExtent where only the run knows.
  int64_t columnExtent() const;
  /// The largest number of k points in a block, as tiles hold it.
  int64_t kBlockSize() const;
  /// The choice in one line, for people.
  std::string describe() const;
  /// Everything that was chosen, from which planKernel makes this plan again.
  KernelChoice getChoice() const;
};

/// Merges dimensions that are adjacent in memory in every operand that has
/// them and drops those of extent 1. The order of the rest is kept.
void coalesceDims(llvm::SmallVectorImpl<KernelDim> &dims);

/// The plan for the contraction with these dimensions (operands 0 and 1 and
/// the result; a dimension occurs in at least two of them or in one input and
/// the result). Returns std::nullopt where a plain loop nest is as good or
/// better: no dimension of stride 1 in C that only one input has, nothing to
/// sum, a matrix-vector product along rows, very little work.
std::optional<KernelPlan> planKernel(llvm::ArrayRef<KernelDim> dims,
                                     const KernelTarget &target);

/// The same, with parts of the plan given. Fails, with a message that begins
/// with "kernel", where a part of `choice` is impossible. Unless `choice` is
/// empty, the plan is made even where a plain loop nest may be as good.
llvm::Expected<KernelPlan> planKernel(llvm::ArrayRef<KernelDim> dims,
                                      const KernelTarget &target,
                                      const KernelChoice &choice);

/// Lets `unit`, which is neither `host` nor `none`, compute a plan for operands
/// of numbers of `bytes` bytes and sums of 32 bits where that is faster, with
/// tiles, blocks and, if `parallel`, threads of its own; returns whether it
/// does. Registers need 512 bits.
bool useMatrixUnit(KernelPlan &plan, int64_t bytes, MatrixUnit unit,
                   bool parallel);

/// Lets the matrix unit of `plan` load A from where it is, which holds numbers
/// then, where few tiles of columns read it.
void readUnitRowsInPlace(KernelPlan &plan);

/// Chooses what threads share out: nothing where the work is too little to pay
/// for threads. Blocks of columns may become smaller. The sums of the plan keep
/// their order. What `choice` gives is kept; a message as above where it is
/// impossible.
llvm::Error distributeKernel(KernelPlan &plan, const KernelChoice &choice = {});

/// True where batch, rows and columns make too few pieces for the usual numbers
/// of threads, though two may have enough.
bool leavesThreadsIdle(const KernelPlan &plan);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_CODEGEN_CPU_KERNELS_KERNELPLAN_H
