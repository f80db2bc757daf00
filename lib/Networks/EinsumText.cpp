//===- EinsumText.cpp - Networks as einsum text ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Networks/EinsumText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ConvertUTF.h"

#include <map>

using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

llvm::Expected<std::vector<NamedExtent>>
mlir::tensornet::parseExtents(llvm::StringRef text) {
  std::vector<NamedExtent> extents;
  llvm::StringSet<> names;
  llvm::SmallVector<llvm::StringRef> entries;
  text.split(entries, ',');
  for (llvm::StringRef entry : entries) {
    auto [name, number] = entry.split('=');
    name = name.trim();
    number = number.trim();
    if (name.empty() || !entry.contains('='))
      return llvm::createStringError("expected NAME=EXTENT, found " +
                                     quoteName(entry));
    int64_t extent;
    if (number.getAsInteger(10, extent) || extent < 1)
      return makeExtentError(name, quoteName(number));
    if (!names.insert(name).second)
      return llvm::createStringError("index " + quoteName(name) +
                                     " has two extents");
    extents.push_back({name.str(), extent});
  }
  return extents;
}

//===----------------------------------------------------------------------===//
// The text
//===----------------------------------------------------------------------===//

namespace {
/// The names of one tensor or of the result.
using NameList = std::vector<llvm::StringRef>;

/// Reads einsum text from left to right.
class EinsumReader {
public:
  explicit EinsumReader(llvm::StringRef text) : text(text), rest(text) {}

  /// Reads the whole text.
  llvm::Error read();

  std::vector<NameList> inputs;
  std::optional<NameList> output;

private:
  llvm::Error readLetterLists();
  llvm::Error readBracketLists();
  NameList readLetters();
  llvm::Expected<NameList> readBracket();
  /// The next character that may be part of a name, which is taken; empty where
  /// there is none.
  llvm::StringRef takeNameCharacter(bool isInBrackets);
  void skipSpaces() { rest = rest.ltrim(); }
  llvm::Error expected(const llvm::Twine &what) const;

  llvm::StringRef text, rest;
};
} // namespace

/// The bytes of the first character of `text`; 0 where they are not UTF-8.
static unsigned getCharacterSize(llvm::StringRef text) {
  return llvm::getUTF8SequenceSize(text.bytes_begin(), text.bytes_end());
}

llvm::Error EinsumReader::expected(const llvm::Twine &what) const {
  size_t position = text.size() - rest.size() + 1;
  std::string found = "the end";
  if (!rest.empty()) {
    unsigned size = getCharacterSize(rest);
    found = size ? quoteName(rest.take_front(size))
                 : "byte 0x" + llvm::utohexstr(rest.bytes_begin()[0]) +
                       ", which is not UTF-8";
  }
  return llvm::createStringError("at byte " + llvm::Twine(position) +
                                 ": expected " + what + ", found " + found);
}

llvm::StringRef EinsumReader::takeNameCharacter(bool isInBrackets) {
  if (rest.empty())
    return {};
  unsigned char first = rest.front();
  bool isName = first >= 0x80 || llvm::isAlpha(first) ||
                (isInBrackets && (llvm::isDigit(first) || first == '_'));
  llvm::StringRef character =
      rest.take_front(isName ? getCharacterSize(rest) : 0);
  rest = rest.drop_front(character.size());
  return character;
}

NameList EinsumReader::readLetters() {
  NameList names;
  while (true) {
    skipSpaces();
    llvm::StringRef letter = takeNameCharacter(/*isInBrackets=*/false);
    if (letter.empty())
      return names;
    names.push_back(letter);
  }
}

llvm::Error EinsumReader::readLetterLists() {
  do
    inputs.push_back(readLetters());
  while (rest.consume_front(","));
  if (rest.consume_front("->"))
    output = readLetters();
  if (rest.empty())
    return llvm::Error::success();
  if (rest.starts_with("..."))
    return expected("a letter for every index");
  std::string what = output ? "a letter or the end" : "a letter, ',' or '->'";
  if (llvm::isDigit(rest.front()) || rest.front() == '_')
    what += " (longer names go in brackets, as in [i1, i2])";
  return expected(what);
}

llvm::Expected<NameList> EinsumReader::readBracket() {
  skipSpaces();
  if (!rest.consume_front("["))
    return expected("'['");
  NameList names;
  for (bool isFirst = true;; isFirst = false) {
    skipSpaces();
    if (rest.consume_front("]"))
      return names;
    if (!isFirst && rest.consume_front(","))
      skipSpaces();
    llvm::StringRef start = rest;
    while (!takeNameCharacter(/*isInBrackets=*/true).empty()) {
    }
    if (start.size() == rest.size())
      return expected(isFirst ? "an index name or ']'"
                              : "an index name, ',' or ']'");
    names.push_back(start.drop_back(rest.size()));
  }
}

llvm::Error EinsumReader::readBracketLists() {
  do {
    llvm::Expected<NameList> names = readBracket();
    if (!names)
      return names.takeError();
    inputs.push_back(std::move(*names));
    skipSpaces();
  } while (rest.consume_front(",") || rest.starts_with("["));
  if (rest.consume_front("->")) {
    llvm::Expected<NameList> names = readBracket();
    if (!names)
      return names.takeError();
    output = std::move(*names);
    skipSpaces();
  }
  if (rest.empty())
    return llvm::Error::success();
  return expected(output ? "the end" : "'[', ',' or '->'");
}

llvm::Error EinsumReader::read() {
  if (text.trim().empty())
    return expected("subscripts such as 'ij,jk->ik'");
  return text.contains('[') ? readBracketLists() : readLetterLists();
}

/// The result of text without an arrow.
static NameList getImplicitOutput(llvm::ArrayRef<NameList> inputs) {
  std::map<llvm::StringRef, unsigned> occurrences;
  for (const NameList &input : inputs)
    for (llvm::StringRef name : input)
      ++occurrences[name];
  // Bytes of UTF-8 compare as the characters do.
  NameList output;
  for (auto [name, count] : occurrences)
    if (count == 1)
      output.push_back(name);
  return output;
}

llvm::Expected<NamedNetwork>
mlir::tensornet::parseEinsum(llvm::StringRef text,
                             llvm::ArrayRef<NamedExtent> extents) {
  EinsumReader reader(text);
  if (llvm::Error error = reader.read())
    return std::move(error);
  NetworkBuilder builder;
  for (const NameList &input : reader.inputs) {
    builder.addTensor();
    for (llvm::StringRef name : input)
      builder.addToTensor(name);
  }
  for (llvm::StringRef name :
       reader.output ? *reader.output : getImplicitOutput(reader.inputs))
    builder.addToOutput(name);
  for (const NamedExtent &extent : extents)
    if (!builder.setExtent(extent.name, extent.extent))
      return llvm::createStringError("index " + quoteName(extent.name) +
                                     " has an extent but no place");
  return builder.finish();
}
