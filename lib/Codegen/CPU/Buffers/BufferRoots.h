//===- BufferRoots.h - What buffers have in common --------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_BUFFERS_BUFFERROOTS_H
#define TENSORNET_LIB_CODEGEN_CPU_BUFFERS_BUFFERROOTS_H

#include "mlir/IR/Value.h"

namespace mlir::tensornet::cpu {

/// The buffer that `memref` is a view of.
Value getBufferRoot(Value memref);

/// False where two buffers, which are no views, surely have no memory in
/// common. Different arguments of a function have none.
bool mayOverlap(Value root, Value other);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_BUFFERS_BUFFERROOTS_H
