//===- GeneratorKinds.h - What the generators share -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Shared by the sources of the generators only.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_NETWORKS_GENERATORKINDS_H
#define TENSORNET_LIB_NETWORKS_GENERATORKINDS_H

#include "tensornet/Analysis/SearchRandom.h"
#include "tensornet/Networks/NamedNetwork.h"

namespace mlir::tensornet::detail {

/// A whole number that a kind takes.
struct GeneratorParameter {
  llvm::StringLiteral name;
  int64_t defaultValue, smallest, largest;
  llvm::StringLiteral meaning;
};

/// The values of all parameters of a kind.
class GeneratorValues {
public:
  /// The value of the parameter of this name, which the kind must have.
  int64_t operator[](llvm::StringRef name) const {
    auto entry = values.find(name);
    assert(entry != values.end() && "a kind asks for its own parameters");
    return entry->second;
  }
  void set(llvm::StringRef name, int64_t value) { values[name] = value; }

private:
  llvm::StringMap<int64_t> values;
};

/// A network in the making.
class GeneratedNetwork {
public:
  /// Adds an index, to be used in a tensor or the result.
  IndexId addIndex(int64_t extent) {
    extents.push_back(extent);
    return extents.size() - 1;
  }
  /// Adds `count` indices of one extent.
  std::vector<IndexId> addIndices(int64_t count, int64_t extent);
  void addTensor(TensorIndices indices) {
    inputs.push_back(std::move(indices));
  }
  void setOutput(TensorIndices indices) { output = std::move(indices); }
  /// The network; indices that are used get names by first appearance.
  NamedNetwork finish() const;

private:
  std::vector<int64_t> extents;
  std::vector<TensorIndices> inputs;
  TensorIndices output;
};

/// Random whole numbers for generators.
class GeneratorRandom {
public:
  explicit GeneratorRandom(uint64_t seed) : random(seed) {}
  /// A number from 0 to `bound` - 1; `bound` is positive.
  uint64_t getBelow(uint64_t bound) {
    return static_cast<uint64_t>(random.getUniform() *
                                 static_cast<double>(bound));
  }
  /// A number from `low` to `high`, both included; `low` where that is more.
  int64_t getBetween(int64_t low, int64_t high) {
    return low + (high > low ? getBelow(high - low + 1) : 0);
  }

private:
  SearchRandom random;
};

/// A kind of networks.
struct GeneratorKind {
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
  std::vector<GeneratorParameter> parameters;
  /// Builds the network; an error where the parameters do not go together.
  llvm::Error (*generate)(const GeneratorValues &, GeneratedNetwork &);
};

/// The kinds of each family.
std::vector<GeneratorKind> getChainKinds();
std::vector<GeneratorKind> getGraphKinds();
std::vector<GeneratorKind> getCircuitKinds();
std::vector<GeneratorKind> getHypergraphKinds();

} // namespace mlir::tensornet::detail

#endif // TENSORNET_LIB_NETWORKS_GENERATORKINDS_H
