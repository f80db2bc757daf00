//===- IndexBits.cpp - Index sets as rows of bits -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IndexBits.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

IndexBits::IndexBits(const ContractionGraph &graph)
    : positions(graph.getNumIndices()) {
  // Extents of 0 count as 1: where one occurs every order costs nothing.
  std::map<double, std::vector<IndexId>> byWeight;
  for (IndexId index = 0; index < graph.getNumIndices(); ++index)
    byWeight[std::log2(std::max(graph.getExtent(index), 1.0))].push_back(index);

  unsigned position = 0;
  std::vector<std::pair<IndexId, double>> rest;
  for (const auto &[weight, indices] : byWeight) {
    // Whole words of one weight; few left over are worth a mixed word.
    size_t own = indices.size() / 64 * 64;
    if (indices.size() - own > 16 || byWeight.size() <= 4)
      own = indices.size();
    for (size_t i = 0; i < own; ++i)
      positions[indices[i]] = position + i;
    for (size_t i = own; i < indices.size(); ++i)
      rest.push_back({indices[i], weight});
    unsigned words = (own + 63) / 64;
    position += words * 64;
    wordWeights.insert(wordWeights.end(), words, weight);
  }
  for (size_t first = 0; first < rest.size(); first += 64) {
    std::vector<double> weights(64, 0);
    for (size_t i = first; i < std::min(rest.size(), first + 64); ++i) {
      positions[rest[i].first] = position + (i - first);
      weights[i - first] = rest[i].second;
    }
    position += 64;
    wordWeights.push_back(std::numeric_limits<double>::quiet_NaN());
    fillMixedTable(wordWeights.size() - 1, weights);
  }
  mixedOffsets.resize(wordWeights.size(), 0);
}

void IndexBits::fillMixedTable(unsigned word, llvm::ArrayRef<double> weights) {
  mixedOffsets.resize(word + 1, 0);
  mixedOffsets[word] = mixedTables.size();
  for (unsigned byte = 0; byte < 8; ++byte)
    for (unsigned value = 0; value < 256; ++value) {
      double weight = 0;
      for (unsigned bit = 0; bit < 8; ++bit)
        if (value >> bit & 1)
          weight += weights[byte * 8 + bit];
      mixedTables.push_back(weight);
    }
}
