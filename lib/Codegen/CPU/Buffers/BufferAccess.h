//===- BufferAccess.h - What ops do to buffers ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_BUFFERS_BUFFERACCESS_H
#define TENSORNET_LIB_CODEGEN_CPU_BUFFERS_BUFFERACCESS_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::tensornet::cpu {

/// What an op does to one memref.
struct BufferAccess {
  Value memref;
  bool writes;
  /// Null for ops that are no linalg.generic.
  AffineMap map;
};

/// The accesses of `op`; std::nullopt where nobody knows. Those of a call are
/// those of the function, as far as its arguments are concerned.
std::optional<SmallVector<BufferAccess>> getAccesses(Operation *op);

/// True where `a` and `b` are not both reads and may touch the same memory.
bool conflict(const BufferAccess &a, const BufferAccess &b);

/// True where the order of `a` and `b` may matter.
bool conflict(Operation *a, Operation *b);

/// The values from outside that `op` and what is inside of it use.
llvm::SetVector<Value> getUsedValues(Operation *op);

/// True where `moved` can stand before the ops `passed`, which come between
/// `first` and them in one block. Ops of `passed` that make operands of `moved`
/// then stand in front of `first` and are in `passed` no more.
bool makeRoom(ArrayRef<Operation *> moved, SmallVector<Operation *> &passed,
              Operation *first);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_BUFFERS_BUFFERACCESS_H
