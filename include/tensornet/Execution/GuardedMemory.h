//===- GuardedMemory.h - Blocks between inaccessible pages ------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_GUARDEDMEMORY_H
#define TENSORNET_EXECUTION_GUARDEDMEMORY_H

#include <cstdint>

namespace mlir::tensornet {

/// Which end of a block lies against a page that nobody may touch. The other
/// end has such a page too, behind what is left of the block's own last page.
enum class GuardSide {
  none,   ///< memory comes from the allocator's cache
  before, ///< the first byte starts a page
  after,  ///< the last byte ends a page, as far as the alignment lets it
};

/// Says how allocateTensorMemory places blocks from now on. Blocks that exist
/// stay where they are. Where the system has no such pages nothing changes.
void setGuardSide(GuardSide side);
GuardSide getGuardSide();

/// A block between pages that nobody may touch, on the current side, which is
/// not none; null where the system refuses.
void *allocateGuarded(uint64_t size, uint64_t alignment);

/// Gives back a block of allocateGuarded; false for every other address.
bool freeGuarded(void *pointer);

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_GUARDEDMEMORY_H
