//===- BufferWrites.h - Which buffers ops may write to ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_BUFFERS_BUFFERWRITES_H
#define TENSORNET_LIB_CODEGEN_CPU_BUFFERS_BUFFERWRITES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/BitVector.h"

namespace mlir::tensornet::cpu {

/// Which buffers the ops of a module may write to. Functions must not change
/// what they write while this is in use.
class BufferWrites {
public:
  /// False where `op`, with all that it holds and calls, surely leaves the
  /// memory of `root` as it is, a buffer that is no view.
  bool mayWrite(Operation *op, Value root);

  /// The arguments that a function may write to.
  const llvm::BitVector &getWritten(func::FuncOp function);

private:
  bool mayWriteItself(Operation *op, Value root);

  SymbolTableCollection symbols;
  DenseMap<Operation *, llvm::BitVector> written;
};

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_BUFFERS_BUFFERWRITES_H
