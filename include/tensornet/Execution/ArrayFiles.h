//===- ArrayFiles.h - Arrays in files ---------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arrays in NumPy files.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_ARRAYFILES_H
#define TENSORNET_EXECUTION_ARRAYFILES_H

#include "tensornet/Execution/Array.h"

namespace mlir::tensornet {

/// Reads the array of type `kind` and `shape` (negative extents are free) in
/// file `path`. The file must have that element type, with these exceptions:
/// NumPy has no bf16, so it is read from float16, float32 or float64 and
/// rounded to nearest; i1 is read from bool; index from int64. An error names
/// the file, what was expected and what was found.
llvm::Expected<Array> readArray(llvm::StringRef path, ElementKind kind,
                                llvm::ArrayRef<int64_t> shape);

/// Writes `array` to file `path`: bf16 as float32, i1 as bool, index as int64.
/// The file appears complete or not at all.
llvm::Error writeArray(llvm::StringRef path, const Array &array);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_ARRAYFILES_H
