//===- ArenaPlan.cpp - Places of buffers in one arena ---------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/Buffers/ArenaPlan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir::tensornet::cpu;

/// Larger buffers start at different places of a page, one after the other,
/// because code that reads and writes equal page offsets waits for its own
/// stores.
static constexpr uint64_t kLargeBuffer = 16384;
static constexpr uint64_t kColour = 256;

/// The bytes that a buffer takes in the arena.
static uint64_t getExtent(const Lifetime &buffer) {
  uint64_t size = llvm::alignTo(buffer.size, kArenaAlignment);
  return buffer.size < kLargeBuffer ? size : size + kColour;
}

namespace {
/// A stretch of the arena.
struct Range {
  uint64_t begin;
  uint64_t end;
};
} // namespace

/// The start of the smallest gap of `size` bytes between `taken`, which are
/// sorted by their start and may overlap; behind all where no gap is so large.
static uint64_t findGap(llvm::ArrayRef<Range> taken, uint64_t size) {
  uint64_t best = ~uint64_t(0), bestGap = ~uint64_t(0), end = 0;
  for (const Range &range : taken) {
    uint64_t gap = range.begin > end ? range.begin - end : 0;
    if (gap >= size && gap < bestGap) {
      best = end;
      bestGap = gap;
    }
    end = std::max(end, range.end);
  }
  return bestGap == ~uint64_t(0) ? end : best;
}

/// The plan that places buffers in `order`.
static ArenaPlan placeInOrder(llvm::ArrayRef<Lifetime> buffers,
                              llvm::ArrayRef<unsigned> order) {
  ArenaPlan plan;
  plan.offsets.resize(buffers.size());
  llvm::SmallVector<Range> taken;
  for (auto [count, number] : llvm::enumerate(order)) {
    taken.clear();
    for (unsigned placed : order.take_front(count))
      if (buffers[placed].overlaps(buffers[number]))
        taken.push_back({plan.offsets[placed],
                         plan.offsets[placed] + getExtent(buffers[placed])});
    llvm::sort(taken, [](const Range &a, const Range &b) {
      return a.begin < b.begin;
    });
    uint64_t size = getExtent(buffers[number]);
    plan.offsets[number] = findGap(taken, size);
    plan.size = std::max(plan.size, plan.offsets[number] + size);
  }
  return plan;
}

ArenaPlan mlir::tensornet::cpu::planArena(llvm::ArrayRef<Lifetime> buffers) {
  auto order =
      llvm::to_vector(llvm::seq<unsigned>(0, unsigned(buffers.size())));
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    return buffers[a].begin < buffers[b].begin;
  });
  ArenaPlan byTime = placeInOrder(buffers, order);
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    return buffers[a].size > buffers[b].size;
  });
  ArenaPlan bySize = placeInOrder(buffers, order);
  return bySize.size < byTime.size ? bySize : byTime;
}
