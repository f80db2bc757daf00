//===- ArrayView.h - Arrays in memory of others -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_ARRAYVIEW_H
#define TENSORNET_EXECUTION_ARRAYVIEW_H

#include "tensornet/Execution/Array.h"

namespace mlir::tensornet {

/// Elements in somebody's memory, as NumPy describes them.
struct ArrayView {
  ElementKind kind = ElementKind::F64;
  /// The element whose indices are all zero, at any address.
  std::byte *data = nullptr;
  llvm::SmallVector<int64_t> shape;
  /// Bytes from one element to the next along each dimension; they may be
  /// negative, zero, or no multiple of the size of an element.
  llvm::SmallVector<int64_t> strides;

  /// The view of an array in C order at `data`, which has as many elements as
  /// `shape` says.
  static ArrayView contiguous(ElementKind kind, std::byte *data,
                              llvm::ArrayRef<int64_t> shape);

  /// An error, without the name of the view, unless there is a stride for each
  /// extent, no extent is negative, and all elements have addresses.
  llvm::Error check() const;

  // What follows expects a view that check() found nothing in.

  uint64_t getNumElements() const;
  /// True where the elements lie in C order, one after the other, at multiples
  /// of their natural alignment.
  bool isContiguous() const;
  /// True where the byte ranges of both, from the first to the last element,
  /// have bytes in common.
  bool mayOverlap(const ArrayView &other) const;

  /// The elements as an array of memory of its own; an error where there is
  /// none left.
  llvm::Expected<Array> copy() const;
  /// Sets all elements to those of `array`, which has the same kind and shape.
  void assign(const Array &array) const;
};

/// True where two elements of `views`, of one or of different ones, share
/// bytes.
bool shareElements(llvm::ArrayRef<ArrayView> views);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_ARRAYVIEW_H
