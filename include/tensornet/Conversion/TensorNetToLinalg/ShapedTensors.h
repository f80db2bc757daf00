//===- ShapedTensors.h - Tensors sliced and padded for linalg ---*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// linalg.generic and kernels want every access in bounds and every dimension
// under a bare subscript to have exactly the extent of its index. These plans
// slice and pad tensors, by amounts that only the run may know, until that
// holds.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTOLINALG_SHAPEDTENSORS_H
#define TENSORNET_CONVERSION_TENSORNETTOLINALG_SHAPEDTENSORS_H

#include "tensornet/Conversion/TensorNetToLinalg/LoweredContraction.h"

namespace mlir::tensornet {

/// What happens to dimension `dim` of a tensor.
struct ShapedDim {
  unsigned dim = 0;
  /// The subscript in the shaped tensor.
  LinearForm form;
  /// Only `size` elements from `offset` on are kept; all where these are null.
  OpFoldResult offset, size;
  /// A constant subscript: the dimension is sliced away.
  bool isDropped = false;
  /// The elements stand in opposite order.
  bool isReversed = false;
  /// Zeros added below and above; null for none.
  OpFoldResult low, high;
};

/// An operand on its way into loops.
struct ShapedOperand {
  SmallVector<ShapedDim> dims;

  /// The subscripts of the dimensions that are kept.
  Subscripts getForms() const;
  /// True where zeros may be added.
  bool isPadded() const;
  /// `tensor`, sliced and padded.
  Value create(OpBuilder &builder, Location loc, Value tensor) const;
};

/// The result on its way out of loops: it accumulates into a tensor that every
/// point hits, and is cut from it.
struct ShapedResult {
  /// The subscripts in the accumulator.
  Subscripts forms;
  /// The sizes of the accumulator.
  SmallVector<OpFoldResult> sizes;
  /// What is kept of the accumulator and padded around it.
  SmallVector<ShapedDim> dims;

  /// An accumulator without values.
  Value createEmpty(OpBuilder &builder, Location loc, Type elementType) const;
  /// The result cut from, and padded to its shape from, the accumulator `sum`.
  Value createFinalShape(OpBuilder &builder, Location loc, Value sum) const;
};

/// A contraction all of whose index points are in bounds, with the operands
/// and the result that this takes.
struct ShapedContraction {
  SmallVector<ShapedOperand> operands;
  ShapedResult result;
  /// Indices that count from the far end: a subscript falls with them, and only
  /// the run knows how far.
  llvm::SmallBitVector isReversed;

  /// The plan for `contraction`; `builder` makes amounts that only the run
  /// knows. std::nullopt, and nothing is made, where padding might dwarf the
  /// tensors, or where subscripts fall with an index of dynamic extent that
  /// cannot be reversed because others rise with it.
  static std::optional<ShapedContraction>
  get(OpBuilder &builder, const LoweredContraction &contraction);
  /// The operands of `contraction`, sliced and padded.
  SmallVector<Value>
  createOperands(OpBuilder &builder,
                 const LoweredContraction &contraction) const;
};

/// The index of `extent` values that counts `index` from the far end.
Value createFromFar(OpBuilder &builder, Location loc, Value index,
                    OpFoldResult extent);

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTOLINALG_SHAPEDTENSORS_H
