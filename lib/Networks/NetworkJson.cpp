//===- NetworkJson.cpp - Networks in JSON ---------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Networks/NetworkJson.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::tensornet;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// How deep brackets of the format may nest, with room for a clearer message
/// than this one. The parser recurses, so text from outside must not decide.
constexpr unsigned kMaxNesting = 32;

/// Refuses text whose brackets nest deeper than any network's.
static llvm::Error checkNesting(llvm::StringRef text) {
  unsigned depth = 0;
  bool isInString = false;
  for (size_t position = 0; position < text.size(); ++position) {
    char c = text[position];
    if (isInString) {
      if (c == '\\')
        ++position;
      isInString = c != '"';
    } else if (c == '"') {
      isInString = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxNesting)
        return llvm::createStringError("at byte " + llvm::Twine(position + 1) +
                                       ": brackets nest deeper than " +
                                       llvm::Twine(kMaxNesting) + " levels");
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return llvm::Error::success();
}

/// A value in a few words.
static std::string describe(const json::Value &value) {
  switch (value.kind()) {
  case json::Value::Array:
    return "an array";
  case json::Value::Object:
    return "an object";
  case json::Value::String:
    return "the string " + quoteName(*value.getAsString());
  default:
    return llvm::formatv("{0}", value).str();
  }
}

static llvm::Error makeError(const llvm::Twine &place,
                             const llvm::Twine &expected,
                             const json::Value &found) {
  return llvm::createStringError(place + ": expected " + expected + ", found " +
                                 describe(found));
}

/// Calls `add` on the index names in `value`, which stands at `place`.
static llvm::Error readNames(const json::Value &value, const llvm::Twine &place,
                             llvm::function_ref<void(llvm::StringRef)> add) {
  const json::Array *names = value.getAsArray();
  if (!names)
    return makeError(place, "an array of index names", value);
  for (auto [position, name] : llvm::enumerate(*names)) {
    std::optional<llvm::StringRef> text = name.getAsString();
    if (!text || text->empty())
      return makeError(place + "[" + llvm::Twine(position) + "]",
                       "an index name", name);
    add(*text);
  }
  return llvm::Error::success();
}

static llvm::Error readInputs(const json::Value &value,
                              NetworkBuilder &builder) {
  const json::Array *inputs = value.getAsArray();
  if (!inputs)
    return makeError("inputs", "an array of arrays of index names", value);
  for (auto [number, input] : llvm::enumerate(*inputs)) {
    builder.addTensor();
    if (llvm::Error error =
            readNames(input, "inputs[" + llvm::Twine(number) + "]",
                      [&](llvm::StringRef name) { builder.addToTensor(name); }))
      return error;
  }
  return llvm::Error::success();
}

static llvm::Error readExtents(const json::Value &value,
                               NetworkBuilder &builder) {
  const json::Object *extents = value.getAsObject();
  if (!extents)
    return makeError("size_dict", "an object of extents", value);
  // An object has no order; the error must not depend on it.
  std::vector<std::pair<llvm::StringRef, const json::Value *>> entries;
  for (const auto &entry : *extents)
    entries.push_back({entry.first, &entry.second});
  llvm::sort(entries, llvm::less_first());
  for (auto [name, extent] : entries) {
    std::optional<int64_t> number = extent->getAsInteger();
    if (!number || *number < 1)
      return llvm::createStringError(
          "size_dict: " +
          llvm::toString(makeExtentError(name, describe(*extent))));
    builder.setExtent(name, *number);
  }
  return llvm::Error::success();
}

/// Refuses keys that are missing or unknown.
static llvm::Error checkKeys(const json::Object &object) {
  constexpr llvm::StringLiteral keys[] = {"inputs", "output", "size_dict"};
  std::vector<llvm::StringRef> found;
  for (const auto &entry : object)
    found.push_back(entry.first);
  llvm::sort(found);
  for (llvm::StringRef key : found)
    if (!llvm::is_contained(keys, key))
      return llvm::createStringError("unknown key " + quoteName(key) +
                                     "; expected inputs, output and size_dict");
  for (llvm::StringRef key : keys)
    if (!object.get(key))
      return llvm::createStringError("key " + quoteName(key) + " is missing");
  return llvm::Error::success();
}

llvm::Expected<NamedNetwork>
mlir::tensornet::parseNetworkJson(llvm::StringRef text) {
  if (llvm::Error error = checkNesting(text))
    return std::move(error);
  llvm::Expected<json::Value> value = json::parse(text);
  if (!value)
    return value.takeError();
  const json::Object *object = value->getAsObject();
  if (!object)
    return makeError("network", "an object", *value);
  if (llvm::Error error = checkKeys(*object))
    return std::move(error);
  NetworkBuilder builder;
  if (llvm::Error error = readInputs(*object->get("inputs"), builder))
    return std::move(error);
  if (llvm::Error error =
          readNames(*object->get("output"), "output",
                    [&](llvm::StringRef name) { builder.addToOutput(name); }))
    return std::move(error);
  if (llvm::Error error = readExtents(*object->get("size_dict"), builder))
    return std::move(error);
  return builder.finish();
}

llvm::Expected<NamedNetwork>
mlir::tensornet::readNetworkFile(llvm::StringRef path) {
  auto addPath = [&](const llvm::Twine &message) {
    return llvm::createStringError(path + ": " + message);
  };
  auto file = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!file)
    return addPath("cannot be read: " + file.getError().message());
  llvm::Expected<NamedNetwork> network = parseNetworkJson((*file)->getBuffer());
  if (!network)
    return addPath(llvm::toString(network.takeError()));
  return network;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static void writeNames(const NamedNetwork &network,
                       llvm::ArrayRef<IndexId> indices, llvm::raw_ostream &os) {
  os << '[';
  llvm::interleaveComma(indices, os, [&](IndexId index) {
    os << json::Value(network.names[index]);
  });
  os << ']';
}

void mlir::tensornet::writeNetworkJson(const NamedNetwork &network,
                                       llvm::raw_ostream &os) {
  os << "{\"inputs\": [";
  llvm::interleave(
      network.inputs, os,
      [&](const TensorIndices &input) {
        os << "\n  ";
        writeNames(network, input, os);
      },
      ",");
  os << "],\n \"output\": ";
  writeNames(network, network.output, os);
  os << ",\n \"size_dict\": {";
  llvm::interleaveComma(
      llvm::zip_equal(network.names, network.extents), os, [&](auto entry) {
        os << json::Value(std::get<0>(entry)) << ": " << std::get<1>(entry);
      });
  os << "}}\n";
}
