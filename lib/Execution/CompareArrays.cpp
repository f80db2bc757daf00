//===- CompareArrays.cpp - Found against expected -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/CompareArrays.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cassert>
#include <cmath>
#include <limits>

using namespace mlir::tensornet;

/// True where a real part needs no arithmetic to be called equal.
static bool agree(double found, double expected) {
  return found == expected || (std::isnan(found) && std::isnan(expected));
}

static bool isFinite(std::complex<double> value) {
  return std::isfinite(value.real()) && std::isfinite(value.imag());
}

double mlir::tensornet::getElementError(std::complex<double> found,
                                        std::complex<double> expected) {
  if (agree(found.real(), expected.real()) &&
      agree(found.imag(), expected.imag()))
    return 0;
  if (!isFinite(found) || !isFinite(expected))
    return std::numeric_limits<double>::infinity();
  return std::abs(found - expected) / (1 + std::abs(expected));
}

ArrayDifference mlir::tensornet::compareArrays(const Array &found,
                                               const Array &expected) {
  assert(found.shape == expected.shape && "the shapes are equal");
  ArrayDifference difference;
  for (int64_t i = 0, e = found.getNumElements(); i < e; ++i) {
    double error = getElementError(found.get(i), expected.get(i));
    if (error > difference.largestError)
      difference = {error, i};
  }
  return difference;
}

double mlir::tensornet::getDefaultTolerance(ElementKind kind) {
  switch (kind) {
  case ElementKind::F64:
  case ElementKind::C128:
    return 1e-9;
  case ElementKind::F32:
  case ElementKind::C64:
    return 1e-4;
  case ElementKind::F16:
  case ElementKind::BF16:
    return 2e-2;
  default:
    return 0;
  }
}

std::string mlir::tensornet::formatPosition(int64_t position,
                                            llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t> subscripts(shape.size());
  for (size_t dim = shape.size(); dim-- > 0;) {
    subscripts[dim] = position % shape[dim];
    position /= shape[dim];
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "[";
  llvm::interleaveComma(subscripts, os);
  os << "]";
  return text;
}

std::string mlir::tensornet::formatElement(const Array &array,
                                           int64_t position) {
  std::string text;
  llvm::raw_string_ostream os(text);
  std::complex<double> value = array.get(position);
  if (isComplexKind(array.kind))
    os << llvm::format("%.17g%+.17gi", value.real(), value.imag());
  else if (isFloatingKind(array.kind))
    os << llvm::format("%.17g", value.real());
  else
    os << array.getInteger(position);
  return text;
}
