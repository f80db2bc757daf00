//===- GradientCheck.h - Against central differences ------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Derivatives against central differences.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_GRADIENTCHECK_H
#define TENSORNET_EXECUTION_GRADIENTCHECK_H

#include "tensornet/Dialect/TensorNet/IR/DerivativeRequest.h"
#include "tensornet/Execution/CompiledFunction.h"

namespace mlir::tensornet {

/// Arguments of up to so many elements are checked entry by entry.
inline constexpr int64_t kExhaustiveEntries = 128;
/// The number of random directions, and of random entries, of larger ones.
inline constexpr int64_t kSampledDirections = 16;
/// The error that is allowed where nothing else is asked for.
inline constexpr double kGradientTolerance = 1e-5;

/// A function and its derivatives of one request, both in double precision.
struct GradientProblem {
  const CompiledFunction &value;
  const CompiledFunction &derivative;
  DerivativeMode mode;
  ArrayRef<int64_t> wrt;
  /// The inputs of `derivative`, of any floating or complex type: those of
  /// `value`, then cotangents or tangents.
  ArrayRef<Array> inputs;
  /// Of the random directions.
  uint64_t seed;
};

/// What a check found.
struct GradientReport {
  /// The number of derivatives that were compared.
  uint64_t numComparisons = 0;
  /// The largest |derivative - difference| / (1 + |difference|).
  double largestError = 0;
  /// Where it is, in words, with both values.
  std::string worst;
};

/// Compares derivatives with central differences of the value program.
///
/// Every entry of an argument of up to kExhaustiveEntries elements is
/// perturbed by itself, the real and the imaginary part of complex ones; of a
/// larger argument, kSampledDirections random directions of the whole argument
/// and as many random entries. For jvp, the tangents are the one direction.
/// Second differences (hessian) perturb pairs of directions.
llvm::Expected<GradientReport> checkGradient(const GradientProblem &problem);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_GRADIENTCHECK_H
