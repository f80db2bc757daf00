//===- FlatView.h - Memrefs as flat buffers ---------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_BUFFERS_FLATVIEW_H
#define TENSORNET_LIB_CODEGEN_CPU_BUFFERS_FLATVIEW_H

#include "mlir/IR/Builders.h"

namespace mlir::tensornet::cpu {

/// A memref as a one-dimensional buffer of unit stride.
struct FlatView {
  Value buffer;
  /// Where the memref's first element lies in the buffer.
  OpFoldResult offset;
  /// The element strides of the memref.
  SmallVector<OpFoldResult> strides;

  /// The flat view of `memref`, whose layout is strided.
  static FlatView get(OpBuilder &builder, Location loc, Value memref);
};

/// A flat buffer as one of other numbers. Both are the same to LLVM: an address
/// and an extent, which nothing reads.
Value viewAs(OpBuilder &builder, Location loc, Value buffer, Type number);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_BUFFERS_FLATVIEW_H
