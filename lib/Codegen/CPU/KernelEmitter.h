//===- KernelEmitter.h - Loops of one contraction ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELEMITTER_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELEMITTER_H

#include "IndexMath.h"
#include "KernelEpilogue.h"
#include "KernelPrologue.h"
#include "KernelReduction.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "tensornet/Codegen/CPU/KernelPlan.h"

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

/// Emits the loops of one plan at the insertion point of a builder.
class KernelEmitter {
public:
  /// `computeType` is the type of the numbers in C: where it is complex, that
  /// of their parts. With `overwrite`, C holds nothing yet and the sum is
  /// stored; else it is added. `scale`, if not empty, is a scalar that
  /// multiplies the sum. `epilogue`, if not null, is done with every element
  /// of C that is complete, and so are `reductions`; `prologues`, if not null,
  /// make the elements of A and B.
  KernelEmitter(OpBuilder &builder, Location loc, const KernelPlan &plan,
                Type computeType, std::array<FlatOperand, 3> operands,
                DynamicSizes dynamicSizes, bool overwrite, Parts scale,
                const KernelEpilogue *epilogue,
                ArrayRef<KernelReduction> reductions,
                std::array<const KernelPrologue *, 2> prologues);

  void emit();

  /// Copies operand A into tiles that start at `offset` of `panel`, for plans
  /// of `getPackingPlan`. With `parallel`, threads share them out.
  void emitPacking(Value panel, OpFoldResult offset, bool parallel);

private:
  /// A tile of rows or columns: offsets of its first row, where that is along
  /// plan.m or plan.n, and how many rows from there on exist.
  struct Tile {
    Offsets offsets;
    OpFoldResult start, remaining;
  };
  /// The part of the k range that one block holds.
  struct KBlock {
    Offsets offsets;
    /// Where the block starts along the first dimension of plan.kBlock.
    OpFoldResult start;
    /// Extents of the dimensions of plan.kBlock inside the block.
    SmallVector<OpFoldResult> extents;
    /// Number of k points.
    OpFoldResult size;
    /// True for the first block of a tile of C; null where that is static.
    Value isFirst;
    bool isFirstStatic = false;
    /// The same for the last block.
    Value isLast;
    bool isLastStatic = false;
  };
  /// One side, A or B, as packing sees it.
  struct Side {
    KernelOperand operand;
    const KernelDim &dim;
    ArrayRef<KernelDim> outer;
    int64_t size;
    Value buffer;
    /// Nothing may be written past the end of a tile, though its neighbour is
    /// packed later.
    bool exactly = false;
  };

  OpFoldResult extent(const KernelDim &dim);
  /// How far a step along `dim` moves in `tensor`, an operand or kC + 1 + the
  /// number of one of a fused op.
  OpFoldResult stride(const KernelDim &dim, unsigned tensor);
  /// `offsets` moved by `count` steps along `dim`.
  Offsets advance(const Offsets &offsets, const KernelDim &dim,
                  OpFoldResult count);
  /// Runs `body` at every point of `dims`.
  void loopOver(ArrayRef<KernelDim> dims, const Offsets &offsets,
                llvm::function_ref<void(const Offsets &)> body);
  /// Number of the points of `dims`.
  OpFoldResult countPoints(ArrayRef<KernelDim> dims);
  /// `offsets` moved to point `number` of `dims`, the last of which runs
  /// fastest.
  Offsets moveToPoint(Offsets offsets, ArrayRef<KernelDim> dims,
                      OpFoldResult number);
  OpFoldResult countTiles(const KernelDim &dim, ArrayRef<KernelDim> outer,
                          int64_t size);
  /// Tile `number` along `dim` at points of `outer`. With `across`, tiles are
  /// numbered along the last dimension of `outer` first.
  Tile getTile(OpFoldResult number, const KernelDim &dim,
               ArrayRef<KernelDim> outer, int64_t size, bool across = false);
  Tile getRowTile(OpFoldResult number) {
    return placeInTiles(getTile(number, plan.m, plan.mOuter, plan.mr), kA,
                        number);
  }
  Tile getColumnTile(OpFoldResult number) {
    return placeInTiles(
        getTile(number, plan.n, plan.nOuter, plan.nr(), plan.packsAcross()), kB,
        number);
  }

  // Operands that are in tiles already (KernelTiles.cpp). Their offsets are
  // those of elements in the tiles.
  bool isTiled(unsigned operand) const {
    return operand <= kB && operands[operand].tiles;
  }
  /// True where the kernel copies blocks of `operand` itself.
  bool packs(KernelOperand operand) const {
    return (operand == kA ? plan.packA : plan.packB) && !isTiled(operand);
  }
  /// Learns how far steps along dimensions of a tiled operand move.
  void layOutTiles(KernelOperand operand);
  /// `tile`, with its place among the tiles of `operand` if that has any.
  Tile placeInTiles(Tile tile, KernelOperand operand, OpFoldResult number);

  // Loop nest.
  /// Runs `body` with buffers for packed rows (and what else a thread needs of
  /// its own), for packed columns, or both.
  void withBuffers(bool forRows, bool forColumns,
                   llvm::function_ref<void()> body);
  Value allocateOnStack(MemRefType type);
  /// Runs `body` for every step from 0 up to `count`, on several threads with
  /// buffers of their own where the plan distributes `what`.
  void loopOverSteps(Distribution what, OpFoldResult count, int64_t step,
                     llvm::function_ref<void(OpFoldResult)> body);
  void emitBatch(const Offsets &offsets);
  void emitColumnBlocks(const Offsets &offsets);
  void emitKBlocks(OpFoldResult firstTile, OpFoldResult tiles,
                   const Offsets &offsets);
  void emitRowBlocks(OpFoldResult firstColumn, OpFoldResult columns,
                     const Offsets &offsets, const KBlock &block);
  /// Runs `body(number of a column tile)` for `columns` tiles of a block, those
  /// that are neighbours in C after one another.
  void loopOverColumns(OpFoldResult columns,
                       llvm::function_ref<void(OpFoldResult)> body);
  /// The register tiles of one block.
  void emitTiles(OpFoldResult firstRow, OpFoldResult rows,
                 OpFoldResult firstColumn, OpFoldResult columns,
                 const Offsets &offsets, const KBlock &block);
  KBlock getKBlock(const Offsets &offsets, OpFoldResult start,
                   ArrayRef<OpFoldResult> outerPoints);

  // What operands are packed from (KernelSource.cpp).
  /// Offsets into the tensors that an operand is packed from: into itself, or
  /// into those of its prologue.
  using Place = SmallVector<OpFoldResult, 2>;
  /// The numbers of these tensors.
  SmallVector<unsigned> getSources(KernelOperand operand) const;
  /// Theirs of `offsets`.
  Place getPlace(KernelOperand operand, const Offsets &offsets) const;
  Place addPlaces(const Place &a, const Place &b);
  /// `place` moved by `count` steps along `dim`.
  Place move(KernelOperand operand, Place place, const KernelDim &dim,
             OpFoldResult count);
  /// Tensor `number` of a fused op on a vector that runs along `along`.
  Value loadTensor(const FusedElementwise &op, unsigned number,
                   OpFoldResult offset, Value mask, const KernelDim &along,
                   int64_t length);
  /// The results of a fused op on vectors, given those of its tensors and of
  /// the common one.
  SmallVector<Value> evaluate(const FusedElementwise &op,
                              llvm::function_ref<Value(unsigned)> load,
                              int64_t length, Value common);
  /// The result of an operand's prologue, zero where `mask` leaves lanes out.
  Value computeSource(KernelOperand operand, const Place &place, Value mask,
                      const KernelDim &along, int64_t length);
  /// One vector of elements along `along`, or one element.
  Parts loadSource(KernelOperand operand, const Place &place,
                   ArrayRef<Value> masks, const KernelDim &along);
  Parts loadSourceElement(KernelOperand operand, const Place &place,
                          const KernelDim &along);
  void prefetchSource(KernelOperand operand, const Place &place);

  // Packing.
  void pack(const Side &side, OpFoldResult firstTile, OpFoldResult tiles,
            const Offsets &offsets, const KBlock &block);
  /// Packs the rows of a tile at one point of the sum.
  void packRow(const Side &side, const Place &source, OpFoldResult target,
               OpFoldResult remaining);
  /// Packs the tiles of an operand that is contiguous along rows which fill
  /// vectors, one point of the sum after the other.
  void packSweeping(const Side &side, OpFoldResult firstTile,
                    OpFoldResult tiles, const Offsets &offsets,
                    const KBlock &block);
  void packAlongRows(const Side &side, const Place &from, OpFoldResult to,
                     OpFoldResult remaining, const KBlock &block);
  /// The dimension of a block along which the operand is contiguous, if there
  /// is one with points enough for squares.
  std::optional<unsigned> findTurnedDim(KernelOperand operand) const;
  /// True where a step to the next tile moves less far in memory than one to
  /// the next point of the sum, dimension `turned` apart.
  bool areTilesCloserThanPoints(const Side &side, unsigned turned) const;
  void packTransposed(const Side &side, const Place &from, OpFoldResult to,
                      OpFoldResult remaining, const KBlock &block);
  /// Transposes `tiles` tiles, from number `start` of the block on, along
  /// dimension `turned` of the block. Where they are neighbours in memory, they
  /// are packed one after the other at each point of the other dimensions.
  /// Writes nothing past the end of a tile.
  void packTurned(const Side &side, unsigned turned, OpFoldResult firstTile,
                  OpFoldResult start, OpFoldResult tiles,
                  const Offsets &offsets, const KBlock &block);
  /// Transposes `points` points of dimension `turned` of the sum, contiguous
  /// from `from` on, into a tile, in which they are `pointStep` numbers apart.
  /// Unless `exactly`, what follows in the buffer may be overwritten.
  void packPoints(const Side &side, const KernelDim &turned, const Place &from,
                  OpFoldResult to, OpFoldResult remaining, OpFoldResult points,
                  int64_t pointStep, bool exactly);
  /// One square of that: `rows` rows from `r` on, zeros but for the first
  /// `present`, as many points as a vector holds or `points`.
  void packSquare(const Side &side, const KernelDim &turned, const Place &from,
                  OpFoldResult to, OpFoldResult r, int64_t rows,
                  int64_t present, OpFoldResult lastRow, OpFoldResult points,
                  int64_t pointStep, bool exactly);
  void packAcross(const Side &side, OpFoldResult firstTile, OpFoldResult tiles,
                  const Offsets &offsets, const KBlock &block);
  /// Packs the `count` tiles of columns from `first` on, at least as many as a
  /// vector has elements and all of one run; the first one goes to `to`.
  void packRunAcross(const Side &side, OpFoldResult first, OpFoldResult count,
                     OpFoldResult to, const Offsets &offsets,
                     const KBlock &block);
  /// Packs the rows of a tile at one point of the sum, one element after the
  /// other.
  void packRowElements(const Side &side, const Place &from, OpFoldResult to,
                       OpFoldResult remaining);
  void packElements(const Side &side, const Place &from, OpFoldResult to,
                    OpFoldResult remaining, const KBlock &block);
  /// Numbers of the dimensions of the block, `left` left out, those in which
  /// the operand moves farthest first.
  SmallVector<unsigned>
  getMemoryOrder(KernelOperand operand,
                 std::optional<unsigned> left = std::nullopt) const;
  /// Runs `body(place in the operand, k point in the block)` at every point
  /// of the dimensions of the block with the numbers in `order`; the first
  /// place is `from`.
  void loopOverK(const KBlock &block, KernelOperand operand, const Place &from,
                 ArrayRef<unsigned> order,
                 llvm::function_ref<void(const Place &, OpFoldResult)> body);

  // Bounds.
  /// What bounds leave of a tile: whether it has points at all (null where it
  /// has), and which points of the block those are.
  struct Part {
    Value isNeeded;
    OpFoldResult kFrom, kTo;
  };
  Part getPart(const Tile &row, const Tile &column, const KBlock &block);
  /// The largest value of `bound` on a tile, without its k term, whose
  /// coefficient goes to `kCoefficient`; std::nullopt where the tile does not
  /// determine it.
  std::optional<OpFoldResult> getLargest(const KernelBound &bound,
                                         const Tile &row, const Tile &column,
                                         int64_t &kCoefficient);

  // Matrix unit.
  void packMatrix(const Side &side, const Place &from, OpFoldResult to,
                  OpFoldResult remaining, const KBlock &block);
  /// `count` vectors of `lanes` halves along `along`, one step along `across`
  /// apart, zero past `remaining` lanes and from vector `existing` on.
  SmallVector<Value> loadHalves(KernelOperand operand, const Place &from,
                                const KernelDim &along, const KernelDim &across,
                                int64_t count, OpFoldResult existing,
                                OpFoldResult remaining);
  void storeHalves(Value buffer, OpFoldResult offset, Value vector);
  /// Leaves the sums of a register tile in the spill buffer, on whichever unit
  /// may compute them.
  void emitMatrixTile(OpFoldResult rowNumber, OpFoldResult columnNumber,
                      OpFoldResult aBase, OpFoldResult bBase, const Part &part);
  /// The same on the matrix unit, and on vectors.
  void emitUnitTile(OpFoldResult aBase, OpFoldResult bBase, const Part &part);
  void emitWidenedTile(OpFoldResult aBase, OpFoldResult bBase,
                       const Part &part);
  /// Notes the smallest exponent of packed tile `tile`, which starts at `from`.
  void noteExponent(const Side &side, OpFoldResult tile, OpFoldResult from,
                    const KBlock &block);
  /// True where the matrix unit could round numbers of a register tile to zero.
  Value mayUnderflow(OpFoldResult rowNumber, OpFoldResult columnNumber);

  // Register tile.
  void emitTile(const Tile &row, OpFoldResult rowNumber, const Tile &column,
                OpFoldResult columnNumber, const Offsets &offsets,
                const KBlock &block);
  /// The same for a tile of `vectors` vectors of columns.
  void emitTileOfColumns(const Tile &row, OpFoldResult rowNumber,
                         const Tile &column, OpFoldResult columnNumber,
                         const Offsets &offsets, const KBlock &block);
  /// Fetches the tile of C at `base`.
  void prefetchC(const Offsets &base);
  /// Fetches packed columns of B some steps ahead of `start`.
  void prefetchColumns(OpFoldResult start);
  SmallVector<Parts> sumTile(const Tile &row, OpFoldResult aBase,
                             OpFoldResult bBase, const Part &part,
                             ArrayRef<Value> masks);
  /// The vectors of `sums` as they lie in memory, one row after the other.
  SmallVector<Value> arrange(ArrayRef<Parts> sums);
  void updateC(ArrayRef<Value> sums, const Tile &row, const Offsets &base,
               ArrayRef<Value> masks, const KBlock &block);
  void updateRows(ArrayRef<Value> sums, const Offsets &base,
                  ArrayRef<Value> masks, ArrayRef<Value> loadMasks,
                  const KBlock &block);
  void updatePartly(ArrayRef<Value> sums, const Tile &row, const Offsets &base,
                    ArrayRef<Value> masks, ArrayRef<Value> loadMasks,
                    const KBlock &block);
  /// Updates the first `rows` rows of C by the sums in the spill buffer.
  void updateFromSpill(OpFoldResult rows, const Offsets &base,
                       ArrayRef<Value> masks, ArrayRef<Value> loadMasks,
                       const KBlock &block);
  /// Masks for loads of C, where nothing is loaded from a tile that holds
  /// nothing yet.
  SmallVector<Value> makeLoadMasks(ArrayRef<Value> masks, const KBlock &block);

  // Stores of C and what is done before (KernelFinish.cpp).
  /// Stores rows of C, one after the other, that start at `base`; where they
  /// are complete, what the epilogue makes of them, and reduces that: to all
  /// of a part or, where one row after the other is stored, to what there is.
  void storeRows(ArrayRef<Value> totals, const Offsets &base,
                 ArrayRef<Value> masks, const KBlock &block, bool oneByOne);
  /// Stores what the epilogue makes of one vector of C and returns it; `place`
  /// tells where that lies in a tensor.
  SmallVector<Value>
  finishVector(Value total, llvm::function_ref<OpFoldResult(unsigned)> place,
               Value mask);
  /// True where something is done with complete elements of C.
  bool finishes() const { return epilogue || !reductions.empty(); }
  /// The number of the first tensor of a fused op.
  unsigned getFirstTensor(const FusedElementwise &op) const;
  /// The offset of column `column` in a part whose first one `base` has.
  Value getPlaceInPart(const KernelReduction &reduction, const Offsets &base,
                       int64_t column);
  VectorType getPartVector(const KernelReduction &reduction) const;
  /// What a part starts from.
  Value getStart(const KernelReduction &reduction);
  /// What is reduced of a vector of C, of which the epilogue made `results`.
  Value getFinished(const KernelReduction &reduction, Value total,
                    ArrayRef<Value> results) const;
  /// Puts `base`, at a tile of rows, to the part of that.
  void moveToParts(Offsets &base, const Tile &row);
  /// Starts the parts of one tile of rows.
  void startParts(const Offsets &base, ArrayRef<Value> masks);

  // Elements and vectors, in the compute type.
  Value widen(Value value);
  Parts loadElement(KernelOperand operand, OpFoldResult offset);
  /// Loads one vector of elements, with one mask per register; null stands for
  /// all lanes.
  Parts loadVector(KernelOperand operand, OpFoldResult offset,
                   ArrayRef<Value> masks);
  /// Loads one register of numbers, not of elements.
  Value loadNumbers(Value buffer, OpFoldResult offset, Value mask);
  void storeNumbers(Value buffer, OpFoldResult offset, Value vector,
                    Value mask);
  /// Loads and stores that know the layout of tiles: `offset` is that of the
  /// first part, and others follow `size` numbers later.
  Parts loadPackedElement(Value buffer, OpFoldResult offset, int64_t size);
  Parts loadPackedVector(Value buffer, OpFoldResult offset, int64_t size);
  void storePacked(Value buffer, OpFoldResult offset, int64_t size, Value part,
                   unsigned number, Value mask);
  /// Masks of the registers that hold `count` elements, each with the lanes
  /// that exist; null where those are known to be all.
  SmallVector<Value> makeMasks(OpFoldResult count, int64_t registers);
  /// The first `count` lanes; null where `count` is known to fill a vector.
  Value makeMask(OpFoldResult count);
  Value multiplyAdd(Value a, Value b, Value c);
  /// a * b + c for elements of A, B and C.
  Parts multiplyAdd(const Parts &a, const Parts &b, const Parts &c);
  Value multiply(Value a, Value b);
  Value negate(Value value);
  Value addVectors(Value a, Value b);
  Parts broadcast(const Parts &element);
  /// What becomes of C, given its value (null where it holds nothing yet).
  Value finish(Value sum, Value previous);
  /// The place of element `offset` among the numbers of a buffer.
  OpFoldResult numbers(OpFoldResult offset) {
    return math.mul(offset, math.constant(plan.parts));
  }
  /// Registers of one row of a tile.
  int64_t rowRegisters() const { return vectors * plan.parts; }
  bool isEven(const KernelDim &dim, int64_t size) const {
    return dim.extent != kDynamicExtent && dim.extent % size == 0;
  }

  OpBuilder &builder;
  Location loc;
  IndexMath math;
  const KernelPlan &plan;
  Type computeType;
  VectorType vectorType, maskType;
  std::array<FlatOperand, 3> operands;
  DynamicSizes dynamicSizes;
  bool overwrite;
  /// Vectors; empty where the sum is not scaled.
  Parts scale;
  const KernelEpilogue *epilogue;
  ArrayRef<KernelReduction> reductions;
  std::array<const KernelPrologue *, 2> prologues;
  /// The tensors of fused ops, numbered from kC + 1 on: the op and the number
  /// there.
  SmallVector<std::pair<const FusedElementwise *, unsigned>> fused;
  /// Vectors of columns in the tile that is being emitted.
  int64_t vectors = 0;
  Value zero, bufferA, bufferB, spill;
  /// Of operands in tiles: elements of a tile, and of a step along a dimension
  /// of the batch or the sum.
  std::array<int64_t, 2> tileSizes = {0, 0};
  std::array<llvm::SmallDenseMap<IndexId, int64_t>, 2> tileStrides;
  /// The smallest exponents of the tiles in the buffers, for a matrix unit.
  Value exponentsA, exponentsB;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELEMITTER_H
