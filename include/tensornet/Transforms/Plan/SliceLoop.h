//===- SliceLoop.h - Loops over slices of a contraction ---------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TRANSFORMS_PLAN_SLICELOOP_H
#define TENSORNET_TRANSFORMS_PLAN_SLICELOOP_H

#include "tensornet/Analysis/PathSearch.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "tensornet/Transforms/Plan/ContractionOrder.h"

namespace mlir::tensornet {

/// For each dimension of a tensor the loop that fixes it, if one does.
using SliceDims = SmallVector<std::optional<unsigned>, 4>;

/// A tensor that a loop over slices adds up.
struct SliceSum {
  SliceDims dims;
  SmallVector<OpFoldResult> sizes;
  Type elementType;
};

/// Loops over the values of sliced indices of one contraction. Each of these
/// indices has a static extent and stands in bare subscripts only, so that a
/// slice of every tensor is a tensor of fewer dimensions.
class SliceLoop {
public:
  SliceLoop(ContractOp op, const IndexSet &sliced);

  /// What the loops fix of a tensor with these subscripts, after `batchRank`
  /// leading dimensions that they leave alone.
  SliceDims getDims(const Subscripts &subscripts, unsigned batchRank = 0) const;

  /// What a body returns for one slice, given the loops' counters: for each sum
  /// the part that this slice adds.
  using Body =
      llvm::function_ref<SmallVector<Value>(OpBuilder &, ValueRange counters)>;
  /// Makes the loops and returns the sums.
  SmallVector<Value> create(OpBuilder &builder, ArrayRef<SliceSum> sums,
                            Body body);

  /// The slice of `tensor` at these counters; `tensor` itself where no loop
  /// fixes a dimension.
  static Value read(OpBuilder &builder, Location loc, Value tensor,
                    const SliceDims &dims, ValueRange counters);

  /// The contraction of one slice. Its operands are slices of the contraction's
  /// in the compute type, and so is its result.
  ContractOp createSlice(OpBuilder &builder, ValueRange counters);

  /// Replaces `slice`, made by createSlice, by the steps of `tree`, a tree for
  /// the whole contraction, and returns the value; `active` says which operands
  /// are.
  Value orderSlice(OpBuilder &builder, ContractOp slice,
                   const ContractionTree &tree, const BitVector &active);

private:
  Value add(OpBuilder &builder, const SliceSum &sum, Value before, Value part,
            ValueRange counters) const;
  Value createInit(OpBuilder &builder, const SliceSum &sum) const;
  /// True where each element of the sum belongs to one slice.
  bool isPartition(const SliceSum &sum) const;
  Subscripts dropSliced(const Subscripts &subscripts) const;

  ContractOp op;
  Location loc;
  IndexSet sliced;
};

/// `value` in another element type of the same kind; itself where it has that
/// type.
Value createConversion(OpBuilder &builder, Location loc, Value value,
                       Type elementType);

/// Makes the value of `op` in loops over the sliced indices of `tree`, each
/// slice in the order of its tree.
Value createSlicedTree(OpBuilder &builder, ContractOp op,
                       const SlicedTree &tree);

} // namespace mlir::tensornet

#endif // TENSORNET_TRANSFORMS_PLAN_SLICELOOP_H
