//===- Npy.h - NumPy array files -------------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reading and writing of NumPy's `.npy` format, versions 1.0 to 3.0. Written
// here because the one C++ reader that Debian keeps (xtensor's load_npy) throws
// exceptions, which this project builds without, and allocates what the header
// says before it looks at the size of the file.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_NPY_H
#define TENSORNET_EXECUTION_NPY_H

#include "tensornet/Execution/AlignedBuffer.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cassert>
#include <cstdint>
#include <optional>

namespace mlir::tensornet {

/// Element types of `.npy` files that tensors can hold.
enum class NpyKind {
  Bool,
  I8,
  I16,
  I32,
  I64,
  U8,
  U16,
  U32,
  U64,
  F16,
  F32,
  F64,
  C64, ///< Complex of two f32.
  C128 ///< Complex of two f64.
};

/// NumPy's limit on the number of dimensions; files beyond it are neither read
/// nor written.
inline constexpr size_t kMaxNpyRank = 64;

/// Bytes of one element.
unsigned getNpyByteWidth(NpyKind kind);

/// NumPy's name of the element type: "bool", "int8", "float32", "complex64".
llvm::StringRef getNpyKindName(NpyKind kind);

/// Bytes of an array of `kind` and `shape`; std::nullopt where an extent is
/// negative or where the product of the non-zero extents and the byte width
/// overflows 63 bits (so that strides are safe to compute).
std::optional<uint64_t> getNpyDataSize(NpyKind kind,
                                       llvm::ArrayRef<int64_t> shape);

/// An array in C order (last dimension fastest) and host byte order.
struct NpyArray {
  NpyKind kind = NpyKind::F64;
  llvm::SmallVector<int64_t> shape;
  AlignedBuffer data;

  /// The elements as `T`, whose width must be that of `kind`.
  template <typename T>
  llvm::ArrayRef<T> getElements() const {
    assert(sizeof(T) == getNpyByteWidth(kind) && "element type has its width");
    return {reinterpret_cast<const T *>(data.data()), data.size() / sizeof(T)};
  }
};

/// Reads the array in file `path`, converted to C order and host byte order.
/// Structured, object, string, date and extended-precision element types are
/// refused, and so is a file whose size is not what its header says: the error
/// names the file, what was expected and what was found.
llvm::Expected<NpyArray> readNpy(llvm::StringRef path);

/// Writes an array in C order and host byte order to file `path`, replacing it.
/// The file appears complete or, on error, not at all. `data` must hold as
/// many bytes as `kind` and `shape` say, else this is an error.
llvm::Error writeNpy(llvm::StringRef path, NpyKind kind,
                     llvm::ArrayRef<int64_t> shape,
                     llvm::ArrayRef<std::byte> data);

/// Writes `array` to file `path` in the same way.
llvm::Error writeNpy(llvm::StringRef path, const NpyArray &array);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_NPY_H
