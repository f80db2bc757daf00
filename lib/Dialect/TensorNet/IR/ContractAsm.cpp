//===- ContractAsm.cpp - Text of contractions -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `%a[i, j], conj %b[j, k] -> [i, k] extents(j = %n) sizes(%m)`, and the same
// with `outs(%c)` for contract_into.
//
//===----------------------------------------------------------------------===//

#include "tensornet/Dialect/TensorNet/IR/ContractAsm.h"

#include "tensornet/Dialect/TensorNet/IR/IndexingAsm.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"

using namespace mlir;
using namespace mlir::tensornet;

using UnresolvedOperand = OpAsmParser::UnresolvedOperand;

/// Parses the operands with their subscripts, up to the arrow.
static ParseResult parseInputs(OpAsmParser &parser, IndexNames &names,
                               SmallVectorImpl<UnresolvedOperand> &inputs,
                               Indexing &indexing) {
  if (succeeded(parser.parseOptionalArrow()))
    return success();
  do {
    bool conjugated = succeeded(parser.parseOptionalKeyword("conj"));
    if (parser.parseOperand(inputs.emplace_back()) ||
        parseSubscripts(parser, names, indexing.operands.emplace_back()))
      return failure();
    indexing.conjugated.push_back(conjugated);
  } while (succeeded(parser.parseOptionalComma()));
  return parser.parseArrow();
}

/// Parses everything up to and including `extents(...)`.
static ParseResult parseContractionCore(
    OpAsmParser &parser, SmallVectorImpl<UnresolvedOperand> &inputs,
    SmallVectorImpl<UnresolvedOperand> &extents, IndexingAttr &attr) {
  Indexing indexing;
  IndexNames names;
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<ExplicitExtent> entries;
  SmallVector<UnresolvedOperand> textOrder;
  if (parseInputs(parser, names, inputs, indexing) ||
      parseSubscripts(parser, names, indexing.result) ||
      parseExtents(
          parser, names,
          [&] { return parser.parseOperand(textOrder.emplace_back()); },
          entries))
    return failure();

  // Operands follow the order of the sorted entries, not that of the text.
  SmallVector<std::optional<IndexId>> newNumber =
      indexing.renumberByAppearance();
  SmallVector<std::pair<ExplicitExtent, const UnresolvedOperand *>> sorted;
  const UnresolvedOperand *next = textOrder.begin();
  for (const ExplicitExtent &entry : entries) {
    const UnresolvedOperand *operand =
        entry.extent == kDynamicExtent ? next++ : nullptr;
    if (entry.index >= newNumber.size() || !newNumber[entry.index])
      return parser.emitError(
          loc, "extents names an index whose coefficients are all 0");
    sorted.push_back({{*newNumber[entry.index], entry.extent}, operand});
  }
  llvm::sort(sorted, [](const auto &a, const auto &b) {
    return a.first.index < b.first.index;
  });
  for (const auto &[entry, operand] : sorted) {
    indexing.extents.push_back(entry);
    if (operand)
      extents.push_back(*operand);
  }
  attr = parser.getChecked<IndexingAttr>(loc, parser.getContext(), indexing);
  return success(attr != nullptr);
}

ParseResult mlir::tensornet::parseContraction(
    OpAsmParser &parser, SmallVectorImpl<UnresolvedOperand> &inputs,
    SmallVectorImpl<UnresolvedOperand> &extents,
    SmallVectorImpl<UnresolvedOperand> &sizes, IndexingAttr &indexing) {
  if (parseContractionCore(parser, inputs, extents, indexing))
    return failure();
  if (failed(parser.parseOptionalKeyword("sizes")))
    return success();
  return parser.parseOperandList(sizes, AsmParser::Delimiter::Paren);
}

ParseResult mlir::tensornet::parseContractionInto(
    OpAsmParser &parser, SmallVectorImpl<UnresolvedOperand> &inputs,
    SmallVectorImpl<UnresolvedOperand> &extents, UnresolvedOperand &init,
    IndexingAttr &indexing) {
  return failure(parseContractionCore(parser, inputs, extents, indexing) ||
                 parser.parseKeyword("outs") || parser.parseLParen() ||
                 parser.parseOperand(init) || parser.parseRParen());
}

ParseResult mlir::tensornet::parseContractionIntoType(
    OpAsmParser &parser, SmallVectorImpl<Type> &inputTypes, Type &initType,
    SmallVectorImpl<Type> &outputTypes) {
  FunctionType type;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseType(type))
    return failure();
  if (type.getNumInputs() == 0)
    return parser.emitError(loc, "expected the type of the destination after "
                                 "those of the inputs");
  llvm::append_range(inputTypes, type.getInputs().drop_back());
  initType = type.getInputs().back();
  llvm::append_range(outputTypes, type.getResults());
  return success();
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static void printContractionCore(OpAsmPrinter &printer, OperandRange inputs,
                                 OperandRange extents, IndexingAttr attr) {
  const Indexing &indexing = attr.getValue();
  llvm::raw_ostream &os = printer.getStream();
  for (auto [number, input] : llvm::enumerate(inputs)) {
    os << (number == 0 ? "" : ", ")
       << (indexing.conjugated[number] ? "conj " : "");
    printer.printOperand(input);
    printSubscripts(os, indexing.operands[number]);
  }
  os << (inputs.empty() ? "-> " : " -> ");
  printSubscripts(os, indexing.result);
  auto next = extents.begin();
  printExtents(os, indexing.extents, [&] {
    if (next != extents.end())
      printer.printOperand(*next++);
  });
}

void mlir::tensornet::printContraction(OpAsmPrinter &printer, Operation *,
                                       OperandRange inputs,
                                       OperandRange extents, OperandRange sizes,
                                       IndexingAttr indexing) {
  printContractionCore(printer, inputs, extents, indexing);
  if (!sizes.empty())
    printer << " sizes(" << sizes << ")";
}

void mlir::tensornet::printContractionInto(OpAsmPrinter &printer, Operation *,
                                           OperandRange inputs,
                                           OperandRange extents, Value init,
                                           IndexingAttr indexing) {
  printContractionCore(printer, inputs, extents, indexing);
  printer << " outs(" << init << ")";
}

void mlir::tensornet::printContractionIntoType(OpAsmPrinter &printer,
                                               Operation *,
                                               TypeRange inputTypes,
                                               Type initType,
                                               TypeRange outputTypes) {
  SmallVector<Type> types(inputTypes);
  types.push_back(initType);
  printer.printFunctionalType(types, outputTypes);
}
