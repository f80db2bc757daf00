//===- Array.h - Arrays in and out ------------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arrays that go into and come out of compiled functions.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_ARRAY_H
#define TENSORNET_EXECUTION_ARRAY_H

#include "tensornet/Execution/AlignedBuffer.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <complex>
#include <optional>
#include <string>

namespace mlir::tensornet {

/// Element types of arrays. An element takes getByteWidth bytes of memory; i1
/// is one byte, 0 or 1.
enum class ElementKind {
  I1,
  I8,
  I16,
  I32,
  I64,
  Index,
  F16,
  BF16,
  F32,
  F64,
  C64, ///< complex<f32>
  C128 ///< complex<f64>
};

/// Bytes of one element.
unsigned getByteWidth(ElementKind kind);

/// The name of the type in IR: "i8", "bf16", "complex<f32>".
llvm::StringRef getElementKindName(ElementKind kind);

bool isFloatingKind(ElementKind kind);
bool isComplexKind(ElementKind kind);

/// Bytes of an array of `shape`; std::nullopt where an extent is negative or
/// where the size overflows 63 bits.
std::optional<uint64_t> getDataSize(ElementKind kind,
                                    llvm::ArrayRef<int64_t> shape);

/// The element that starts at `bytes`. Integers are exact up to 53 bits; the
/// imaginary part of a real element is zero.
std::complex<double> decodeElement(ElementKind kind, const std::byte *bytes);

/// Stores `value` at `bytes`, rounded to the nearest value of the element type
/// (ties to even; integers truncate towards zero). The imaginary part is
/// dropped where the type is real.
void encodeElement(ElementKind kind, std::byte *bytes,
                   std::complex<double> value);

/// An array in C order, last dimension fastest. It owns its elements.
struct Array {
  ElementKind kind = ElementKind::F64;
  llvm::SmallVector<int64_t> shape;
  AlignedBuffer data;

  /// An array with elements of unspecified value; an error where the host has
  /// not that much memory.
  static llvm::Expected<Array> allocate(ElementKind kind,
                                        llvm::ArrayRef<int64_t> shape);

  /// A copy; an error where the host has not that much memory.
  llvm::Expected<Array> clone() const;

  int64_t getNumElements() const;

  /// The element at `position` in C order, as decodeElement gives it.
  std::complex<double> get(int64_t position) const;

  /// The integer at `position` of an array of integers.
  int64_t getInteger(int64_t position) const;

  /// Sets the element at `position` as encodeElement does.
  void set(int64_t position, std::complex<double> value);
};

/// The array with every element converted by encodeElement.
llvm::Expected<Array> convertArray(const Array &array, ElementKind kind);

/// "4x8xf32", or "f32" without dimensions.
std::string formatArrayType(ElementKind kind, llvm::ArrayRef<int64_t> shape);

/// The first `limit` elements in C order, "[1, 2.5, ...]", then the Euclidean
/// norm of all where there are more.
std::string formatElements(const Array &array, int64_t limit);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_ARRAY_H
