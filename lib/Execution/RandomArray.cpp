//===- RandomArray.cpp - Seeded random arrays -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/RandomArray.h"

#include <cmath>

using namespace mlir::tensornet;

/// The output function of SplitMix64.
static uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

constexpr uint64_t kGoldenGamma = 0x9e3779b97f4a7c15u;

RandomStream::RandomStream(uint64_t seed, uint64_t stream)
    : state(mix(mix(seed + kGoldenGamma) + stream * kGoldenGamma)) {}

uint64_t RandomStream::next() { return mix(state += kGoldenGamma); }

double RandomStream::nextUniform() {
  return static_cast<double>(next() >> 11) * 0x1p-53;
}

double RandomStream::nextNormal() {
  // 1 - u is in (0, 1], so its logarithm is finite.
  double radius = std::sqrt(-2 * std::log(1 - nextUniform()));
  constexpr double kTwoPi = 6.283185307179586;
  return radius * std::cos(kTwoPi * nextUniform());
}

static std::complex<double> nextElement(ElementKind kind,
                                        RandomStream &stream) {
  if (isFloatingKind(kind))
    return stream.nextNormal();
  if (isComplexKind(kind)) {
    double real = stream.nextNormal();
    return {real, stream.nextNormal()};
  }
  if (kind == ElementKind::I1)
    return static_cast<double>(stream.next() >> 63);
  if (kind == ElementKind::Index)
    return std::floor(5 * stream.nextUniform());
  return std::floor(9 * stream.nextUniform()) - 4;
}

llvm::Expected<Array> mlir::tensornet::makeRandomArray(
    ElementKind kind, llvm::ArrayRef<int64_t> shape, RandomStream &stream) {
  llvm::Expected<Array> array = Array::allocate(kind, shape);
  if (!array)
    return array;
  for (int64_t i = 0, e = array->getNumElements(); i < e; ++i)
    array->set(i, nextElement(kind, stream));
  return array;
}
