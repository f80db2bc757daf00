//===- NpyHeader.h - Header dictionary of NumPy files ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text between the length field and the elements of a `.npy` file: a
// Python dictionary with the keys descr, fortran_order and shape.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_NPYHEADER_H
#define TENSORNET_LIB_EXECUTION_NPYHEADER_H

#include "tensornet/Execution/Npy.h"

#include <string>

namespace mlir::tensornet {

/// What the header dictionary says.
struct NpyHeader {
  NpyKind kind = NpyKind::F64;
  bool swapBytes = false; ///< The file's byte order is not the host's.
  bool fortranOrder = false;
  llvm::SmallVector<int64_t> shape;
};

/// Parses the dictionary, which padding spaces and a newline may follow. The
/// error says what was expected and found, and does not name the file.
llvm::Expected<NpyHeader> parseNpyHeader(llvm::StringRef text);

/// The dictionary for an array in C order and host byte order, without padding.
std::string formatNpyHeader(NpyKind kind, llvm::ArrayRef<int64_t> shape);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_NPYHEADER_H
