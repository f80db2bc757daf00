//===- NamedNetwork.h - A network with index names --------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_NETWORKS_NAMEDNETWORK_H
#define TENSORNET_NETWORKS_NAMEDNETWORK_H

#include "tensornet/Analysis/ContractionGraph.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

namespace mlir::tensornet {

/// The indices of one tensor, a number per dimension; an index may repeat.
using TensorIndices = llvm::SmallVector<IndexId, 4>;

/// A contraction network as files and einsum text give it. Indices are numbered
/// by first appearance, in the tensors first, then in the result.
struct NamedNetwork {
  std::vector<std::string> names;
  /// One extent per index, 1 or more.
  std::vector<int64_t> extents;
  std::vector<TensorIndices> inputs;
  /// An index that repeats here makes a diagonal; one that no tensor has is
  /// broadcast.
  TensorIndices output;

  /// The network as the path search sees it: a leaf per tensor, none active.
  ContractionGraph getGraph() const;
};

/// Collects the indices of a network by name.
class NetworkBuilder {
public:
  /// Starts the next tensor.
  void addTensor() { network.inputs.emplace_back(); }
  /// Appends an index to the tensor that was started last.
  void addToTensor(llvm::StringRef name) {
    network.inputs.back().push_back(getIndex(name));
  }
  /// Appends an index to the result.
  void addToOutput(llvm::StringRef name) {
    network.output.push_back(getIndex(name));
  }
  /// Gives an index its extent, which must be 1 or more. Names that the network
  /// does not have are passed over: false is returned.
  bool setExtent(llvm::StringRef name, int64_t extent);
  /// The network; an error that names an index without extent and its first
  /// place.
  llvm::Expected<NamedNetwork> finish();

private:
  IndexId getIndex(llvm::StringRef name);

  NamedNetwork network;
  llvm::StringMap<IndexId> numbers;
};

/// `name` for one line of text: control characters are escaped, and what is
/// beyond 60 bytes is cut off.
std::string escapeName(llvm::StringRef name);
/// The same in quotes.
std::string quoteName(llvm::StringRef name);
/// What an extent must be, for error messages.
extern const char *const kExpectedExtent;
/// The error that index `name` has an extent of this text.
llvm::Error makeExtentError(llvm::StringRef name, const llvm::Twine &found);

} // namespace mlir::tensornet

#endif // TENSORNET_NETWORKS_NAMEDNETWORK_H
