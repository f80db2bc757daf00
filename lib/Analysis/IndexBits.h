//===- IndexBits.h - Index sets as rows of bits -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Index sets of one network as rows of bits, with a fast logarithm of the
// number of points: indices of equal extent share words, so that a word's part
// is a count of bits times one factor.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_ANALYSIS_INDEXBITS_H
#define TENSORNET_LIB_ANALYSIS_INDEXBITS_H

#include "tensornet/Analysis/ContractionGraph.h"

namespace mlir::tensornet::detail {

/// Where each index of a network has its bit, and what it weighs.
class IndexBits {
public:
  explicit IndexBits(const ContractionGraph &graph);

  unsigned getNumWords() const { return wordWeights.size(); }
  /// Sets the bit of `index` in a row of getNumWords() words.
  void insert(uint64_t *row, IndexId index) const {
    row[positions[index] / 64] |= uint64_t(1) << (positions[index] % 64);
  }
  /// Per word the binary logarithm of the extent of each of its indices; NaN
  /// for a mixed word, whose indices differ.
  const double *getWordWeights() const { return wordWeights.data(); }
  /// The weight of a mixed word: a table of 256 sums for each of its 8 bytes.
  const double *getMixedTable(unsigned word) const {
    return mixedTables.data() + mixedOffsets[word];
  }

private:
  void fillMixedTable(unsigned word, llvm::ArrayRef<double> weights);

  std::vector<unsigned> positions;
  std::vector<double> wordWeights;
  std::vector<size_t> mixedOffsets;
  std::vector<double> mixedTables;
};

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_ANALYSIS_INDEXBITS_H
