//===- Generators.cpp - Families of networks by name ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Networks/Generators.h"

#include "GeneratorKinds.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

//===----------------------------------------------------------------------===//
// Networks in the making
//===----------------------------------------------------------------------===//

std::vector<IndexId> GeneratedNetwork::addIndices(int64_t count,
                                                  int64_t extent) {
  std::vector<IndexId> indices;
  for (int64_t number = 0; number < count; ++number)
    indices.push_back(addIndex(extent));
  return indices;
}

NamedNetwork GeneratedNetwork::finish() const {
  constexpr IndexId kUnused = ~0u;
  std::vector<IndexId> numbers(extents.size(), kUnused);
  NamedNetwork network;
  auto renumber = [&](const TensorIndices &indices) {
    TensorIndices result;
    for (IndexId index : indices) {
      if (numbers[index] == kUnused) {
        numbers[index] = network.names.size();
        network.names.push_back("i" + std::to_string(numbers[index]));
        network.extents.push_back(extents[index]);
      }
      result.push_back(numbers[index]);
    }
    return result;
  };
  for (const TensorIndices &input : inputs)
    network.inputs.push_back(renumber(input));
  network.output = renumber(output);
  return network;
}

//===----------------------------------------------------------------------===//
// Kinds by name
//===----------------------------------------------------------------------===//

static const std::vector<GeneratorKind> &getKinds() {
  static const std::vector<GeneratorKind> kinds = [] {
    std::vector<GeneratorKind> all;
    for (auto *getFamily :
         {getChainKinds, getGraphKinds, getCircuitKinds, getHypergraphKinds})
      llvm::append_range(all, getFamily());
    return all;
  }();
  return kinds;
}

std::vector<llvm::StringRef> mlir::tensornet::getGeneratorKinds() {
  std::vector<llvm::StringRef> names;
  for (const GeneratorKind &kind : getKinds())
    names.push_back(kind.name);
  return names;
}

void mlir::tensornet::printGenerators(llvm::raw_ostream &os) {
  for (const GeneratorKind &kind : getKinds()) {
    os << kind.name << ": " << kind.summary << "\n";
    for (const GeneratorParameter &parameter : kind.parameters)
      os << llvm::left_justify(("    " + parameter.name + "=" +
                                llvm::Twine(parameter.defaultValue))
                                   .str(),
                               20)
         << parameter.meaning << "\n";
  }
}

/// Names, separated by commas.
template <typename Range>
static std::string joinNames(const Range &range) {
  std::string names;
  llvm::raw_string_ostream os(names);
  llvm::interleaveComma(range, os,
                        [&](const auto &entry) { os << entry.name; });
  return names;
}

/// Reads one NAME=VALUE.
static llvm::Error readParameter(const GeneratorKind &kind,
                                 llvm::StringRef text, GeneratorValues &values,
                                 llvm::StringSet<> &named) {
  auto [name, number] = text.split('=');
  auto parameter = llvm::find_if(
      kind.parameters,
      [name = name](const GeneratorParameter &p) { return p.name == name; });
  if (parameter == kind.parameters.end())
    return llvm::createStringError(kind.name + " has no parameter " +
                                   quoteName(name) + "; it has " +
                                   joinNames(kind.parameters));
  int64_t value;
  if (number.getAsInteger(10, value) || value < parameter->smallest ||
      value > parameter->largest)
    return llvm::createStringError(
        kind.name + ": " + name + " is " + quoteName(number) +
        "; expected an integer from " + llvm::Twine(parameter->smallest) +
        " to " + llvm::Twine(parameter->largest));
  if (!named.insert(name).second)
    return llvm::createStringError(kind.name + ": " + name + " is given twice");
  values.set(name, value);
  return llvm::Error::success();
}

llvm::Expected<NamedNetwork>
mlir::tensornet::generateNetwork(llvm::StringRef text) {
  auto [name, list] = text.split(':');
  const std::vector<GeneratorKind> &kinds = getKinds();
  auto kind = llvm::find_if(
      kinds, [name = name](const GeneratorKind &k) { return k.name == name; });
  if (kind == kinds.end())
    return llvm::createStringError("unknown kind " + quoteName(name) +
                                   "; there are " + joinNames(kinds));
  GeneratorValues values;
  for (const GeneratorParameter &parameter : kind->parameters)
    values.set(parameter.name, parameter.defaultValue);
  llvm::StringSet<> named;
  llvm::SmallVector<llvm::StringRef> entries;
  list.split(entries, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (llvm::StringRef entry : entries)
    if (llvm::Error error = readParameter(*kind, entry, values, named))
      return std::move(error);
  GeneratedNetwork network;
  if (llvm::Error error = kind->generate(values, network))
    return llvm::createStringError(kind->name + ": " +
                                   llvm::toString(std::move(error)));
  return network.finish();
}
