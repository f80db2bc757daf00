//===- CanonicalProduct.cpp - Products up to names ------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CanonicalProduct.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

/// Mixes bits; the same on every machine, unlike llvm::hash_combine.
static uint64_t mix(uint64_t a, uint64_t b) {
  uint64_t bits = (a ^ (b + 0x9e3779b97f4a7c15 + (a << 6) + (a >> 2)));
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

namespace {

/// Looks for the order of factors with the smallest labels.
class Canonicalizer {
public:
  Canonicalizer(llvm::ArrayRef<const ProductFactor *> factors, IndexMask kept,
                bool conjugate);
  CanonicalProduct run();

private:
  /// A colour per factor; factors that look different have different ones.
  using Colors = llvm::SmallVector<uint64_t, 12>;

  /// At most so many orders are compared.
  static constexpr unsigned kMaxOrders = 64;

  void refine(Colors &colors) const;
  void search(Colors colors);
  void compare(llvm::ArrayRef<unsigned> order);

  llvm::ArrayRef<const ProductFactor *> factors;
  IndexMask kept;
  bool conjugate;
  unsigned numIndices = 0;
  unsigned numOrders = 0;
  CanonicalProduct best;
};

} // namespace

Canonicalizer::Canonicalizer(llvm::ArrayRef<const ProductFactor *> factors,
                             IndexMask kept, bool conjugate)
    : factors(factors), kept(kept), conjugate(conjugate) {
  for (const ProductFactor *factor : factors)
    for (IndexId index : factor->indices)
      numIndices = std::max(numIndices, index + 1);
}

static unsigned countColors(llvm::ArrayRef<uint64_t> colors) {
  llvm::SmallVector<uint64_t, 12> sorted(colors);
  llvm::sort(sorted);
  return std::unique(sorted.begin(), sorted.end()) - sorted.begin();
}

/// Tells factors apart by the indices that they share, as far as that goes.
void Canonicalizer::refine(Colors &colors) const {
  llvm::SmallVector<uint64_t, 32> indexColors(numIndices), sums(numIndices);
  for (unsigned index = 0; index < numIndices; ++index)
    indexColors[index] = (kept >> index) & 1;
  unsigned numColors = countColors(colors);
  while (true) {
    std::fill(sums.begin(), sums.end(), 0);
    for (auto [factor, color] : llvm::zip_equal(factors, colors))
      for (auto [dim, index] : llvm::enumerate(factor->indices))
        sums[index] += mix(color, dim);
    for (unsigned index = 0; index < numIndices; ++index)
      indexColors[index] = mix(indexColors[index], sums[index]);
    for (auto [factor, color] : llvm::zip_equal(factors, colors))
      for (IndexId index : factor->indices)
        color = mix(color, indexColors[index]);
    unsigned refined = countColors(colors);
    if (refined == colors.size() || refined == numColors)
      return;
    numColors = refined;
  }
}

/// Keeps the labels that `order` gives if they are the smallest so far.
void Canonicalizer::compare(llvm::ArrayRef<unsigned> order) {
  ++numOrders;
  CanonicalProduct candidate;
  candidate.conjugated = conjugate;
  candidate.labels.push_back(factors.size());
  constexpr uint32_t kNone = ~0u;
  llvm::SmallVector<uint32_t, 32> numbers(numIndices, kNone);
  uint32_t next = 0;
  for (unsigned position : order) {
    const ProductFactor &factor = *factors[position];
    candidate.labels.push_back(factor.tensor);
    candidate.labels.push_back(factor.conjugated != conjugate);
    for (IndexId index : factor.indices) {
      if (numbers[index] == kNone) {
        numbers[index] = next++;
        if ((kept >> index) & 1)
          candidate.kept.push_back(index);
      }
      candidate.labels.push_back(numbers[index]);
    }
  }
  for (IndexId index : candidate.kept)
    candidate.labels.push_back(numbers[index]);
  if (best.labels.empty() || candidate.labels < best.labels)
    best = std::move(candidate);
}

void Canonicalizer::search(Colors colors) {
  refine(colors);
  auto order = llvm::to_vector(llvm::seq<unsigned>(factors.size()));
  llvm::stable_sort(order, [&](unsigned lhs, unsigned rhs) {
    return colors[lhs] < colors[rhs];
  });
  auto *tie = std::adjacent_find(
      order.begin(), order.end(),
      [&](unsigned lhs, unsigned rhs) { return colors[lhs] == colors[rhs]; });
  if (tie == order.end())
    return compare(order);
  for (auto *first = tie; first != order.end(); ++first) {
    if (colors[*first] != colors[*tie])
      return;
    Colors chosen = colors;
    chosen[*first] = mix(chosen[*first], 1);
    search(std::move(chosen));
    if (numOrders >= kMaxOrders)
      return;
  }
}

CanonicalProduct Canonicalizer::run() {
  Colors colors;
  for (const ProductFactor *factor : factors)
    colors.push_back(mix(factor->tensor, factor->conjugated != conjugate));
  search(std::move(colors));
  return std::move(best);
}

CanonicalProduct mlir::tensornet::detail::canonicalize(
    llvm::ArrayRef<const ProductFactor *> factors, IndexMask kept) {
  CanonicalProduct plain = Canonicalizer(factors, kept, false).run();
  if (llvm::none_of(factors, [](auto *factor) { return factor->conjugated; }))
    return plain;
  CanonicalProduct conjugate = Canonicalizer(factors, kept, true).run();
  return conjugate.labels < plain.labels ? conjugate : plain;
}
