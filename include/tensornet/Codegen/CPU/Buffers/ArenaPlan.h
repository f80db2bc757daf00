//===- ArenaPlan.h - Places of buffers in one arena -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_BUFFERS_ARENAPLAN_H
#define TENSORNET_CODEGEN_CPU_BUFFERS_ARENAPLAN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace mlir::tensornet::cpu {

/// Where buffers of an arena start: a cache line.
inline constexpr uint64_t kArenaAlignment = 64;

/// A buffer of `size` bytes that is needed from step `begin` until before step
/// `end`.
struct Lifetime {
  uint64_t begin;
  uint64_t end;
  uint64_t size;

  bool overlaps(const Lifetime &other) const {
    return begin < other.end && other.begin < end;
  }
};

/// Places in one arena.
struct ArenaPlan {
  /// Where each buffer starts, in bytes; a multiple of kArenaAlignment.
  llvm::SmallVector<uint64_t> offsets;
  /// Bytes of the arena; a multiple of kArenaAlignment.
  uint64_t size = 0;
};

/// A place for each buffer such that those needed at one time share no byte,
/// in a small arena: the better one of two greedy orders (by size, by time),
/// each of which puts a buffer into the tightest gap between those placed
/// before it (best fit; Pisarchyk and Lee, "Efficient Memory Management for
/// Deep Neural Net Inference", 2020). The same plan for the same buffers. The
/// sum of all sizes must fit 62 bits.
ArenaPlan planArena(llvm::ArrayRef<Lifetime> buffers);

} // namespace mlir::tensornet::cpu

#endif // TENSORNET_CODEGEN_CPU_BUFFERS_ARENAPLAN_H
