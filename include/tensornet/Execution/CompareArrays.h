//===- CompareArrays.h - Found against expected -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Comparison of results with expected ones.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_COMPAREARRAYS_H
#define TENSORNET_EXECUTION_COMPAREARRAYS_H

#include "tensornet/Execution/Array.h"

namespace mlir::tensornet {

/// The error of `found` against `expected`: |found - expected| / (1 +
/// |expected|), with the modulus of complex numbers. Two NaNs agree, as do
/// equal infinities; a NaN or an infinity against anything else is infinitely
/// wrong.
double getElementError(std::complex<double> found,
                       std::complex<double> expected);

/// How two arrays of one shape differ.
struct ArrayDifference {
  /// The largest getElementError.
  double largestError = 0;
  /// Where it is, in C order.
  int64_t position = 0;
};

/// Compares element by element. The shapes must be equal.
ArrayDifference compareArrays(const Array &found, const Array &expected);

/// The tolerance of --expect where none is given: 0 for integers, 1e-9 for
/// f64, 1e-4 for f32, 2e-2 for f16 and bf16, and as the parts for complex.
double getDefaultTolerance(ElementKind kind);

/// "[1, 0, 2]": the position as subscripts.
std::string formatPosition(int64_t position, llvm::ArrayRef<int64_t> shape);

/// One element in full precision.
std::string formatElement(const Array &array, int64_t position);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_COMPAREARRAYS_H
