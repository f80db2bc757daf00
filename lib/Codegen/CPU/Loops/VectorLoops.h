//===- VectorLoops.h - linalg on memrefs to vector loops --------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_LOOPS_VECTORLOOPS_H
#define TENSORNET_LIB_CODEGEN_CPU_LOOPS_VECTORLOOPS_H

#include "IndexMath.h"
#include "Threads/Threads.h"
#include "Vectors/VectorBody.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::tensornet::cpu {

class RowExtreme;
class RowValues;

/// The coefficients of `expr` in `numDims` dimensions and its constant;
/// std::nullopt where it is not linear.
std::optional<SmallVector<int64_t>> getLinearCoefficients(AffineExpr expr,
                                                          unsigned numDims);

/// Bytes of results that no cache near a core keeps until somebody reads them.
constexpr int64_t kMinStreamedBytes = 4 << 20;

/// `extent`, or where only the run knows, a typical one.
inline int64_t estimate(OpFoldResult extent) {
  return getConstantIntValue(extent).value_or(512);
}

/// affine.apply in the body of `op` -> arith, which has a vector form.
void expandIndexArithmetic(linalg::GenericOp op);

/// Turns one linalg.generic on memrefs into loops over vectors.
class GenericVectorizer {
public:
  /// Loops are emitted with `builder`. With `parallel`, threads share large
  /// ones.
  GenericVectorizer(linalg::GenericOp op, OpBuilder &builder,
                    unsigned vectorBits, bool parallel)
      : op(op), builder(builder), loc(op.getLoc()), math(builder, loc),
        vectorBits(vectorBits), parallel(parallel) {}

  /// True where every step can be done on vectors: along one loop in which each
  /// operand is contiguous or constant, or on square tiles of two loops, in one
  /// of which each operand is contiguous.
  bool canVectorize();
  /// Emits the loops, after canVectorize() held. Where `number` is what every
  /// element of the result holds before, returns true if nobody needs to write
  /// it there: sums along vectors are added to it.
  bool emit(Value number = Value());

  /// One loop; several adjacent ones may have become one.
  struct Loop {
    OpFoldResult extent;
    bool isReduction;
    /// One stride per operand, then one per index that the body asks for.
    SmallVector<OpFoldResult> strides;
  };
  /// Element offsets of all operands, then the values of indices.
  using Offsets = SmallVector<OpFoldResult>;

  //===--------------------------------------------------------------------===//
  // Row by row (RowGroups.h)
  //===--------------------------------------------------------------------===//

  /// True where rows of the first `count` loops can be emitted by themselves,
  /// after canVectorize() held.
  bool hasRows(unsigned count) const {
    return !isTiled && vectorLoopNumber + 1 >= count;
  }
  /// Lays out the loops, before any of the functions below, and returns where
  /// they start.
  Offsets prepare();
  ArrayRef<Loop> getLoops() const { return loops; }
  /// True where loop `number` and the next one can become one.
  bool canMergeWithNext(unsigned number) const;
  void mergeWithNext(unsigned number);
  Offsets advance(const Offsets &offsets, const Loop &loop, OpFoldResult count);
  /// Emits everything at `rows` steps of the last of the first `count` loops,
  /// from `start` on, where the other ones stand still.
  void emitRows(unsigned count, const Offsets &start, OpFoldResult rows);
  /// True where one row of the first `count` loops fits in registers, with
  /// everything that is done to it.
  bool fitsRegisters(unsigned count);
  /// Vectors of such a row, and vectors that registers hold beside what
  /// arithmetic needs.
  int64_t countRowVectors(unsigned count);
  int64_t getHeldVectors() const { return vectorBits >= 512 ? 8 : 4; }
  /// Vectors of rows that pass at one time, which wait for each other's sums.
  int64_t getHeldRowVectors() const { return vectorBits >= 512 ? 16 : 4; }
  /// Emits rows of the first `count` loops, at `ats`. What they read comes
  /// from `rows` if it is there, what they write stays there.
  void emitRowsInRegisters(unsigned count, ArrayRef<Offsets> ats,
                           MutableArrayRef<RowValues> rows);
  /// Lanes of a vector.
  int64_t getLength() const { return length; }
  /// True where the rows of the only result, beyond `count` loops, are so many
  /// that they had better be stored past the caches, if nobody reads them.
  bool canStreamRows(unsigned count);
  /// Whether results that are aligned, where getMisalignment() is zero at the
  /// run, are stored past the caches.
  void setStreams(bool isTrue) { streams = isTrue; }
  OpFoldResult getMisalignment();
  /// The bytes that the op moves, and as many for its arithmetic as move
  /// meanwhile.
  OpFoldResult getCost();
  /// Operand `number` as a flat buffer.
  Value getBuffer(unsigned number) const { return operands[number].buffer; }
  void setBuffer(unsigned number, Value buffer) {
    operands[number].buffer = buffer;
  }
  /// Says where elements of result `number` are read, `shift` elements further
  /// than they are written; they are where they are written for a null buffer.
  void setSource(unsigned number, Value buffer, OpFoldResult shift) {
    operands[number].source = buffer;
    operands[number].shift = shift;
  }
  /// Lets each load from operand `number` ask the caches for what lies
  /// `distance` elements further.
  void setReadAhead(unsigned number, OpFoldResult distance) {
    operands[number].ahead = distance;
  }
  /// Lets each load from operand `number` ask the caches for what lies at the
  /// same place of `written`, to be written.
  void setWriteAhead(unsigned number, Value written) {
    operands[number].written = written;
  }
  void clearWriteAhead() {
    for (Operand &operand : operands)
      operand.written = Value();
  }
  /// True where vectors of operand `number` are read from it.
  bool readsVectors(unsigned number);
  /// True where the op reads what its only result was before.
  bool readsResult() {
    return !op.getBody()->getArguments().back().use_empty();
  }
  /// Writes what a reduction starts from to `size` elements.
  void fillNeutral(Value buffer, OpFoldResult from, int64_t size);
  /// Adds `count` results of `size` elements each to the result of a reduction.
  void combineChunks(Value partial, OpFoldResult count, int64_t size);

private:
  /// Independent sums of one row.
  static constexpr int64_t kUnroll = 8;
  /// Steps of a loop across which rows are summed before the next ones, and at
  /// a time.
  static constexpr int64_t kMostAcross = 32, kAcrossAtOnce = 6;
  /// Vectors of a row from which on a test of its divisor pays.
  static constexpr int64_t kLeastQuotients = 4;
  /// Vectors of one block of columns, and rows that one pass over columns adds.
  static constexpr int64_t kColumnVectors = 8;
  static constexpr int64_t kColumnRows = 8;

  /// Vectors of a row that stays in registers.
  static constexpr int64_t kMostRowVectors = 8;
  /// Vectors of the smallest step of a slice for one thread.
  static constexpr int64_t kSliceVectors = 4;
  /// Bytes of the largest matrix that the second cache holds.
  static constexpr int64_t kLargeMatrixBytes = 2 << 20;
  /// Lanes of the smallest square tile, and of the largest, which registers
  /// hold.
  static constexpr int64_t kLeastTile = 4;
  static constexpr int64_t kMostTile = 16;
  /// Tiles in a row of them from which on its edge is not worth code of its
  /// own.
  static constexpr int64_t kManyTiles = 8;
  /// The largest number of elements between two that one vector gathers.
  static constexpr int64_t kMaxGap = 4;

  /// An operand as a flat buffer. What a result was before lies in `source`, if
  /// that is set, `shift` elements further.
  struct Operand {
    Value buffer;
    OpFoldResult offset;
    Value source = Value();
    OpFoldResult shift = OpFoldResult();
    OpFoldResult ahead = OpFoldResult();
    Value written = Value();
  };
  // Analysis.
  bool matchCombiner();
  /// The strides of `operand` along every loop of the op, as far as they are
  /// static.
  std::optional<SmallVector<int64_t>> getStaticStrides(OpOperand &operand);
  std::optional<unsigned> chooseLoop();
  /// Finds two loops that every operand is contiguous along or still, of which
  /// the results run along the first.
  bool chooseTile();
  unsigned getWidestElement();
  /// Lets vectors be no longer than a loop of this extent needs.
  void shortenVectors(int64_t extent);

  // Emission.
  /// A vector of a row: its arguments, where it is and which lanes it has.
  struct RowVector {
    SmallVector<Value> arguments;
    Offsets at;
    Value mask;
  };
  void collectLoops();
  /// Adds what `subscript` of operand `number` does to offset and strides.
  void addSteps(unsigned number, AffineExpr subscript, OpFoldResult stride);
  /// Forgets the indices of loops that the body does not ask for.
  void dropUnusedIndices();
  static bool canMerge(const Loop &around, const Loop &inner);
  /// Merges what it can into loop `target`.
  void mergeLoops(unsigned &target);
  /// Merges loops and sorts them by what becomes of them.
  void arrangeLoops();
  /// Loops far apart in memory come first.
  void sortOuterLoops();
  void loopOver(ArrayRef<Loop> loops, const Offsets &offsets,
                llvm::function_ref<void(const Offsets &)> body);
  /// Loops that carry vectors.
  SmallVector<Value>
  reduceOver(ArrayRef<Loop> loops, const Offsets &offsets,
             SmallVector<Value> sums,
             llvm::function_ref<SmallVector<Value>(const Offsets &,
                                                   SmallVector<Value>)>
                 body);
  /// Runs `body(start, count)` for blocks of `size` steps of `loop`, and for
  /// what is left.
  void forBlocks(const Loop &loop, int64_t size, const Offsets &start,
                 llvm::function_ref<void(const Offsets &, int64_t)> body);
  /// Everything, on threads or in chunks where that pays.
  void emitAll(const Offsets &start);
  void emitOuterLoops(const Offsets &start);
  /// Everything at one point of the outer loops.
  void emitRow(const Offsets &offsets);
  void emitElementwise(const Offsets &offsets);
  /// The same; divisions take `reciprocals`.
  void emitElementwise(const Offsets &offsets, ArrayRef<Value> invariants,
                       const Reciprocals &reciprocals);
  /// The divisions by one of `invariants`, one number for a whole row, with
  /// that number.
  using Divisors = llvm::MapVector<Operation *, Value>;
  Divisors getDivisors(ArrayRef<Value> invariants);
  /// The divisors of each division in `rows`, all with the same ones, as a
  /// vector.
  SmallVector<Value> gatherDivisors(ArrayRef<Divisors> rows);
  /// True at the run where a number of the vector `numbers` is positive and far
  /// from both ends of the range; where all divisors of `rows` are.
  Value isModerate(Value numbers);
  Value areModerate(ArrayRef<Divisors> rows);
  SmallVector<Reciprocals> makeReciprocals(ArrayRef<Divisors> rows);
  /// True where rows next to each other are multiplied by the same vectors, as
  /// in a matrix-vector product: several of them are summed at a time.
  bool sharesVectors();
  /// True where input `number` may change along `loop`.
  bool moves(unsigned number, const Loop &loop);
  /// True for an input that may change along the vector loop.
  bool isVectorInput(unsigned number);
  /// True where all vectors are others at each step of `loop`, as along the
  /// index of a batch.
  bool movesVectors(const Loop &loop);
  /// True where some inputs move along `rows` and others along `across`, a
  /// short loop, none along both: vectors of a block of both are each read
  /// once, as in the product of a matrix with a few vectors.
  bool formBlocks(const Loop &rows, const Loop &across);
  /// Takes such a loop out of the outer ones; false where there is none beside
  /// the last of these.
  bool takeAcross();
  /// The same, around which loops of a batch go if they are in the way, and
  /// lets the last of the outer loops run over the rows that share vectors with
  /// it.
  void chooseAcross();
  /// Steps of that loop that are summed at a time; one without any.
  int64_t countAcross();
  /// Rows that are summed at a time then, at each step across: as many as
  /// registers hold.
  int64_t getSharedRows();
  /// Rows whose sums over lanes are found together.
  int64_t getRowsTogether() const { return vectorBits >= 512 ? 8 : 4; }
  /// Independent sums of one row, the same wherever it is summed.
  int64_t getSumsPerRow();
  /// True where each element of the result is written once, with its whole sum.
  bool storesEachSumOnce();
  /// True where steps of the last outer loop are neighbours in the result.
  bool rowsAreNear();
  /// A row of a block: steps along the last outer loop, and across.
  struct BlockRow {
    int64_t along, across;
  };
  /// The rows of a block of `count` steps and `width` across, neighbours in the
  /// result one after the other.
  SmallVector<BlockRow> getBlockRows(int64_t count, int64_t width);
  /// `offsets`, moved to `row`.
  Offsets moveToRow(const Offsets &offsets, const BlockRow &row);
  /// Sums `count` rows, next to each other in the last outer loop, at every
  /// step across.
  void emitRowSums(const Offsets &offsets, int64_t count);
  /// The same at `width` steps across.
  void emitBlockSums(const Offsets &offsets, int64_t count, int64_t width);
  SmallVector<Value> addRows(const Offsets &offsets, ArrayRef<BlockRow> rows,
                             SmallVector<Value> sums);
  /// A row that is summed: where it starts, what does not change along it, and
  /// its sums so far.
  struct RowState {
    Offsets at;
    SmallVector<Value> invariants;
    MutableArrayRef<Value> values;
  };
  /// Adds `count` vectors of each of `rows`, from element `i` on, to one sum
  /// each.
  void addVectors(ArrayRef<BlockRow> rows, MutableArrayRef<RowState> states,
                  OpFoldResult i, int64_t count, Value mask);
  /// What is known of the arguments of row `number`: `invariants`, and what
  /// rows before it have `loaded` from the same places.
  SmallVector<Value> shareArguments(ArrayRef<BlockRow> rows, unsigned number,
                                    ArrayRef<SmallVector<Value>> loaded,
                                    ArrayRef<Value> invariants);
  /// How to find the largest or smallest element of a row, where the op does.
  std::optional<RowExtreme> getExtreme();
  /// What sums of a row start from, and what they make together.
  SmallVector<Value> getRowStart();
  Value reduceRow(ArrayRef<Value> state);
  /// One vector of all sums of a row.
  Value combineHalves(ArrayRef<Value> state);
  /// The sums of `count` rows, of which `states` has several vectors each, in
  /// the first lanes of a vector of `together`.
  Value reduceRows(ArrayRef<Value> states, int64_t count, int64_t together);
  /// Adds the sums of `rows`, a block that shares vectors, to the result;
  /// `states` has several vectors of each.
  void storeRowSums(const Offsets &offsets, ArrayRef<BlockRow> rows,
                    ArrayRef<Value> states);
  /// How many of `rows`, a block, are neighbours in the result at a time.
  int64_t countNearRows(ArrayRef<BlockRow> rows);
  /// Adds `sum`, or the first `count` lanes of `sums`, to the result.
  void addToResult(OpFoldResult place, Value sum);
  void addToResult(OpFoldResult place, Value sums, int64_t count);
  /// The vector that the op combines with the last of `arguments`.
  Value evaluateTerm(ArrayRef<Value> arguments, const Offsets &at);
  /// The elements that the op combines, from which `number` sums start.
  SmallVector<Value> getNeutralVectors(unsigned number);
  Value combine(Value lhs, Value rhs);

  /// All lanes of `sum` combined.
  Value reduceVector(Value sum);

  // Rows in registers.
  /// Runs `body` with the loops of one row only.
  void withRow(unsigned count, llvm::function_ref<void()> body);
  void emitElementwise(ArrayRef<Offsets> ats, MutableArrayRef<RowValues> rows);
  /// For each of `rows` all results of each of its vectors.
  SmallVector<SmallVector<Value>>
  evaluateRows(ArrayRef<SmallVector<RowVector>> rows);
  /// The reductions of `rows`: all sums, or all extremes, are found together.
  void emitRowSums(ArrayRef<Offsets> ats, MutableArrayRef<RowValues> rows);
  Value sumRows(ArrayRef<Offsets> ats, MutableArrayRef<RowValues> rows);
  Value findRowExtremes(ArrayRef<Offsets> ats, MutableArrayRef<RowValues> rows,
                        RowExtreme &extreme);
  /// What has one number per row.
  void emitNumbers(const Offsets &at, RowValues &row);
  Value readNumber(unsigned number, const Offsets &at, RowValues &row);
  void writeNumber(unsigned number, const Offsets &at, Value value,
                   RowValues &row);
  /// The arguments of the body at vector `vector` of a row; of a reduction, all
  /// but the sum.
  SmallVector<Value> readArguments(int64_t vector, const Offsets &at,
                                   Value mask, RowValues &row);
  /// Runs `body(number, offsets, mask)` for each vector of a row.
  void
  forRowVectors(const Offsets &at,
                llvm::function_ref<void(int64_t, const Offsets &, Value)> body);

  // Stores past the caches.
  /// True where the results are so large, and written so evenly, that they had
  /// better not come into the caches.
  bool canStream();
  /// Puts the loops around long rows, or strips, of such results in the order
  /// in which the largest input lies in memory.
  void orderForStreams();
  /// True where every vector of operand `number` lies at a whole number of
  /// vectors from its start, as far as `around` and the loops that are arranged
  /// go.
  bool storesWholeVectors(unsigned number, ArrayRef<Loop> around = {});
  int64_t getVectorBytes(unsigned number);

  /// Lets a product of a large matrix and a vector ask the caches for what it
  /// reads next.
  void readAhead();

  // Results in strips.
  /// Takes the loops of a strip out of the outer ones: a contiguous part of a
  /// large result, of which rows start anywhere in a vector of memory. False
  /// where there is none.
  bool stageResult();
  /// Runs `body(start, extent)` for pieces of `size` steps of `loop`, and for
  /// what is left: in code of its own, unless tiles have an extent that only
  /// the run knows or the edge is rare.
  void forPieces(const Loop &loop, int64_t size, const Offsets &from,
                 llvm::function_ref<void(const Offsets &, OpFoldResult)> body);
  /// Everything at one point of the outer loops, strip by strip.
  void emitStages(const Offsets &offsets);
  /// Computes one strip, or with tiles several side by side, in memory that
  /// stays in cache, and stores them past the caches.
  void emitStage(const Offsets &offsets);
  /// Stores `size` elements of `stage` to the result, from `to` on.
  void storeStrip(Value stage, OpFoldResult from, OpFoldResult to,
                  OpFoldResult size);

  // Sums of columns.
  void emitColumnSums(const Offsets &offsets);
  /// Adds whole columns, few enough for registers.
  void emitNarrowColumns(const Offsets &offsets, int64_t columns);
  /// Adds `count` rows to the result.
  void addToColumns(const Offsets &offsets, int64_t count);

  // Square tiles.
  void emitTiles(const Offsets &offsets);
  /// One tile of so many steps and lanes. What the run finds to be whole has
  /// code without masks.
  void emitAnyTile(const Offsets &offsets, OpFoldResult crossCount,
                   OpFoldResult vectorCount);
  void emitTile(const Offsets &offsets, OpFoldResult crossCount,
                OpFoldResult vectorCount);
  /// Vectors along the vector loop of operand `number`, which is contiguous
  /// along the cross loop, one for each of its steps.
  SmallVector<Value> loadTransposed(unsigned number, OpFoldResult offset,
                                    OpFoldResult crossCount,
                                    OpFoldResult vectorCount);
  /// Asks the caches for what follows `offset` in operand `number`.
  void prefetch(unsigned number, OpFoldResult offset);
  /// Null for a whole vector.
  Value makeTileMask(int64_t step, OpFoldResult steps, OpFoldResult lanes);

  // Threads.
  /// True where every result moves along `loop`, so that no two of its steps
  /// write one element.
  bool writesAlong(const Loop &loop);
  void emitOnThreads(const Offsets &start);
  /// The number of leading outer loops whose points threads can share.
  unsigned countSharedLoops();
  /// Shares out points of the first `count` outer loops.
  void shareOuterLoops(unsigned count, const Offsets &start);
  /// The most slices along `loop` that threads share out.
  int64_t countSlices(const Loop &loop);
  /// Shares out slices along `loop`, of whole steps.
  void shareSlices(Loop &loop, int64_t step, const Offsets &start);

  // Sums in chunks.
  /// The loop to cut where a large sum has few results; null if there are many.
  Loop *chooseChunkedLoop();
  /// Number of elements of the result where it is dense and has few.
  std::optional<int64_t> getResultSize();
  void emitChunks(Loop &loop, const Offsets &start);

  // Vectors.
  /// Runs `body(start, count, mask)` for every `count` vectors along the vector
  /// loop, `atOnce` while there are so many, then one; `mask` is null for whole
  /// vectors.
  void forVectors(int64_t atOnce,
                  llvm::function_ref<void(OpFoldResult, int64_t, Value)> body);
  /// Values of operands that do not change along the vector loop.
  SmallVector<Value> loadInvariants(const Offsets &offsets);
  /// Arguments of the body of a reduction: those that `invariants` lacks are
  /// loaded, and `sum` is the last.
  SmallVector<Value> loadArguments(const Offsets &at,
                                   ArrayRef<Value> invariants, Value mask,
                                   Value sum);
  /// Vectors of a row that are computed together: several where functions make
  /// long chains of arithmetic, in which each instruction waits for the last.
  int64_t countVectorsAtOnce();
  /// Arguments of the body of an elementwise op: what it reads and
  /// `invariants` lacks is loaded.
  SmallVector<Value> loadElements(const Offsets &at, ArrayRef<Value> invariants,
                                  Value mask);
  Value load(unsigned operand, OpFoldResult offset, Value mask);
  Value loadContiguous(Value buffer, OpFoldResult offset, Value mask);
  /// A vector of elements `stride` apart.
  Value gather(unsigned operand, OpFoldResult offset, int64_t stride,
               Value mask);
  void store(unsigned operand, OpFoldResult offset, Value vector, Value mask);
  /// The body of the op on vectors; returns what it yields.
  SmallVector<Value> evaluate(ArrayRef<Value> arguments, const Offsets &at,
                              const Reciprocals &reciprocals = Reciprocals());
  SmallVector<SmallVector<Value>> evaluate(ArrayRef<RowVector> vectors,
                                           const Reciprocals &reciprocals);
  /// The index of loop `dim` of the op in every lane.
  Value createIndex(unsigned dim, const Offsets &at);
  Value makeMask(OpFoldResult count);
  VectorType getVectorType(Type element) {
    return VectorType::get({length}, element);
  }

  linalg::GenericOp op;
  OpBuilder &builder;
  Location loc;
  IndexMath math;
  unsigned vectorBits;
  bool parallel;
  /// Lanes of a vector.
  int64_t length = 0;
  /// The combination of a reduction; null in an elementwise op.
  Operation *combiner = nullptr;
  vector::CombiningKind kind = vector::CombiningKind::ADD;
  unsigned vectorLoopNumber = 0;
  /// The second loop of square tiles.
  unsigned crossLoopNumber = 0;
  bool isTiled = false;
  /// Stores go past the caches.
  bool streams = false;
  /// Results are stored in strips, of so many elements; of the first loop of a
  /// strip, beside the vector loop, they have so many steps.
  bool stages = false;
  int64_t stagedSize = 0, stagedSteps = 0;
  SmallVector<Loop> stagedLoops;
  SmallVector<Operand> operands;
  SmallVector<Loop> loops, outer, reductions;
  /// The loops of the op whose indices the body asks for.
  SmallVector<unsigned> indexDims;
  Loop vectorLoop, crossLoop;
  /// A short outer loop of which all steps are taken at once.
  std::optional<Loop> across;
  /// What sums are added to, in place of what the result holds.
  Value filled;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_LOOPS_VECTORLOOPS_H
