//===- RandomArray.h - Seeded random arrays ---------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random arrays that depend on a seed alone, on every host.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_RANDOMARRAY_H
#define TENSORNET_EXECUTION_RANDOMARRAY_H

#include "tensornet/Execution/Array.h"

namespace mlir::tensornet {

/// A stream of random numbers: SplitMix64 (Steele, Lea and Flood 2014),
/// started at a mix of `seed` and `stream`. Different streams of one seed are
/// independent.
class RandomStream {
public:
  RandomStream(uint64_t seed, uint64_t stream);

  /// 64 uniform bits.
  uint64_t next();
  /// A uniform number in [0, 1).
  double nextUniform();
  /// A standard normal number (Box and Muller 1958; takes two words).
  double nextNormal();

private:
  uint64_t state;
};

/// An array with elements from `stream` in C order: floating ones are standard
/// normal, complex ones have independent standard normal parts, integers are
/// uniform in -4..4, index in 0..4, i1 is a fair bit. An error where the host
/// has not that much memory.
llvm::Expected<Array> makeRandomArray(ElementKind kind,
                                      llvm::ArrayRef<int64_t> shape,
                                      RandomStream &stream);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_RANDOMARRAY_H
