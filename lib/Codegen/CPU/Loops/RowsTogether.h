//===- RowsTogether.h - Sums over lanes of several vectors ------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWSTOGETHER_H
#define TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWSTOGETHER_H

#include "mlir/IR/Builders.h"

namespace mlir::tensornet::cpu {

/// Combines the lanes of each of `rows`, vectors of one type, and returns a
/// vector of one element per row. Vectors of two rows become one with half of
/// the lanes for each, so that `combine` meets fewer and fewer vectors: four
/// rows take 13 instructions where each by itself takes 8. Rows are a power of
/// two, as the lanes are, and no more than these.
Value reduceTogether(OpBuilder &builder, Location loc, ArrayRef<Value> rows,
                     llvm::function_ref<Value(Value, Value)> combine);

/// A vector of `numbers`, one of them per element.
Value toVector(OpBuilder &builder, Location loc, ValueRange numbers);

/// True at the run where every element of `conditions`, a vector of i1, is.
Value areAllTrue(OpBuilder &builder, Location loc, Value conditions);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_LOOPS_ROWSTOGETHER_H
