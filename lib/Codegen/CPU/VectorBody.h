//===- VectorBody.h - Elementwise work on vectors ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_VECTORBODY_H
#define TENSORNET_LIB_CODEGEN_CPU_VECTORBODY_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::tensornet::cpu {

/// True for element types that vector registers hold.
bool isVectorElement(Type type);

/// True where every op of `body`, that of a linalg.generic, has a form on
/// vectors.
bool isVectorBody(Block &body);

/// Computes `body` on vectors of `length` elements and returns what it yields.
/// `mapping` has the vectors of its arguments, as far as they are used, and of
/// every linalg.index; it gets those of all other values.
SmallVector<Value> evaluateOnVectors(OpBuilder &builder, Location loc,
                                     Block &body, int64_t length,
                                     IRMapping &mapping);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_VECTORBODY_H
