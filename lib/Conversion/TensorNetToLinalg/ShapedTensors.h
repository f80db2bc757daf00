//===- ShapedTensors.h - Tensors sliced and padded for linalg ---*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// linalg.generic wants every access in bounds and every dimension under a bare
// subscript to have exactly the extent of its index. These plans slice and pad
// tensors until that holds.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CONVERSION_TENSORNETTOLINALG_SHAPEDTENSORS_H
#define TENSORNET_CONVERSION_TENSORNETTOLINALG_SHAPEDTENSORS_H

#include "Contraction.h"

namespace mlir::tensornet {

/// What happens to dimension `dim` of a tensor.
struct ShapedDim {
  unsigned dim = 0;
  /// The subscript in the shaped tensor.
  LinearForm form;
  /// Only these elements are kept, where given.
  std::optional<int64_t> offset;
  int64_t size = 0;
  /// A constant subscript: the dimension is sliced away.
  bool isDropped = false;
  /// Zeros added below and above.
  int64_t low = 0;
  int64_t high = 0;
};

/// An operand on its way into linalg.generic.
struct ShapedOperand {
  SmallVector<ShapedDim> dims;

  /// The plan for `factor`; std::nullopt where there is none (see
  /// createGenericContraction).
  static std::optional<ShapedOperand>
  get(const LoweredContraction &contraction,
      const LoweredContraction::Factor &factor);
  /// The subscripts of the dimensions that are kept.
  SmallVector<LinearForm> getForms() const;
  /// `tensor`, sliced and padded.
  Value create(OpBuilder &builder, Location loc, Value tensor) const;
};

/// The result on its way out of linalg.generic: it accumulates into a tensor
/// that every point hits, and is cut from it.
struct ShapedResult {
  /// The subscripts in the accumulator.
  SmallVector<LinearForm> forms;
  /// The sizes of the accumulator where they differ from the result's.
  SmallVector<std::optional<int64_t>> sizes;
  /// What is kept of the accumulator and padded around it.
  SmallVector<ShapedDim> dims;

  static std::optional<ShapedResult> get(const LoweredContraction &contraction);
  /// The accumulator, of zeros or uninitialised.
  Value createDestination(OpBuilder &builder, ContractOp op, Type elementType,
                          bool zero) const;
  /// The result cut from, and padded to its shape from, the accumulator `sum`.
  Value createFinalShape(OpBuilder &builder, ContractOp op, Value sum) const;
};

} // namespace mlir::tensornet

#endif // TENSORNET_CONVERSION_TENSORNETTOLINALG_SHAPEDTENSORS_H
