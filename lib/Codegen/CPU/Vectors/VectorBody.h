//===- VectorBody.h - Elementwise work on vectors ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_CODEGEN_CPU_VECTORS_VECTORBODY_H
#define TENSORNET_LIB_CODEGEN_CPU_VECTORS_VECTORBODY_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::tensornet::cpu {

/// True for element types that vector registers hold.
bool isVectorElement(Type type);

/// True where every op of `body`, that of a linalg.generic, has a form on
/// vectors.
bool isVectorBody(Block &body);

/// True where an op of `body` takes longer than reading a number from memory
/// does.
bool isExpensiveBody(Block &body);

/// The sum, maximum or minimum by which `op` reduces to its only result, in any
/// order; null where there is none.
Operation *getCombiner(linalg::GenericOp op);

/// The product that `op`, if it is a sum or a difference, is rounded together
/// with, in one instruction; null where there is none.
arith::MulFOp getFusedProduct(Operation *op);

/// True where an op of `body` becomes a long chain of arithmetic on vectors
/// (`--tensornet-vector-functions`).
bool hasVectorFunction(Block &body);

/// On `math.exp`: no operand is above zero. On `arith.divf`: no dividend is
/// above one in size. NaN may be among both.
constexpr StringLiteral kBoundedAttribute = "tensornet.bounded";
/// Marks the combiner of maxima that may pass over NaN, and whose zeros may
/// have any sign.
constexpr StringLiteral kIgnoresNaNAttribute = "tensornet.ignores_nan";

/// Divisions and the vectors of the reciprocals of their divisors, which are
/// neither so large nor so small that one has fewer bits.
using Reciprocals = llvm::SmallDenseMap<Operation *, Value>;

/// The elements of `buffer` from `at` on; zeros where `mask` (null: none)
/// leaves lanes out.
Value loadVector(OpBuilder &builder, Location loc, VectorType type,
                 Value buffer, Value at, Value mask);

/// Stores `vector` to `buffer` from `at` on, but for the lanes that `mask`
/// (null: none) leaves out.
void storeVector(OpBuilder &builder, Location loc, Value vector, Value buffer,
                 Value at, Value mask);

/// Computes `body` on vectors of `length` elements and returns what it yields.
/// `mapping` has the vectors of its arguments, as far as they are used, and of
/// every linalg.index; it gets those of all other values. Divisions that
/// `reciprocals` has are computed without dividing, to the same bits but for
/// results below the normal range.
SmallVector<Value>
evaluateOnVectors(OpBuilder &builder, Location loc, Block &body, int64_t length,
                  IRMapping &mapping,
                  const Reciprocals &reciprocals = Reciprocals());

/// The same for several vectors of each argument, op by op: what waits for one
/// vector's results has the other ones to compute.
SmallVector<SmallVector<Value>>
evaluateOnVectors(OpBuilder &builder, Location loc, Block &body, int64_t length,
                  MutableArrayRef<IRMapping> mappings,
                  const Reciprocals &reciprocals);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_LIB_CODEGEN_CPU_VECTORS_VECTORBODY_H
