//===- KernelEmitter.h - Loops of one contraction ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELEMITTER_H
#define TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELEMITTER_H

#include "IndexMath.h"
#include "KernelEpilogue.h"
#include "KernelParts.h"
#include "KernelPrologue.h"
#include "KernelReduction.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tensornet::cpu {

/// Emits the loops of one plan at the insertion point of a builder.
class KernelEmitter : private KernelParts {
public:
  /// `computeType` is the type of the numbers in C: where it is complex, that
  /// of their parts. With `overwrite`, C holds nothing yet and the sum is
  /// stored; else it is added. `scale`, if not empty, is a scalar that
  /// multiplies the sum. `epilogue`, if not null, is done with every element
  /// of C that is complete, and so are `reductions`; `prologues`, if not null,
  /// make the elements of A and B. `boundConstants` has, for each bound of the
  /// plan, its constant with what the origin adds.
  KernelEmitter(OpBuilder &builder, Location loc, const KernelPlan &plan,
                Type computeType, std::array<FlatOperand, 3> operands,
                DynamicSizes dynamicSizes, bool overwrite, Parts scale,
                const KernelEpilogue *epilogue,
                ArrayRef<KernelReduction> reductions,
                std::array<const KernelPrologue *, 2> prologues,
                ArrayRef<OpFoldResult> boundConstants = {});

  void emit();

  /// Copies operand A into tiles that start at `offset` of `panel`, for plans
  /// of `getPackingPlan`. With `joined`, tiles run on from one point of the
  /// outer rows to the next; with `parallel`, threads share them out.
  void emitPacking(Value panel, OpFoldResult offset, bool joined,
                   bool parallel);

private:
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
  /// fastest; with `points`, notes where that is.
  Offsets moveToPoint(Offsets offsets, ArrayRef<KernelDim> dims,
                      OpFoldResult number, Points *points = nullptr);
  Axis getRows() const { return {kA, plan.m, plan.mOuter, plan.mr}; }
  Axis getColumns() const {
    return {kB, plan.n, plan.nOuter, plan.nr(), plan.joinColumns};
  }
  /// Rows that tiles follow one another along.
  OpFoldResult countRows(const Axis &axis);
  OpFoldResult countTiles(const Axis &axis);
  /// Tile `number` of `axis`. With `across`, tiles are numbered along the last
  /// outer dimension first.
  Tile getTile(OpFoldResult number, const Axis &axis, bool across = false);
  Tile getRowTile(OpFoldResult number) {
    return placeInTiles(getTile(number, getRows()), kA, number);
  }
  Tile getColumnTile(OpFoldResult number) {
    return placeInTiles(getTile(number, getColumns(), plan.packsAcross()), kB,
                        number);
  }

  // Rows of tiles (KernelStrips.cpp).
  /// `count` rows of a tile of a joined axis, from number `from` on, in strips
  /// without masks. Rows past the end are where the last one is.
  SmallVector<Strip, 1> getStrips(const Axis &axis, const Tile &tile,
                                  OpFoldResult from, int64_t count);
  /// `count` rows of a tile, from number `from` on, as they fill `registers`
  /// vectors.
  Lanes getLanes(const Axis &axis, const Tile &tile, OpFoldResult from,
                 int64_t count, int64_t registers);
  /// Those of the register tile in each register of a row of C.
  SmallVector<Lanes> getColumnLanes(const Tile &column);
  /// The lanes from `first` up to `end`; null where those are known to be all.
  Value makeRangeMask(OpFoldResult first, OpFoldResult end);

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
  /// Runs `body` with buffers for packed rows and columns and what else one
  /// thread needs of its own.
  void withBuffers(llvm::function_ref<void()> body);
  Value allocateOnStack(MemRefType type);
  /// How many threads there are.
  OpFoldResult countThreads();
  /// Share `number` of the tiles up to `end`, in multiples of `unit`.
  Range getShare(OpFoldResult end, int64_t unit, OpFoldResult number,
                 OpFoldResult shares);
  /// Runs `emitPart` on every thread, with `tiles` those of the thread: equal
  /// numbers of neighbours, in multiples of `unit`. What a thread packs it
  /// packs for itself, and nothing makes it wait for another one.
  void emitOnThreads(Range &tiles, int64_t unit,
                     llvm::function_ref<void()> emitPart);
  /// Threads share out the points of the batch that the plan distributes.
  void emitBatchOnThreads(const Offsets &offsets);
  /// The rest of the batch.
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
  /// The block at `offsets` moved to `start`; as if it were the only one.
  KBlock getKBlock(const Offsets &offsets, OpFoldResult start);
  /// Finds out whether `block`, at these points of plan.kOuter, is the first
  /// one and the last one.
  void findEnds(KBlock &block, ArrayRef<OpFoldResult> outerPoints);

  // Sums that threads share out (KernelSums.cpp).
  void emitSumOnThreads(const Offsets &offsets);
  /// Runs `body` for the blocks of the sum that a thread has.
  void loopOverShare(const Offsets &offsets,
                     llvm::function_ref<void(const KBlock &)> body);
  /// Where the sums of a register tile over block `block` lie.
  OpFoldResult getPlace(OpFoldResult block, const Tile &row,
                        const Tile &column);
  /// Adds the sums over all blocks to C, for the tiles of rows and columns that
  /// a thread has.
  void addBlocks(const Offsets &offsets);

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
  /// The vector of elements of a tile at `from` that `lanes` are.
  Parts loadLanes(const Axis &axis, const Place &from, const Lanes &lanes);
  /// Where the `count` rows of a tile at `from` are that begin with `row`;
  /// those past the end repeat the last one.
  SmallVector<Place> findRows(const Axis &axis, const Tile &tile,
                              const Place &from, OpFoldResult row,
                              int64_t count);
  /// `below` where `number` is below `limit`, else `other`.
  Place selectPlace(OpFoldResult number, OpFoldResult limit, const Place &below,
                    const Place &other);
  /// The place of one row that exists.
  Place findRow(const Axis &axis, const Tile &tile, const Place &from,
                OpFoldResult row);

  // Packing.
  void pack(const Side &side, OpFoldResult firstTile, OpFoldResult tiles,
            const Offsets &offsets, const KBlock &block);
  /// The vectors of a tile that packing loads at a point of the sum.
  SmallVector<Lanes> getPackedLanes(const Side &side, const Tile &tile);
  /// Packs the rows of a tile at one point of the sum.
  void packRow(const Side &side, const Place &source, OpFoldResult target,
               ArrayRef<Lanes> lanes);
  /// Packs the tiles of an operand that is contiguous along rows which fill
  /// vectors, one point of the sum after the other.
  void packSweeping(const Side &side, OpFoldResult firstTile,
                    OpFoldResult tiles, const Offsets &offsets,
                    const KBlock &block);
  void packAlongRows(const Side &side, const Place &from, OpFoldResult to,
                     const Tile &tile, const KBlock &block);
  /// The dimension of a block along which the operand is contiguous, if there
  /// is one with points enough for squares.
  std::optional<unsigned> findTurnedDim(KernelOperand operand) const;
  /// True where a step to the next tile moves less far in memory than one to
  /// the next point of the sum, dimension `turned` apart.
  bool areTilesCloserThanPoints(const Side &side, unsigned turned) const;
  void packTransposed(const Side &side, const Place &from, OpFoldResult to,
                      const Tile &tile, const KBlock &block);
  /// Transposes `tiles` tiles along dimension `turned` of the block. Where they
  /// are neighbours in memory, they are packed one after the other at each
  /// point of the other dimensions. Writes nothing past the end of a tile.
  void packTurned(const Side &side, unsigned turned, OpFoldResult firstTile,
                  OpFoldResult tiles, const Offsets &offsets,
                  const KBlock &block);
  /// Transposes `points` points of dimension `turned` of the sum, contiguous
  /// from `from` on, into a tile, in which they are `pointStep` numbers apart.
  /// Unless `exactly`, what follows in the buffer may be overwritten.
  void packPoints(const Side &side, const KernelDim &turned, const Place &from,
                  OpFoldResult to, const Tile &tile, OpFoldResult points,
                  int64_t pointStep, bool exactly);
  /// One square of that: `rows` rows from `r` on, zeros but for the first
  /// `present`, as many points as a vector holds or `points`.
  void packSquare(const Side &side, const KernelDim &turned, const Place &from,
                  OpFoldResult to, OpFoldResult r, int64_t rows,
                  int64_t present, const Tile &tile, OpFoldResult points,
                  int64_t pointStep, bool exactly);
  void packAcross(const Side &side, OpFoldResult firstTile, OpFoldResult tiles,
                  const Offsets &offsets, const KBlock &block);
  /// Tiles in a square of those that are packed across: as many as a vector has
  /// elements, or as a run has.
  int64_t squareWidth() const;
  /// Packs the `count` tiles of columns from `first` on, at least as many as a
  /// square has and all of one run; the first one goes to `to`.
  void packRunAcross(const Side &side, OpFoldResult first, OpFoldResult count,
                     OpFoldResult to, const Offsets &offsets,
                     const KBlock &block);
  /// Packs joined columns: at each point of the sum all columns of the block go
  /// to a row of memory, from there to tiles.
  void packCollecting(const Side &side, OpFoldResult firstTile,
                      OpFoldResult tiles, const Offsets &offsets,
                      const KBlock &block);
  /// Copies the columns at one point of the sum, that of `from`, to the row:
  /// those of the runs from number `firstRun` up to `endRun`.
  void collectColumns(const Side &side, const Place &from,
                      OpFoldResult firstRun, OpFoldResult endRun);
  /// The numbers of that row.
  int64_t countCollected() const;
  /// Packs the rows of a tile at one point of the sum, one element after the
  /// other.
  void packRowElements(const Side &side, const Place &from, OpFoldResult to,
                       const Tile &tile);
  void packElements(const Side &side, const Place &from, OpFoldResult to,
                    const Tile &tile, const KBlock &block);
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

  // Bounds (KernelBounds.cpp).
  Part getPart(const Tile &row, const Tile &column, const KBlock &block);
  TileBound getTileBound(const KernelBound &bound, OpFoldResult constant,
                         const Tile &row, const Tile &column,
                         const KBlock &block);
  /// Its smallest and largest value at k point 0.
  std::pair<OpFoldResult, OpFoldResult> getRange(const TileBound &bound);
  /// Lets `part` know that `bound`, on its sum, limits k points.
  void limitSum(Part &part, const TileBound &bound, bool isStrict);
  /// The lanes of vector `vector` of row `row` that are present at a k point.
  Value getPresentLanes(ArrayRef<TileBound> bounds, int64_t row, int64_t vector,
                        OpFoldResult point);

  // Matrix unit.
  void packMatrix(const Side &side, const Place &from, OpFoldResult to,
                  OpFoldResult remaining, const KBlock &block);
  void packUnitRows(const Side &side, const Place &from, OpFoldResult to,
                    OpFoldResult rows, OpFoldResult points);
  void packUnitGroups(const Side &side, const Place &from, OpFoldResult to,
                      OpFoldResult rows, OpFoldResult points);
  /// A vector of `lanes` numbers along `along`, zero past `remaining` ones.
  Value loadUnit(KernelOperand operand, const Place &from,
                 const KernelDim &along, int64_t lanes, OpFoldResult remaining);
  void storeUnit(Value buffer, OpFoldResult offset, Value vector);
  /// One register of numbers as they are packed for the matrix unit.
  VectorType getUnitVector() const;
  /// Leaves the sums of a register tile in `target`, on whichever unit may
  /// compute them.
  void emitMatrixTile(const Tile &row, OpFoldResult rowNumber,
                      OpFoldResult columnNumber, OpFoldResult aBase,
                      OpFoldResult bBase, const Part &part, const KBlock &block,
                      const SumsPlace &target);
  /// The same on the matrix unit. Where A is read in place, returns the
  /// smallest exponent of its rows if it counts.
  Value emitUnitTile(const UnitTile &tile, const SumsPlace &target);
  /// `sums` and the products of one register along the sum.
  SmallVector<Value> addUnitStep(const UnitRows &a, OpFoldResult bBase,
                                 OpFoldResult step, ValueRange sums);
  /// The same on vectors.
  void emitWidenedTile(OpFoldResult aBase, OpFoldResult bBase, const Part &part,
                       const SumsPlace &target);
  /// emitMatrixTile for rows of A that are not packed.
  void emitTileInPlace(const Tile &row, OpFoldResult columnNumber,
                       OpFoldResult bBase, const Offsets &offsets,
                       const Part &part, const KBlock &block,
                       const SumsPlace &target);
  /// How many rows before its own a tile that is read in place begins: as many
  /// as it lacks.
  OpFoldResult countEarlyRows(const Tile &row);
  UnitRows getPackedRows(OpFoldResult aBase);
  /// Updates C by the sums of a register tile, which `emitSums` leaves where it
  /// is told to: in C itself where that is to hold nothing else.
  void updateFromUnit(const Tile &row, const Tile &column, const Offsets &base,
                      ArrayRef<Lanes> lanes, const KBlock &block,
                      llvm::function_ref<void(const SumsPlace &)> emitSums);
  /// True where numbers may be so small that the matrix unit rounds sums of
  /// their products to zero.
  bool tracksExponents() const;
  /// Notes the smallest exponent of packed tile `tile`, which starts at `from`.
  void noteExponent(const Side &side, OpFoldResult tile, OpFoldResult from,
                    const KBlock &block);
  /// A vector of 16-bit integers.
  Value splatBits(uint64_t number);
  /// The magnitudes of bf16 `numbers` minus one, where below `smallest`: zeros,
  /// which never matter, are the largest.
  Value takeSmaller(Value numbers, Value smallest);
  /// The exponent of such magnitudes.
  Value findExponent(Value smallest);
  /// The same of the rows of A in one register along the sum.
  Value noteRows(const UnitRows &a, OpFoldResult step, Value smallest);
  /// True where the matrix unit could round numbers of a register tile to zero,
  /// given the smallest exponent of its rows.
  Value mayUnderflow(Value rowExponent, OpFoldResult columnNumber);

  // Dot products of vectors (KernelDots.cpp).
  /// emitUnitTile on vectors whose lanes hold groups of k points.
  Value emitDotTile(const UnitTile &tile, const SumsPlace &target);
  /// Leaves the sums of `count` rows, from `first` on, in `target`.
  void emitDotRows(const UnitTile &tile, const SumsPlace &target,
                   OpFoldResult first, int64_t count);
  SmallVector<Value> sumDots(const UnitTile &tile, OpFoldResult row,
                             int64_t count);
  /// `sums` and the products of `kDotGroups` groups: those of A, of the first
  /// row, at `a`, and those of B at `b`.
  SmallVector<Value> addDots(const UnitRows &rows, OpFoldResult a,
                             OpFoldResult b, ValueRange sums);
  /// `sum` and the products of groups of A and of B, in each lane.
  Value addDot(Value a, Value b, Value sum);
  /// One group of a row of A in all lanes.
  Value loadGroupOfA(Value buffer, OpFoldResult at);
  /// Vectors of the groups of B at `at`.
  Value loadGroupsOfB(OpFoldResult at);
  /// True where dot products take the numbers of A for unsigned ones, those of
  /// the dialect with 128 added.
  bool addsBias() const;
  /// Notes what sums of packed tile `tile` of columns, which starts at `from`,
  /// begin with for that: -128 times the sum of each column.
  void noteBias(const Side &side, OpFoldResult tile, OpFoldResult from,
                const KBlock &block);

  // Register tile.
  /// True where the last tile of columns has vectors of its own.
  bool endsWithOwnVectors() const;
  /// Runs `body` for tile `number` of a block, with as many vectors as that
  /// has.
  void withColumn(const Tile &tile, OpFoldResult number,
                  llvm::function_ref<void(const Column &)> body);
  /// Runs `body` for a tile of rows, with as many rows as that has.
  void withRows(const Tile &tile, llvm::function_ref<void()> body);
  void emitTile(const Tile &row, OpFoldResult rowNumber, const Column &column,
                const Offsets &offsets, const KBlock &block);
  /// Where a register tile lies in C and in the tensors of fused ops.
  Offsets getTileBase(const Offsets &offsets, const Tile &row,
                      const Tile &column);
  void storeSums(ArrayRef<Value> sums, Value buffer, OpFoldResult from);
  /// Fetches the tile of C at `base`.
  void prefetchC(const Offsets &base, ArrayRef<Lanes> lanes);
  /// Fetches packed columns of B some steps ahead of `start`.
  void prefetchColumns(OpFoldResult start);
  /// Fetches what the matrix unit reads of B behind the step at `start`.
  void prefetchRegisters(OpFoldResult start);
  /// Asks for `count` elements, from `start` on, of an operand that is read in
  /// place.
  void prefetch(KernelOperand operand, OpFoldResult start, int64_t count);
  SmallVector<Parts> sumTile(const Tile &row, OpFoldResult aBase,
                             OpFoldResult bBase, const Part &part,
                             ArrayRef<Lanes> lanes);
  RowsOfA findRowsOfA(const Tile &row, OpFoldResult aBase);
  /// Halves the last vector of a tile of `columns` columns, if one of 512 bits
  /// has none in its upper half: where the processor multiplies such a vector
  /// in two halves, one of them is saved.
  void chooseLastVector(int64_t columns);
  /// The length of vector `number` of a tile while points are summed up.
  int64_t lengthOf(int64_t number) const {
    return number + 1 == vectors ? lastVector.length : plan.vectorLength;
  }
  Value makeZero(int64_t length);
  /// `vector`, and behind half a one `zeros`.
  Value lengthen(Value vector, Value zeros);
  /// Vector `number` of a tile of B, at `at`, whose registers in C are `lanes`.
  Parts loadColumns(OpFoldResult at, int64_t number, ArrayRef<Lanes> lanes);
  /// Adds the products of the k points from `from` up to `to` to `sums`, those
  /// of elements for which they are present.
  SmallVector<Value> addPoints(const RowsOfA &rowsOfA, OpFoldResult bBase,
                               ArrayRef<Lanes> lanes, OpFoldResult from,
                               OpFoldResult to, ArrayRef<TileBound> bounds,
                               ValueRange sums);
  /// The vectors of `sums` as they lie in memory, one row after the other.
  SmallVector<Value> arrange(ArrayRef<Parts> sums);
  void updateC(ArrayRef<Value> sums, const Tile &row, const Offsets &base,
               ArrayRef<Lanes> lanes, const KBlock &block);
  void updateRows(ArrayRef<Value> sums, const Offsets &base,
                  ArrayRef<Lanes> lanes, const KBlock &block);
  void updatePartly(ArrayRef<Value> sums, const Tile &row, const Offsets &base,
                    ArrayRef<Lanes> lanes, const KBlock &block);
  /// Updates the first `rows` rows of C by sums that lie in `buffer`: `count`
  /// register tiles, one after the other, `step` numbers apart.
  void updateFromBuffer(OpFoldResult rows, const Offsets &base,
                        ArrayRef<Lanes> lanes, const KBlock &block,
                        Value buffer, OpFoldResult from, OpFoldResult step,
                        int64_t count);
  /// `lanes` with masks for loads of C, where nothing is loaded from a tile
  /// that holds nothing yet.
  SmallVector<Lanes> withLoadMasks(ArrayRef<Lanes> lanes, const KBlock &block);
  /// The tile at `base`, moved to its row `row`.
  Offsets moveToRow(Offsets base, OpFoldResult row);
  /// One register of C in the row at `base`.
  Value loadC(const Offsets &base, const Lanes &lanes);
  void storeC(const Offsets &base, const Lanes &lanes, Value vector);

  // Stores of C and what is done before (KernelFinish.cpp).
  /// Stores rows of C, one after the other, that start at `base`; where they
  /// are complete, what the epilogue makes of them, and reduces that: to all
  /// of a part or, where one row after the other is stored, to what there is.
  void storeRows(ArrayRef<Value> totals, const Offsets &base,
                 ArrayRef<Lanes> lanes, const KBlock &block, bool oneByOne);
  /// Stores what the epilogue makes of one vector of C in the row at `base` and
  /// returns it.
  SmallVector<Value> finishVector(Value total, const Offsets &base,
                                  const Lanes &lanes);
  /// Tensor `number` of a fused op, whose first one is `first`, on one vector
  /// of the row at `base`.
  Value loadFused(const FusedElementwise &op, unsigned first, unsigned number,
                  const Offsets &base, const Lanes &lanes);
  /// True where something is done with complete elements of C.
  bool finishes() const { return epilogue || !reductions.empty(); }
  /// The number of the first tensor of a fused op.
  unsigned getFirstTensor(const FusedElementwise &op) const;
  /// The offset in a part of the columns in `lanes`.
  Value getPlaceInPart(const KernelReduction &reduction, const Offsets &base,
                       const Lanes &lanes);
  VectorType getPartVector(const KernelReduction &reduction) const;
  /// What a part starts from.
  Value getStart(const KernelReduction &reduction);
  /// What is reduced of a vector of C, of which the epilogue made `results`.
  Value getFinished(const KernelReduction &reduction, Value total,
                    ArrayRef<Value> results) const;
  /// Puts `base`, at a tile of rows, to the part of that.
  void moveToParts(Offsets &base, const Tile &row);
  /// Starts the parts of one tile of rows.
  void startParts(const Offsets &base, ArrayRef<Lanes> lanes);

  // Elements and vectors, in the compute type.
  Value widen(Value value);
  Parts loadElement(KernelOperand operand, OpFoldResult offset);
  /// Loads one vector of elements, with one mask per register; null stands for
  /// all lanes.
  Parts loadVector(KernelOperand operand, OpFoldResult offset,
                   ArrayRef<Value> masks);
  /// The parts of `length` elements that lie in `registers`.
  Parts splitParts(const Parts &registers, int64_t length);
  /// Loads one register of numbers, not of elements, or `length` of them.
  Value loadNumbers(Value buffer, OpFoldResult offset, Value mask,
                    std::optional<int64_t> length = std::nullopt);
  void storeNumbers(Value buffer, OpFoldResult offset, Value vector,
                    Value mask);
  /// Loads and stores that know the layout of tiles: `offset` is that of the
  /// first part, and others follow `size` numbers later.
  Parts loadPackedElement(Value buffer, OpFoldResult offset, int64_t size);
  Parts loadPackedVector(Value buffer, OpFoldResult offset, int64_t size,
                         int64_t length);
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
  Parts broadcast(const Parts &element, int64_t length);
  /// What becomes of C, given its value (null where it holds nothing yet).
  Value finish(Value sum, Value previous);
  /// The place of element `offset` among the numbers of a buffer.
  OpFoldResult numbers(OpFoldResult offset) {
    return math.mul(offset, math.constant(plan.parts));
  }
  /// Numbers of a register tile.
  int64_t tileNumbers() const { return plan.mr * plan.nr() * plan.parts; }
  /// Registers of one row of a tile.
  int64_t rowRegisters() const { return vectors * plan.parts; }
  bool isEven(const KernelDim &dim, int64_t size) const {
    return dim.extent != kDynamicExtent && dim.extent % size == 0;
  }
  /// True where all tiles of `axis` are known to be whole.
  bool isEven(const Axis &axis) const {
    int64_t rows = axis.dim.extent;
    for (const KernelDim &dim : axis.outer)
      rows *= axis.joined ? dim.extent : 1;
    return axis.dim.extent != kDynamicExtent && rows % axis.size == 0;
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
  ArrayRef<OpFoldResult> boundConstants;
  /// The tensors of fused ops, numbered from kC + 1 on: the op and the number
  /// there.
  SmallVector<std::pair<const FusedElementwise *, unsigned>> fused;
  /// Vectors of columns in the tile that is being emitted.
  int64_t vectors = 0;
  /// The last one of them.
  LastVector lastVector;
  /// The rows of that tile; some may not exist unless `areAllRows`.
  int64_t rows = 0;
  bool areAllRows = false;
  Range rowTiles, columnTiles;
  /// Blocks of the sum that a thread has.
  Range sumBlocks;
  Value zero, bufferA, bufferB, spill;
  /// The sums of each block, where threads share these out.
  Value blockSums;
  /// Joined columns at one point of the sum.
  Value collected;
  /// Of operands in tiles: elements of a tile, and of a step along a dimension
  /// of the batch or the sum.
  std::array<int64_t, 2> tileSizes = {0, 0};
  std::array<llvm::SmallDenseMap<IndexId, int64_t>, 2> tileStrides;
  /// The smallest exponents of the tiles in the buffers, for a matrix unit.
  Value exponentsA, exponentsB;
  /// What sums begin with, for each column in the buffer (addsBias).
  Value biases;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_KERNELS_KERNELEMITTER_H
