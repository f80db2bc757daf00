//===- NamedNetwork.cpp - A network with index names ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Networks/NamedNetwork.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::tensornet;

const char *const mlir::tensornet::kExpectedExtent =
    "expected an integer from 1 to 9223372036854775807";

ContractionGraph NamedNetwork::getGraph() const {
  ContractionGraph graph;
  for (int64_t extent : extents)
    graph.addIndex(static_cast<double>(extent));
  for (const TensorIndices &input : inputs)
    graph.addLeaf(input);
  graph.setOutput(output);
  return graph;
}

IndexId NetworkBuilder::getIndex(llvm::StringRef name) {
  auto [entry, isNew] = numbers.try_emplace(name, network.names.size());
  if (isNew) {
    network.names.push_back(name.str());
    network.extents.push_back(0);
  }
  return entry->second;
}

bool NetworkBuilder::setExtent(llvm::StringRef name, int64_t extent) {
  auto entry = numbers.find(name);
  if (entry == numbers.end())
    return false;
  network.extents[entry->second] = extent;
  return true;
}

/// Where a network has an index first.
static std::string describeFirstPlace(const NamedNetwork &network,
                                      IndexId index) {
  for (auto [number, input] : llvm::enumerate(network.inputs))
    if (llvm::is_contained(input, index))
      return ("tensor #" + llvm::Twine(number)).str();
  return "the result";
}

llvm::Expected<NamedNetwork> NetworkBuilder::finish() {
  for (auto [index, extent] : llvm::enumerate(network.extents))
    if (extent == 0)
      return llvm::createStringError(
          "index " + quoteName(network.names[index]) + " of " +
          describeFirstPlace(network, index) + " has no extent");
  numbers.clear();
  return std::move(network);
}

std::string mlir::tensornet::escapeName(llvm::StringRef name) {
  constexpr size_t kMaxBytes = 60;
  bool isCut = name.size() > kMaxBytes;
  if (isCut) {
    // Not inside a character of several bytes.
    size_t end = kMaxBytes;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80)
      --end;
    name = name.take_front(end);
  }
  std::string escaped;
  for (unsigned char byte : name) {
    if (byte >= 0x20 && byte != 0x7f) {
      escaped += static_cast<char>(byte);
      continue;
    }
    escaped += "\\x";
    escaped += llvm::hexdigit(byte >> 4);
    escaped += llvm::hexdigit(byte & 15);
  }
  return escaped + (isCut ? "..." : "");
}

std::string mlir::tensornet::quoteName(llvm::StringRef name) {
  return "'" + escapeName(name) + "'";
}

llvm::Error mlir::tensornet::makeExtentError(llvm::StringRef name,
                                             const llvm::Twine &found) {
  return llvm::createStringError("index " + quoteName(name) + " has extent " +
                                 found + "; " + kExpectedExtent);
}
