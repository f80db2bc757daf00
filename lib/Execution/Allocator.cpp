//===- Allocator.cpp - Memory that is used again --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Allocator.h"
#include "tensornet/Execution/GuardedMemory.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cstdlib>
#include <mutex>

#ifdef __linux__
#include <sys/mman.h>
#endif
#include <unistd.h>

using namespace mlir::tensornet;

namespace {
/// What stands right before the bytes of a block.
struct Header {
  /// Where the system's allocation starts.
  void *base;
  /// The size class of the block, or kUncached.
  unsigned sizeClass;
};
static_assert(sizeof(Header) <= kTensorAlignment);

/// Blocks from half of one on ask for huge pages, which makes the first touch
/// and address translation cheaper.
constexpr uint64_t kHugePage = uint64_t(2) << 20;
constexpr uint64_t kMinHugeBlock = kHugePage / 2;

/// Four size classes per power of two, so that at most a fifth of a block is
/// waste. Class 0 holds kTensorAlignment bytes.
constexpr unsigned kClassesPerOctave = 4;
constexpr unsigned kNumClasses = kClassesPerOctave * 48;
/// Blocks of unusual alignment go back to the system.
constexpr unsigned kUncached = kNumClasses;

/// Large blocks start at different places of a page, because a kernel that
/// reads and writes equal page offsets waits for its own stores.
constexpr uint64_t kPage = 4096;
constexpr unsigned kNumColours = 16;

uint64_t getClassSize(unsigned sizeClass) {
  uint64_t octave = kTensorAlignment << (sizeClass / kClassesPerOctave);
  return octave + octave / kClassesPerOctave * (sizeClass % kClassesPerOctave);
}

/// The smallest class of at least `size` bytes, which is at most the memory of
/// a host.
unsigned getSizeClass(uint64_t size) {
  if (size <= kTensorAlignment)
    return 0;
  unsigned octave = llvm::Log2_64((size - 1) / kTensorAlignment);
  unsigned sizeClass = octave * kClassesPerOctave;
  while (getClassSize(sizeClass) < size)
    ++sizeClass;
  return sizeClass;
}

uint64_t getPhysicalMemory() {
  static const uint64_t bytes = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                                static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE));
  return bytes;
}

/// The free blocks of the process.
class Cache {
public:
  /// A kept block of `sizeClass`, or null.
  void *take(unsigned sizeClass) {
    std::lock_guard<std::mutex> lock(mutex);
    auto &blocks = free[sizeClass];
    if (blocks.empty())
      return nullptr;
    cachedBytes -= getClassSize(sizeClass);
    return blocks.pop_back_val();
  }

  /// Keeps a block; false where enough are kept already.
  bool keep(void *block, unsigned sizeClass) {
    std::lock_guard<std::mutex> lock(mutex);
    uint64_t size = getClassSize(sizeClass);
    if (cachedBytes + size > getPhysicalMemory() / 4)
      return false;
    cachedBytes += size;
    free[sizeClass].push_back(block);
    return true;
  }

  /// All kept blocks, which are no longer kept.
  llvm::SmallVector<void *> takeAll() {
    std::lock_guard<std::mutex> lock(mutex);
    llvm::SmallVector<void *> blocks;
    for (auto &list : free) {
      blocks.append(list.begin(), list.end());
      list.clear();
    }
    cachedBytes = 0;
    return blocks;
  }

  uint64_t getBytes() {
    std::lock_guard<std::mutex> lock(mutex);
    return cachedBytes;
  }

private:
  std::mutex mutex;
  std::array<llvm::SmallVector<void *, 0>, kNumClasses> free;
  uint64_t cachedBytes = 0;
};
} // namespace

/// The cache lives as long as the process: arrays in static storage may be
/// freed after every destructor has run.
static Cache &getCache() {
  static Cache *cache = new Cache;
  return *cache;
}

static Header &getHeader(void *pointer) {
  return *reinterpret_cast<Header *>(static_cast<char *>(pointer) -
                                     kTensorAlignment);
}

/// Where in its page the next large block starts, beyond its alignment.
static uint64_t getNextColour() {
  static std::atomic<unsigned> counter{0};
  return counter++ % kNumColours * (kPage / kNumColours);
}

static std::atomic<uint64_t> numBlocks{0}, numSystemBlocks{0};

AllocationCounts mlir::tensornet::getAllocationCounts() {
  return {numBlocks.load(std::memory_order_relaxed),
          numSystemBlocks.load(std::memory_order_relaxed)};
}

/// A block of `size` bytes from the system, or null.
static void *allocateBlock(uint64_t size, uint64_t alignment,
                           unsigned sizeClass) {
  numSystemBlocks.fetch_add(1, std::memory_order_relaxed);
  bool isLarge = size >= kMinHugeBlock;
  bool isColoured = size >= kPage && alignment == kTensorAlignment;
  uint64_t offset = alignment + (isColoured ? getNextColour() : 0);
  uint64_t baseAlignment = isLarge ? std::max(alignment, kHugePage) : alignment;
  uint64_t bytes = llvm::alignTo(size + offset, baseAlignment);
  void *base = std::aligned_alloc(baseAlignment, bytes);
  if (!base)
    return nullptr;
#ifdef __linux__
  if (isLarge)
    madvise(base, bytes, MADV_HUGEPAGE);
#endif
  void *pointer = static_cast<char *>(base) + offset;
  getHeader(pointer) = Header{base, sizeClass};
  return pointer;
}

void *mlir::tensornet::allocateTensorMemory(uint64_t size, uint64_t alignment) {
  assert((alignment & (alignment - 1)) == 0 && "alignment is a power of two");
  numBlocks.fetch_add(1, std::memory_order_relaxed);
  alignment = std::max(alignment, kTensorAlignment);
  if (size > getPhysicalMemory() || alignment > getPhysicalMemory())
    return nullptr;
  if (getGuardSide() != GuardSide::none)
    return allocateGuarded(size, alignment);
  if (alignment != kTensorAlignment)
    return allocateBlock(size, alignment, kUncached);
  unsigned sizeClass = getSizeClass(size);
  if (void *block = getCache().take(sizeClass))
    return block;
  return allocateBlock(getClassSize(sizeClass), alignment, sizeClass);
}

void mlir::tensornet::freeTensorMemory(void *pointer) {
  if (!pointer || freeGuarded(pointer))
    return;
  Header header = getHeader(pointer);
  if (header.sizeClass == kUncached ||
      !getCache().keep(pointer, header.sizeClass))
    std::free(header.base);
}

void mlir::tensornet::releaseCachedTensorMemory() {
  for (void *block : getCache().takeAll())
    std::free(getHeader(block).base);
}

uint64_t mlir::tensornet::getCachedTensorMemory() {
  return getCache().getBytes();
}
