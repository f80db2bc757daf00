//===- IndexingBytecode.h - Bytecode of the dialect -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_INDEXINGBYTECODE_H
#define TENSORNET_DIALECT_TENSORNET_IR_INDEXINGBYTECODE_H

namespace mlir::tensornet {

class TensorNetDialect;

/// Gives the dialect its own bytecode encoding of `#tensornet.indexing` and a
/// version number, which readers check. No compatibility is promised before
/// version 1.0 of the project.
void addBytecodeInterface(TensorNetDialect &dialect);

} // namespace mlir::tensornet

#endif // TENSORNET_DIALECT_TENSORNET_IR_INDEXINGBYTECODE_H
