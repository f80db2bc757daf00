//===- IndexingAsm.cpp - Text of subscripts -------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Dialect/TensorNet/IR/IndexingAsm.h"

#include "mlir/IR/DialectImplementation.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

/// term ::= integer | integer `*` index | index | index `*` integer
static ParseResult parseTerm(AsmParser &parser, IndexNames &names, bool negate,
                             SmallVectorImpl<LinearForm::Term> &terms,
                             int64_t &constant) {
  int64_t factor = 1;
  StringRef name;
  SMLoc loc = parser.getCurrentLocation();
  OptionalParseResult integer = parser.parseOptionalInteger(factor);
  if (integer.has_value()) {
    if (failed(*integer))
      return failure();
    if (failed(parser.parseOptionalStar())) {
      if (negate ? llvm::SubOverflow(constant, factor, constant)
                 : llvm::AddOverflow(constant, factor, constant))
        return parser.emitError(loc, "subscript constant exceeds 64 bits");
      return success();
    }
    if (parser.parseKeyword(&name))
      return failure();
  } else {
    if (failed(parser.parseOptionalKeyword(&name)))
      return parser.emitError(loc, "expected an index or an integer");
    if (succeeded(parser.parseOptionalStar()) && parser.parseInteger(factor))
      return failure();
  }
  if (negate && llvm::SubOverflow(int64_t(0), factor, factor))
    return parser.emitError(loc, "subscript coefficient exceeds 64 bits");
  terms.push_back({names.getOrAdd(name), factor});
  return success();
}

/// form ::= `-`? term ((`+` | `-`) term)*
static ParseResult parseForm(AsmParser &parser, IndexNames &names,
                             LinearForm &form) {
  SmallVector<LinearForm::Term> terms;
  int64_t constant = 0;
  SMLoc loc = parser.getCurrentLocation();
  bool negate = succeeded(parser.parseOptionalMinus());
  do {
    if (parseTerm(parser, names, negate, terms, constant))
      return failure();
    negate = false;
    if (succeeded(parser.parseOptionalPlus()))
      continue;
    negate = succeeded(parser.parseOptionalMinus());
    if (!negate)
      break;
  } while (true);
  std::optional<LinearForm> parsed = LinearForm::get(terms, constant);
  if (!parsed)
    return parser.emitError(loc, "subscript coefficient exceeds 64 bits");
  form = *parsed;
  return success();
}

ParseResult mlir::tensornet::parseSubscripts(AsmParser &parser,
                                             IndexNames &names,
                                             Subscripts &subscripts) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
    return parseForm(parser, names, subscripts.emplace_back());
  });
}

ParseResult
mlir::tensornet::parseExtents(AsmParser &parser, const IndexNames &names,
                              function_ref<ParseResult()> parseDynamic,
                              SmallVectorImpl<ExplicitExtent> &extents) {
  if (failed(parser.parseOptionalKeyword("extents")))
    return success();
  auto parseEntry = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    StringRef name;
    if (parser.parseKeyword(&name) || parser.parseEqual())
      return failure();
    std::optional<IndexId> index = names.lookup(name);
    if (!index)
      return parser.emitError(loc, "extents names index '")
             << name << "', which occurs in no subscript";
    if (llvm::any_of(extents, [&](const ExplicitExtent &entry) {
          return entry.index == *index;
        }))
      return parser.emitError(loc, "extents names index '")
             << name << "' twice";
    int64_t extent = kDynamicExtent;
    OptionalParseResult integer = parser.parseOptionalInteger(extent);
    if (integer.has_value()) {
      if (failed(*integer))
        return failure();
      if (extent < 0)
        return parser.emitError(loc, "index '")
               << name << "' has negative extent " << extent;
    } else if (parseDynamic()) {
      return failure();
    }
    extents.push_back({*index, extent});
    return success();
  };
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren,
                                        parseEntry);
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

/// The absolute value of `value` as text (correct for the smallest integer).
static uint64_t magnitude(int64_t value) {
  return value < 0 ? -static_cast<uint64_t>(value)
                   : static_cast<uint64_t>(value);
}

static void printForm(llvm::raw_ostream &os, const LinearForm &form) {
  bool first = true;
  auto printSign = [&](bool negative) {
    if (first)
      os << (negative ? "-" : "");
    else
      os << (negative ? " - " : " + ");
    first = false;
  };
  for (const LinearForm::Term &term : form.getTerms()) {
    printSign(term.coefficient < 0);
    if (magnitude(term.coefficient) != 1)
      os << magnitude(term.coefficient) << " * ";
    os << getIndexName(term.index);
  }
  if (form.isConstant() || form.getConstant() != 0) {
    printSign(form.getConstant() < 0);
    os << magnitude(form.getConstant());
  }
}

void mlir::tensornet::printSubscripts(llvm::raw_ostream &os,
                                      const Subscripts &subscripts) {
  os << '[';
  llvm::interleaveComma(subscripts, os,
                        [&](const LinearForm &form) { printForm(os, form); });
  os << ']';
}

void mlir::tensornet::printExtents(llvm::raw_ostream &os,
                                   ArrayRef<ExplicitExtent> extents,
                                   function_ref<void()> printDynamic) {
  if (extents.empty())
    return;
  os << " extents(";
  llvm::interleaveComma(extents, os, [&](const ExplicitExtent &entry) {
    os << getIndexName(entry.index) << " = ";
    if (entry.extent == kDynamicExtent)
      printDynamic();
    else
      os << entry.extent;
  });
  os << ')';
}

//===----------------------------------------------------------------------===//
// IndexingAttr
//===----------------------------------------------------------------------===//

Attribute IndexingAttr::parse(AsmParser &parser, Type) {
  Indexing indexing;
  IndexNames names;
  SMLoc loc = parser.getCurrentLocation();
  auto parseOperand = [&]() -> ParseResult {
    indexing.conjugated.push_back(
        succeeded(parser.parseOptionalKeyword("conj")));
    return parseSubscripts(parser, names, indexing.operands.emplace_back());
  };
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren,
                                     parseOperand) ||
      parser.parseArrow() || parseSubscripts(parser, names, indexing.result))
    return {};
  if (succeeded(parser.parseOptionalComma()) &&
      parseExtents(
          parser, names, [&] { return parser.parseQuestion(); },
          indexing.extents))
    return {};
  if (parser.parseGreater())
    return {};
  indexing.renumberByAppearance();
  return parser.getChecked<IndexingAttr>(loc, parser.getContext(), indexing);
}

void IndexingAttr::print(AsmPrinter &printer) const {
  llvm::raw_ostream &os = printer.getStream();
  const Indexing &indexing = getValue();
  os << "<(";
  llvm::interleaveComma(llvm::zip_equal(indexing.operands, indexing.conjugated),
                        os, [&](auto operand) {
                          auto [subscripts, conjugated] = operand;
                          os << (conjugated ? "conj " : "");
                          printSubscripts(os, subscripts);
                        });
  os << ") -> ";
  printSubscripts(os, indexing.result);
  if (!indexing.extents.empty())
    os << ',';
  printExtents(os, indexing.extents, [&] { os << '?'; });
  os << '>';
}

LogicalResult IndexingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   Indexing indexing) {
  if (indexing.conjugated.size() != indexing.operands.size())
    return emitError() << "indexing has " << indexing.conjugated.size()
                       << " conjugation flags for " << indexing.operands.size()
                       << " operands";
  // contract C2
  if (!indexing.isNumberedByAppearance())
    return emitError() << "indices are not numbered by first appearance";
  // contract C5
  std::optional<IndexId> previous;
  for (const ExplicitExtent &entry : indexing.extents) {
    std::string name = getIndexName(entry.index);
    if (entry.index >= indexing.getNumIndices())
      return emitError() << "extents names index '" << name
                         << "', which occurs in no subscript";
    if (previous && entry.index <= *previous)
      return emitError() << "explicit extents are not sorted by index, or name "
                            "index '"
                         << name << "' twice";
    if (entry.extent < 0 && entry.extent != kDynamicExtent)
      return emitError() << "index '" << name << "' has negative extent "
                         << entry.extent;
    previous = entry.index;
  }
  return success();
}
