//===- KernelParts.h - What loops of a kernel run over ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELPARTS_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELPARTS_H

#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"
#include "tensornet/Codegen/CPU/Kernels/KernelPlan.h"

namespace mlir::tensornet::cpu {

/// Element offsets into A, B and C, then into the tensors of fused ops.
using Offsets = SmallVector<OpFoldResult, 4>;

/// An operand as a one-dimensional buffer of unit stride.
struct FlatOperand {
  /// Of real numbers, two for every complex element.
  Value buffer;
  /// Where the operand's first element lies, in elements.
  OpFoldResult offset;
  bool isConjugated = false;
  /// What the numbers of the buffer are to the matrix unit; null for vectors.
  Type unitType = Type();
  /// A copy of the operand in tiles, of unit stride, and where its first number
  /// lies; null where there is none.
  Value tiles = Value();
  OpFoldResult tilesOffset = OpFoldResult();
};

/// An element, or a vector of elements: one value, or the real and then the
/// imaginary part.
using Parts = SmallVector<Value, 2>;

/// Answers with the extent (operand 3) or the strides (operands 0 to 2) of a
/// dimension that are not static.
using DynamicSizes =
    llvm::function_ref<OpFoldResult(const KernelDim &, unsigned operand)>;

/// The tiles, vectors and blocks of one plan.
struct KernelParts {
  /// The rows of A or the columns of B, cut into tiles of `size`.
  struct Axis {
    KernelOperand operand;
    const KernelDim &dim;
    ArrayRef<KernelDim> outer;
    int64_t size;
    /// Tiles run on from one point of `outer` to the next.
    bool joined = false;
  };
  /// Values of indices.
  using Points = SmallVector<std::pair<IndexId, OpFoldResult>, 2>;
  /// A tile of rows or columns: offsets of its first row, where that is along
  /// the axis, how many rows from there on exist, and its number. Offsets and
  /// start are those along plan.m or plan.n; where an axis is joined, its tiles
  /// count all rows and leave offsets to the strips.
  struct Tile {
    Offsets offsets;
    OpFoldResult start, remaining;
    OpFoldResult number = OpFoldResult();
    /// Where the outer dimensions of the axis are, unless it is joined.
    Points outer = {};
  };
  /// Rows of a tile that lie along the dimension of its axis: how far row 0 of
  /// their lanes is from the tile, or would be if it were one of them; which
  /// lanes they are, in masks of one register each that are null for all.
  struct Strip {
    Offsets offsets;
    SmallVector<Value, 2> masks;
    /// The same for what is loaded of C.
    Value loadMask = Value();
    /// The lane of the first one.
    OpFoldResult first = OpFoldResult();
  };
  /// Rows of a tile that fill one vector: one strip, unless the axis is joined.
  using Lanes = SmallVector<Strip, 1>;
  /// The part of the k range that one block holds.
  struct KBlock {
    Offsets offsets;
    /// Where the block starts along the first dimension of plan.kBlock.
    OpFoldResult start;
    /// Extents of the dimensions of plan.kBlock inside the block.
    SmallVector<OpFoldResult> extents;
    /// Number of k points.
    OpFoldResult size;
    /// Where the dimensions of plan.kOuter are.
    Points outer = {};
    /// True for the first block of a tile of C; null where that is static.
    Value isFirst;
    bool isFirstStatic = true;
    /// The same for the last block.
    Value isLast;
    bool isLastStatic = true;
    /// Its number, where threads share out blocks.
    OpFoldResult number = OpFoldResult();
  };
  /// Where the rows of A that a register tile reads are at the first point of
  /// the sum, and the first one of the next tile, if that is asked for.
  struct RowsOfA {
    SmallVector<OpFoldResult> places;
    OpFoldResult next;
  };
  /// A bound on one register tile and block of the sum: its value at the first
  /// row, column and k point, and what one step along each of them adds.
  struct TileBound {
    OpFoldResult first;
    int64_t row = 0, column = 0, k = 0;
  };
  /// What bounds leave of a tile: whether it is needed (null where it is), and
  /// which points of the block are present for some element. All are present
  /// for every element from `wholeFrom` up to `wholeTo`, for others before and
  /// behind, where `startsWhole` and `endsWhole` do not exclude them, `strict`
  /// tells.
  struct Part {
    Value isNeeded;
    OpFoldResult kFrom, kTo;
    OpFoldResult wholeFrom = OpFoldResult(), wholeTo = OpFoldResult();
    bool startsWhole = true, endsWhole = true;
    SmallVector<TileBound, 1> strict = {};
  };
  /// The last vector of a tile: its length in the loop over the sum, and the
  /// columns in it where it is a short one.
  struct LastVector {
    int64_t length = 0, columns = 0;
  };
  /// A tile of columns that is being emitted.
  struct Column {
    Tile tile;
    /// Its number in the block.
    OpFoldResult number;
    /// One for every register of a row of C.
    SmallVector<Lanes> lanes;
  };
  /// Where the sums of a register tile go: its rows are `step` numbers apart.
  struct SumsPlace {
    Value buffer;
    OpFoldResult first, step;
  };
  /// What the matrix unit loads of A: its rows are `rowStep` numbers apart, its
  /// registers along the sum `depthStep`.
  struct UnitRows {
    Value buffer;
    OpFoldResult first, rowStep, depthStep;
  };
  /// Tiles of rows or columns that are computed, by their numbers.
  struct Range {
    OpFoldResult first, end;
  };
  /// What the matrix unit multiplies for one register tile: rows of A by packed
  /// columns that start at `bBase`, in registers along the sum, those in
  /// `steps`, then the one of `rest` behind them, if that has a buffer. Of the
  /// rows `numRows` exist, `column` is the number of the tile of columns.
  struct UnitTile {
    UnitRows a;
    OpFoldResult bBase;
    Range steps;
    OpFoldResult numRows, column;
    UnitRows rest = {};
  };
  /// One side, A or B, as packing sees it.
  struct Side : Axis {
    Value buffer;
    /// Nothing may be written past the end of a tile, though its neighbour is
    /// packed later.
    bool exactly = false;
  };
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELPARTS_H
