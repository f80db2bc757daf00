//===- SearchRandom.h - Random numbers, the same everywhere --- -*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The standard library's distributions differ between implementations; a seed
// must give the same plan on every machine.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_ANALYSIS_SEARCHRANDOM_H
#define TENSORNET_ANALYSIS_SEARCHRANDOM_H

#include <cmath>
#include <cstdint>

namespace mlir::tensornet::detail {

/// SplitMix64 (Steele, Lea, Flood 2014) and the distributions the search uses.
class SearchRandom {
public:
  explicit SearchRandom(uint64_t seed) : state(seed) {}

  /// The next 64 bits.
  uint64_t getBits() {
    uint64_t bits = state += 0x9e3779b97f4a7c15;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
  }
  /// Uniform between 0 and 1, neither included.
  double getUniform() {
    return (static_cast<double>(getBits() >> 12) + 0.5) * 0x1p-52;
  }
  /// Uniform between two bounds.
  double getUniform(double low, double high) {
    return low + (high - low) * getUniform();
  }
  /// A sample of the standard Gumbel distribution.
  double getGumbel() { return -std::log(-std::log(getUniform())); }

private:
  uint64_t state;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_ANALYSIS_SEARCHRANDOM_H
