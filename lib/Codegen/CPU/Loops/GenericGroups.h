//===- GenericGroups.h - Rows through several linalg.generic ----*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_LOOPS_GENERICGROUPS_H
#define TENSORNET_LIB_CODEGEN_CPU_LOOPS_GENERICGROUPS_H

#include "RowGroups.h"
#include "VectorLoops.h"

#include <memory>

namespace mlir::tensornet::cpu {

/// Emits the ops of a row group together: each block of rows passes through all
/// of them while it is in cache.
class GenericGroup {
public:
  /// With `parallel`, threads share the blocks of large groups.
  GenericGroup(const RowGroup &group, OpBuilder &builder, unsigned vectorBits,
               bool parallel);

  /// True where each op can be emitted in rows.
  bool canVectorize();
  /// Emits the loops; false, where the rows are too few and too long for that,
  /// with nothing but dead code emitted.
  bool emit();

private:
  /// Merges shared loops that are adjacent in memory everywhere.
  void mergeLoops();
  /// The bytes of one row of all buffers, as far as they are static.
  std::optional<int64_t> getRowBytes();
  /// The rows of one block; std::nullopt where blocks do not pay.
  std::optional<int64_t> chooseRows();
  /// With `large`, threads share the blocks, and each sum over rows is one of
  /// a few pieces of them, in order.
  void emitBlocks(int64_t rows, bool large);
  /// Emits block `number` of `rows` rows.
  void emitBlock(OpFoldResult number, int64_t rows, OpFoldResult slot,
                 OpFoldResult piece);
  bool sumsColumns();
  /// True where every op finds all that it needs of a row in registers.
  bool fitsRegisters();
  /// Short rows to compute at one time: while one waits for a sum over its
  /// lanes, others have work.
  int64_t countRowsAtATime();
  /// Emits `rows` rows from number `first` on, op after op.
  void emitRowsInRegisters(OpFoldResult first, int64_t rows);
  /// Emits all rows in registers; threads share them with `large`.
  void emitShortRows(bool large);
  /// Where step `number` of the shared loops is, of which the last has
  /// `extent` steps.
  SmallVector<OpFoldResult> getSteps(OpFoldResult number, OpFoldResult extent);

  /// A result of the group that `writer` stores past the caches. Members before
  /// it may write and read rows of it, which then lie elsewhere.
  struct Streamed {
    Value memref;
    unsigned writer;
  };
  void findStreamed();
  /// Lets the last of several members that read rows of a tensor ask for those
  /// of the next block of `rows` rows: while they compute, memory would idle.
  void readAhead(int64_t rows);
  /// Lets the last member before one that writes rows of a large result ask the
  /// caches for them: stores would wait for these.
  void writeAhead();
  /// True where no member before its owner, nor that itself, reads or writes
  /// what `result` writes.
  bool isTouchedFirst(OpOperand &result) const;
  /// An operand of `op` that lies in memory as `result` does and is read in
  /// vectors; null if there is none.
  OpOperand *findGuide(linalg::GenericOp op, OpOperand &result);
  void setStreams(bool isTrue);
  /// Calls `emitRows` for few rows, for many, or both where the run decides.
  void emitAll(llvm::function_ref<void(bool large)> emitRows);
  /// True for a buffer of which nobody needs rows after their block.
  bool isScratchBuffer(Value memref);
  /// The streamed memref of which `operand` is a row, or null.
  const Streamed *getStreamed(OpOperand &operand) const;
  /// True where no member reads what `memref` was before the group, and none
  /// uses it after member `writer`.
  bool isOnlyWritten(Value memref, unsigned writer);

  /// An operand that lies elsewhere while blocks run: rows that nobody sees
  /// after their block, or a sum of one piece.
  struct Private {
    GenericVectorizer *member = nullptr;
    unsigned operand = 0;
    /// The buffer of all slots or pieces, and the elements of one.
    Value buffer;
    int64_t size = 0;
    bool isSum = false;
    /// The operand is written in its own place, after it was read elsewhere.
    bool isSource = false;
    Value original;
  };
  /// Redirects operands to memory of `slots` blocks of `rows` rows, and, with
  /// `large`, sums to memory of their own.
  void redirect(int64_t rows, int64_t slots, bool large);
  /// Undoes that, after `pieces` sums.
  void restore(OpFoldResult pieces);
  Value createBuffer(int64_t elements, Type type);

  RowGroup group;
  OpBuilder &builder;
  Location loc;
  IndexMath math;
  /// The shared loops, after merging.
  unsigned count;
  bool parallel;
  SmallVector<std::unique_ptr<GenericVectorizer>> members;
  /// Found before emission adds uses.
  SmallVector<memref::AllocOp> scratchBuffers;
  /// Where each member starts.
  SmallVector<GenericVectorizer::Offsets> starts;
  SmallVector<Private> redirected;
  SmallVector<Streamed> streamed;
  /// True while code that streams is emitted.
  bool streams = false;
  SmallVector<Value> allocated;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_LOOPS_GENERICGROUPS_H
