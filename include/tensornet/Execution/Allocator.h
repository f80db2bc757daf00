//===- Allocator.h - Memory that is used again ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Memory of tensors, inside and outside compiled code. Freed blocks are kept
// and handed out again, so that a program that is called again and again
// touches the same pages: fresh pages cost more than most kernels.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_ALLOCATOR_H
#define TENSORNET_EXECUTION_ALLOCATOR_H

#include <cstdint>

namespace mlir::tensornet {

/// A cache line, which is also the widest vector register.
inline constexpr uint64_t kTensorAlignment = 64;

/// `size` bytes of unspecified content at a multiple of `alignment` (a power of
/// two; smaller than kTensorAlignment counts as kTensorAlignment). Never the
/// same address twice at a time, even for no bytes. Null where the size is
/// beyond the memory of the host. Any thread may call it.
void *allocateTensorMemory(uint64_t size, uint64_t alignment);

/// Gives back what allocateTensorMemory returned; null is fine. Any thread may
/// call it.
void freeTensorMemory(void *pointer);

/// Returns all blocks that are kept for later to the system.
void releaseCachedTensorMemory();

/// Bytes of the blocks that are kept for later.
uint64_t getCachedTensorMemory();

/// How often this process has asked for memory so far.
struct AllocationCounts {
  /// Calls of allocateTensorMemory.
  uint64_t blocks;
  /// Those of them that no kept block could serve.
  uint64_t fromSystem;
};
AllocationCounts getAllocationCounts();

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_ALLOCATOR_H
