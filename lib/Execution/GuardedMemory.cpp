//===- GuardedMemory.cpp - Blocks between inaccessible pages --------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/GuardedMemory.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MathExtras.h"

#include <atomic>
#include <mutex>

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

using namespace mlir::tensornet;

static std::atomic<GuardSide> guardSide{GuardSide::none};
/// True once a guarded block was handed out: what is freed may be one.
static std::atomic<bool> hasGuarded{false};

namespace {
/// The mapped range that a block lies in.
struct Mapping {
  void *base;
  uint64_t size;
};

struct Registry {
  std::mutex mutex;
  llvm::DenseMap<void *, Mapping> blocks;
};
} // namespace

static Registry &getRegistry() {
  // Never destroyed: static destructors may still free memory.
  static Registry *registry = new Registry;
  return *registry;
}

GuardSide mlir::tensornet::getGuardSide() { return guardSide; }

#ifdef __linux__

void mlir::tensornet::setGuardSide(GuardSide side) { guardSide = side; }

void *mlir::tensornet::allocateGuarded(uint64_t size, uint64_t alignment) {
  uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE));
  // No bytes get an address too.
  uint64_t usable = llvm::alignTo(std::max<uint64_t>(size, 1), page);
  Mapping mapping = {nullptr, usable + 2 * page};
  mapping.base = mmap(nullptr, mapping.size, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping.base == MAP_FAILED)
    return nullptr;
  char *first = static_cast<char *>(mapping.base) + page;
  if (alignment > page || mprotect(first, usable, PROT_READ | PROT_WRITE)) {
    munmap(mapping.base, mapping.size);
    return nullptr;
  }
  uint64_t slack = guardSide == GuardSide::after
                       ? llvm::alignDown(usable - size, alignment)
                       : 0;
  void *pointer = first + slack;
  Registry &registry = getRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  registry.blocks[pointer] = mapping;
  hasGuarded = true;
  return pointer;
}

bool mlir::tensornet::freeGuarded(void *pointer) {
  if (!hasGuarded)
    return false;
  Registry &registry = getRegistry();
  std::lock_guard<std::mutex> lock(registry.mutex);
  auto block = registry.blocks.find(pointer);
  if (block == registry.blocks.end())
    return false;
  munmap(block->second.base, block->second.size);
  registry.blocks.erase(block);
  return true;
}

#else

void mlir::tensornet::setGuardSide(GuardSide) {}
void *mlir::tensornet::allocateGuarded(uint64_t, uint64_t) { return nullptr; }
bool mlir::tensornet::freeGuarded(void *) { return false; }

#endif
