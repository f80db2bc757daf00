//===- VectorTranspose.h - Squares of vectors turned round ------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_VECTORS_VECTORTRANSPOSE_H
#define TENSORNET_LIB_CODEGEN_CPU_VECTORS_VECTORTRANSPOSE_H

#include "mlir/IR/Builders.h"

namespace mlir::tensornet::cpu {

/// The columns of `rows`, one after the other, in vectors of the same length:
/// one column each where there are as many rows as lanes, several where there
/// are fewer. Both numbers are powers of two.
SmallVector<Value> transposeVectors(OpBuilder &builder, Location loc,
                                    SmallVector<Value> rows);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_VECTORS_VECTORTRANSPOSE_H
