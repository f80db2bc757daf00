//===- Signature.h - What a function takes and returns ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a function takes and returns, as plain values that outlive its IR.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_SIGNATURE_H
#define TENSORNET_EXECUTION_SIGNATURE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tensornet/Execution/Array.h"

namespace mlir::tensornet {

/// The type of an argument or result: a ranked tensor or a scalar. Callers see
/// a scalar as an array of rank 0.
struct ValueType {
  ElementKind kind;
  /// Extents; ShapedType::kDynamic where only the run knows them.
  SmallVector<int64_t> shape;

  /// True for tensors, also 0-d ones.
  bool isTensor = false;
  bool isStatic() const { return !ShapedType::isDynamicShape(shape); }
  /// True where an array of element type `kind` and `shape` is such a value.
  bool accepts(ElementKind kind, ArrayRef<int64_t> shape) const;
  /// True where both accept the same arrays.
  bool operator==(const ValueType &other) const {
    return kind == other.kind && shape == other.shape;
  }
};

/// "4x?xf32".
std::string formatValueType(const ValueType &type);

struct Signature {
  SmallVector<ValueType> inputs;
  SmallVector<ValueType> results;
};

/// The value type of a scalar or ranked tensor; std::nullopt for other types.
std::optional<ValueType> getValueType(Type type);

/// The signature of `function`. Fails, after reporting at the function, where
/// an argument or result is not a scalar or ranked tensor of a type that arrays
/// have, or where a static one is larger than any memory.
FailureOr<Signature> getSignature(func::FuncOp function);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_SIGNATURE_H
