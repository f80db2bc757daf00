//===- KernelAttr.cpp - Text of #tensornet.kernel -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectImplementation.h"
#include "tensornet/Analysis/KernelChoice.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// Calls `visit` with the word and the value of every entry, in the order in
/// which they are printed.
template <typename Choice, typename Visitor>
static void forEachEntry(Choice &choice, Visitor visit) {
  visit("batch", choice.batch);
  visit("rows", choice.rows);
  visit("columns", choice.columns);
  visit("sum", choice.sum);
  visit("swap", choice.swap);
  visit("row_tile", choice.rowTile);
  visit("column_tile", choice.columnTile);
  visit("join_columns", choice.joinColumns);
  visit("block", choice.block);
  visit("row_group", choice.rowGroup);
  visit("pack_a", choice.packA);
  visit("pack_b", choice.packB);
  visit("distribute", choice.distribute);
}

static ParseResult parseValue(AsmParser &parser, bool &value) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  if (parser.parseKeyword(&word))
    return failure();
  value = word == "true";
  if (!value && word != "false")
    return parser.emitError(loc, "expected true or false, found '")
           << word << "'";
  return success();
}

static ParseResult parseValue(AsmParser &parser, Distribution &value) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  if (parser.parseKeyword(&word))
    return failure();
  std::optional<Distribution> parsed = parseDistribution(word);
  if (!parsed)
    return parser.emitError(loc,
                            "expected none, batch, rows or columns, found '")
           << word << "'";
  value = *parsed;
  return success();
}

static ParseResult parseElement(AsmParser &parser, int64_t &value) {
  return parser.parseInteger(value);
}

static ParseResult parseElement(AsmParser &parser, IndexId &value) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef name;
  if (parser.parseKeyword(&name))
    return failure();
  std::optional<IndexId> index = getIndexNumber(name);
  if (!index)
    return parser.emitError(loc, "'")
           << name << "' is no name that the printer gives to an index";
  value = *index;
  return success();
}

template <typename T, unsigned N>
static ParseResult parseValue(AsmParser &parser, SmallVector<T, N> &values) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
    return parseElement(parser, values.emplace_back());
  });
}

/// Parses what follows `word` into the entry of this name.
static ParseResult parseEntry(AsmParser &parser, SMLoc loc, StringRef word,
                              KernelChoice &choice) {
  bool known = false;
  ParseResult result = success();
  forEachEntry(choice, [&](StringRef name, auto &entry) {
    if (name != word)
      return;
    known = true;
    if (entry)
      result = parser.emitError(loc, "kernel has two entries '") << word << "'";
    else if (succeeded(result = parser.parseEqual()))
      result = parseValue(parser, entry.emplace());
  });
  if (!known)
    return parser.emitError(loc, "kernel has no entry '") << word << "'";
  return result;
}

Attribute KernelAttr::parse(AsmParser &parser, Type) {
  KernelChoice choice;
  SMLoc start = parser.getCurrentLocation();
  auto parseNext = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    StringRef word;
    if (parser.parseKeyword(&word))
      return failure();
    return parseEntry(parser, loc, word, choice);
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseNext))
    return {};
  return parser.getChecked<KernelAttr>(start, parser.getContext(), choice);
}

static void printValue(raw_ostream &os, bool value) {
  os << (value ? "true" : "false");
}
static void printValue(raw_ostream &os, Distribution value) {
  os << stringify(value);
}
static void printValue(raw_ostream &os, ArrayRef<int64_t> values) {
  os << '[';
  llvm::interleaveComma(values, os);
  os << ']';
}
static void printValue(raw_ostream &os, ArrayRef<IndexId> values) {
  os << '[';
  llvm::interleaveComma(values, os,
                        [&](IndexId index) { os << getIndexName(index); });
  os << ']';
}

void KernelAttr::print(AsmPrinter &printer) const {
  raw_ostream &os = printer.getStream();
  llvm::ListSeparator separator;
  os << '<';
  forEachEntry(getValue(), [&](StringRef name, const auto &entry) {
    if (!entry)
      return;
    os << separator << name << " = ";
    printValue(os, *entry);
  });
  os << '>';
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

static LogicalResult verifyRoles(function_ref<InFlightDiagnostic()> emitError,
                                 KernelChoice choice) {
  llvm::SmallSet<IndexId, 8> seen;
  for (const std::optional<KernelChoice::Indices> &indices :
       {choice.batch, choice.rows, choice.columns, choice.sum})
    for (IndexId index : indices.value_or(KernelChoice::Indices()))
      if (!seen.insert(index).second)
        return emitError() << "kernel lists index '" << getIndexName(index)
                           << "' twice";
  return success();
}

LogicalResult KernelAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 KernelChoice choice) {
  if (failed(verifyRoles(emitError, choice)))
    return failure();
  LogicalResult result = success();
  auto verifySizes = [&](StringRef name,
                         const std::optional<KernelChoice::Sizes> &sizes) {
    if (!sizes || failed(result))
      return;
    if (sizes->empty())
      result = emitError() << "kernel has an empty " << name;
    for (int64_t size : *sizes)
      if (size <= 0 && succeeded(result))
        result = emitError() << "kernel has size " << size << " in " << name
                             << ", expected a positive one";
  };
  verifySizes("row_tile", choice.rowTile);
  verifySizes("column_tile", choice.columnTile);
  verifySizes("block", choice.block);
  verifySizes("row_group", choice.rowGroup);
  if (failed(result))
    return failure();
  if (choice.block && choice.block->size() != 3)
    return emitError() << "kernel has " << choice.block->size()
                       << " sizes in block, expected rows, columns and points "
                          "of the sum";
  return success();
}
