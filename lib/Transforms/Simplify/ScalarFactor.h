//===- ScalarFactor.h - Products of scalar constants ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of scalar constants, as factors of a contraction.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_TRANSFORMS_SIMPLIFY_SCALARFACTOR_H
#define TENSORNET_LIB_TRANSFORMS_SIMPLIFY_SCALARFACTOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"
#include "mlir/Support/LLVM.h"

#include <complex>

namespace mlir::tensornet {

/// The element that all elements of the constant `value` equal: a FloatAttr, an
/// IntegerAttr or, for complex, an ArrayAttr of two FloatAttr. Null where
/// `value` is no such constant.
Attribute getSplatConstant(Value value);

/// A product of scalars of one kind: real or complex numbers in double
/// precision, integers modulo 2^64.
class ScalarFactor {
public:
  /// The factor 1; `type` is the element type it is wanted in.
  explicit ScalarFactor(Type type) : type(type) {}

  /// Multiplies by an element as getSplatConstant returns it.
  void multiply(Attribute element, bool conjugated = false);
  void multiply(int64_t value);
  void multiply(const ScalarFactor &other);
  /// The sum with another factor of the same type.
  ScalarFactor operator+(const ScalarFactor &other) const;
  bool isOne() const;
  bool isMinusOne() const;
  bool isZero() const;
  Type getType() const { return type; }
  /// A constant of this type and element type with the factor everywhere.
  DenseElementsAttr getSplat(ArrayRef<int64_t> shape) const;

private:
  bool isEqualTo(int64_t value) const;

  Type type;
  std::complex<double> number = 1;
  uint64_t integer = 1;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_TRANSFORMS_SIMPLIFY_SCALARFACTOR_H
