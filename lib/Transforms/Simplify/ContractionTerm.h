//===- ContractionTerm.h - A constant times a contraction -------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A contraction as a constant times the rest.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_SIMPLIFY_CONTRACTIONTERM_H
#define TENSORNET_LIB_TRANSFORMS_SIMPLIFY_CONTRACTIONTERM_H

#include "ScalarFactor.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

namespace mlir::tensornet {

/// True for tensors of real numbers or integers that a contraction may have as
/// its result.
bool isContractionResult(Type type);

/// factor * body, where the factor is the product of the 0-d constant operands
/// and the body has the other operands.
class ContractionTerm {
public:
  explicit ContractionTerm(ContractOp op);

  const ScalarFactor &getFactor() const { return factor; }
  /// True where the op has a constant operand.
  bool hasConstant() const {
    return operands.size() < size_t(op.getInputs().size());
  }
  /// True where the bodies are equal up to the order of operands and the names
  /// of indices.
  bool isMultipleOf(const ContractionTerm &other) const;
  /// Makes newFactor * body, of the type of the op.
  Value build(OpBuilder &builder, const ScalarFactor &newFactor) const;

private:
  mutable ContractOp op;
  ScalarFactor factor;
  /// The operands of the body and the op's indexing without the others.
  SmallVector<Value> operands;
  Indexing indexing;
  /// The operands in an order of their own, for a quick comparison.
  SmallVector<const void *> sortedOperands;
};

/// Makes factor * value, of the type of `value`: a contraction with one
/// constant operand.
Value createScaled(OpBuilder &builder, Location loc, const ScalarFactor &factor,
                   Value value);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_SIMPLIFY_CONTRACTIONTERM_H
