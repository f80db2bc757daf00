//===- BlockGroupEmitter.h - Loops over blocks of a group -------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_FUSION_BLOCKGROUPEMITTER_H
#define TENSORNET_LIB_CODEGEN_CPU_FUSION_BLOCKGROUPEMITTER_H

#include "BlockGroup.h"
#include "mlir/IR/Builders.h"

namespace mlir::tensornet::cpu {

/// Replaces the ops of a group by loops over blocks. With `parallel`, threads
/// share out the dimensions that no op sums over. Where there are none, blocks
/// leave sums of their own, which are added in order at the end; with or
/// without threads, so that results are the same bits.
class BlockGroupEmitter {
public:
  BlockGroupEmitter(const BlockGroup &group, bool parallel);

  void emit();

private:
  /// Where a block lies along every shared dimension, in the operands of the
  /// group and in the outputs, of which a thread has its part only.
  struct Place {
    SmallVector<OpFoldResult> offsets, localOffsets;
    SmallVector<int64_t> sizes;
  };
  /// The dimensions that are cut, in the order of their loops: `outer` ones
  /// around those whose blocks threads share out, `inner` ones inside.
  struct LoopOrder {
    SmallVector<unsigned> outer, shared, inner;
  };
  /// A dimension whose parts of `extent` points leave sums of their own.
  struct Pieces {
    unsigned dim;
    int64_t extent;
  };
  /// A result that others need, and the tensor that it is put together in.
  struct Output {
    OpResult result;
    Value tensor;
    /// What the sums of all parts are added to, if the tensor holds one for
    /// each of them.
    Value start = Value();
  };

  LoopOrder chooseLoops() const;
  /// True where `op` sums over the shared dimension `dim`.
  bool sumsOver(Operation *op, unsigned dim) const;
  /// True where what one block leaves of the results of `op` is the start of
  /// the next one's sums.
  bool addsUpBlocks(Operation *op) const;
  void createOutputs();
  /// Makes a block, or loops over several: returns the next values of the
  /// outputs.
  using Body =
      llvm::function_ref<SmallVector<Value>(const Place &, ValueRange)>;
  /// Loops over the blocks of `dims`, with `body` inside.
  SmallVector<Value> emitLoops(ArrayRef<unsigned> dims, const Place &place,
                               ValueRange outputs, Body body);
  /// The same on threads.
  SmallVector<Value> emitThreads(ArrayRef<unsigned> dims, const Place &place,
                                 ValueRange outputs, Body body);
  /// Loops over parts of `step` points of one dimension of `place`.
  SmallVector<Value> emitLoop(unsigned dim, int64_t step, const Place &place,
                              ValueRange outputs, Body body);
  /// `size` points of `place` along `dim`, from `offset` on.
  Place getPart(const Place &place, unsigned dim, OpFoldResult offset,
                int64_t size);
  /// The points along `dim` that a thread takes at one time.
  int64_t getStep(unsigned dim) const {
    return pieces && pieces->dim == dim ? pieces->extent
                                        : group.getDims()[dim].block;
  }
  SmallVector<Value> emitBlock(const Place &place, ValueRange outputs);
  struct Slice {
    SmallVector<OpFoldResult> offsets, sizes, strides;
  };

  // Sums of several parts (BlockGroupPieces.cpp).
  std::optional<Pieces> choosePieces() const;
  /// True where the results of `op` are sums that start with zeros.
  bool addsToZero(Operation *op) const;
  /// The sums that all parts leave of a tensor of this type.
  Value createPieces(RankedTensorType type);
  /// Those of the part at `place`.
  Slice getPiece(const Output &output, const Place &place);
  /// What the part at `place` writes of an output.
  Slice getOutputSlice(const Output &output, const Place &place);
  /// Loops over the parts, on threads if there are any, with `body` inside,
  /// which makes one.
  SmallVector<Value> emitPieces(const Place &place, ValueRange outputs,
                                Body body);
  /// One part, with a sum of its own for each output that is one.
  SmallVector<Value> emitPiece(const Place &place, ValueRange outputs,
                               Body body);
  /// The zeros that one part adds to.
  Value startPiece(const Output &output, Value tensor, const Slice &slice);
  /// What `pieces` add up to.
  Value addPieces(const Output &output, Value pieces);

  /// True for tensors, whose dimensions run along `along`, of which each block
  /// has all.
  bool isWhole(ArrayRef<std::optional<unsigned>> along) const;
  /// The part of `tensor`, whose dimensions run along `along`, at `place`.
  Slice getSlice(Value tensor, ArrayRef<std::optional<unsigned>> along,
                 const Place &place);
  Value extract(Value tensor, ArrayRef<std::optional<unsigned>> along,
                const Place &place);
  /// `tensor` with `part` in place of that.
  Value insert(Value part, Value tensor,
               ArrayRef<std::optional<unsigned>> along, const Place &place);
  SmallVector<std::optional<unsigned>> getResultDims(OpResult result) const;
  /// The destination of a block of `init`, which starts as `init` does.
  Value createInit(OpOperand &init, const Place &place, Value output);
  /// `place` as outputs see it, which hold the part of one thread.
  Place localize(Place place) const;

  const BlockGroup &group;
  bool parallel;
  SmallVector<Operation *> ops;
  OpBuilder builder;
  Location loc;
  std::optional<Pieces> pieces;
  SmallVector<Output> outputs;
  /// The blocks of values of the group.
  DenseMap<Value, Value> blocks;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_FUSION_BLOCKGROUPEMITTER_H
