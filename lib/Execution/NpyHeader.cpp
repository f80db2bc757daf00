//===- NpyHeader.cpp - Header dictionary of NumPy files -------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NpyHeader.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/SwapByteOrder.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::tensornet;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace {

/// An element kind beside the letter and byte count of NumPy's `descr`.
struct KindName {
  NpyKind kind;
  StringRef code;
  StringRef name;
  unsigned width;
};

constexpr KindName kKindNames[] = {
    {NpyKind::Bool, "b1", "bool", 1},
    {NpyKind::I8, "i1", "int8", 1},
    {NpyKind::I16, "i2", "int16", 2},
    {NpyKind::I32, "i4", "int32", 4},
    {NpyKind::I64, "i8", "int64", 8},
    {NpyKind::U8, "u1", "uint8", 1},
    {NpyKind::U16, "u2", "uint16", 2},
    {NpyKind::U32, "u4", "uint32", 4},
    {NpyKind::U64, "u8", "uint64", 8},
    {NpyKind::F16, "f2", "float16", 2},
    {NpyKind::F32, "f4", "float32", 4},
    {NpyKind::F64, "f8", "float64", 8},
    {NpyKind::C64, "c8", "complex64", 8},
    {NpyKind::C128, "c16", "complex128", 16},
};

const KindName &getKindName(NpyKind kind) {
  const KindName &entry = kKindNames[static_cast<unsigned>(kind)];
  assert(entry.kind == kind && "the table is in the order of the enum");
  return entry;
}

/// `text` between quotes, shortened, with unprintable bytes escaped.
std::string quote(StringRef text) {
  constexpr size_t kShown = 40;
  std::string result;
  llvm::raw_string_ostream os(result);
  os << '\'';
  llvm::printEscapedString(text.take_front(kShown), os);
  os << (text.size() > kShown ? "...'" : "'");
  return result;
}

Error makeError(const Twine &message) {
  return llvm::createStringError(message);
}

/// Recursive-descent parser of the dictionary literal that NumPy writes.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Expected<NpyHeader> parse();

private:
  /// One `key: value` pair; a key must not come twice.
  Error parseEntry();
  Error parseDescr();
  Error parseFortranOrder();
  Error parseShape();
  Expected<int64_t> parseExtent();
  /// A string literal in single or double quotes, without escapes.
  Expected<StringRef> parseString(StringRef what);

  /// Takes `token` where it comes next, after blanks.
  bool consume(StringRef token) {
    rest = rest.ltrim(" \t\n");
    return rest.consume_front(token);
  }
  Error expected(const Twine &what) {
    rest = rest.ltrim(" \t\n");
    return makeError("expected " + what + " in the header, found " +
                     (rest.empty() ? "its end" : quote(rest)));
  }

  StringRef rest;
  NpyHeader header;
  bool seenDescr = false, seenFortranOrder = false, seenShape = false;
};

} // namespace

Expected<NpyHeader> HeaderParser::parse() {
  if (!consume("{"))
    return expected("'{'");
  while (!consume("}")) {
    if (Error error = parseEntry())
      return error;
    if (consume(","))
      continue;
    if (!consume("}"))
      return expected("',' or '}'");
    break;
  }
  if (!rest.ltrim(" \t\n").empty())
    return expected("only blanks after '}'");
  for (auto [seen, key] : {std::pair(seenDescr, "descr"),
                           std::pair(seenFortranOrder, "fortran_order"),
                           std::pair(seenShape, "shape")})
    if (!seen)
      return makeError(Twine("expected key '") + key +
                       "' in the header, found none");
  return std::move(header);
}

Error HeaderParser::parseEntry() {
  Expected<StringRef> key = parseString("a key");
  if (!key)
    return key.takeError();
  bool *seen = *key == "descr"           ? &seenDescr
               : *key == "fortran_order" ? &seenFortranOrder
               : *key == "shape"         ? &seenShape
                                         : nullptr;
  if (!seen)
    return makeError("expected key 'descr', 'fortran_order' or 'shape' in the "
                     "header, found " +
                     quote(*key));
  if (*seen)
    return makeError("expected key " + quote(*key) +
                     " once in the header, found it twice");
  *seen = true;
  if (!consume(":"))
    return expected("':' after key " + quote(*key));
  if (seen == &seenDescr)
    return parseDescr();
  return seen == &seenShape ? parseShape() : parseFortranOrder();
}

Expected<StringRef> HeaderParser::parseString(StringRef what) {
  StringRef mark = consume("'") ? "'" : consume("\"") ? "\"" : "";
  if (mark.empty())
    return expected(what);
  size_t end = rest.find(mark);
  if (end == StringRef::npos)
    return expected(Twine("a closing quote of ") + what);
  StringRef text = rest.take_front(end);
  rest = rest.drop_front(end + 1);
  return text;
}

Error HeaderParser::parseDescr() {
  if (consume("["))
    return makeError("expected a bool, integer, floating or complex element "
                     "type, found a structured one");
  Expected<StringRef> descr = parseString("an element type");
  if (!descr)
    return descr.takeError();

  StringRef code = *descr;
  char order = '=';
  if (!code.empty() && StringRef("<>|=").contains(code.front())) {
    order = code.front();
    code = code.drop_front();
  }
  for (const KindName &entry : kKindNames) {
    if (entry.code != code || (order == '|' && entry.width > 1))
      continue;
    header.kind = entry.kind;
    header.swapBytes = entry.width > 1 && order != '=' &&
                       (order == '>') != llvm::sys::IsBigEndianHost;
    return Error::success();
  }
  return makeError(
      "expected a bool, integer, floating or complex element type, found " +
      quote(*descr));
}

Error HeaderParser::parseFortranOrder() {
  if (consume("True"))
    header.fortranOrder = true;
  else if (!consume("False"))
    return expected("True or False for 'fortran_order'");
  return Error::success();
}

Error HeaderParser::parseShape() {
  if (!consume("("))
    return expected("'(' of the shape");
  while (!consume(")")) {
    Expected<int64_t> extent = parseExtent();
    if (!extent)
      return extent.takeError();
    header.shape.push_back(*extent);
    if (header.shape.size() > kMaxNpyRank)
      return makeError("expected at most " + Twine(kMaxNpyRank) +
                       " dimensions, found more");
    if (consume(","))
      continue;
    // Python reads `(3)` as a number, not as a tuple.
    if (header.shape.size() == 1 || !consume(")"))
      return expected("',' after an extent of the shape");
    break;
  }
  return Error::success();
}

Expected<int64_t> HeaderParser::parseExtent() {
  rest = rest.ltrim(" \t\n");
  StringRef digits = rest.take_while(llvm::isDigit);
  if (digits.empty())
    return expected("a non-negative extent of the shape");
  int64_t extent;
  if (digits.getAsInteger(10, extent))
    return makeError("expected an extent below 2^63 in the shape, found " +
                     quote(digits));
  rest = rest.drop_front(digits.size());
  rest.consume_front("L"); // Python 2 wrote long integers so.
  return extent;
}

Expected<NpyHeader> mlir::tensornet::parseNpyHeader(StringRef text) {
  return HeaderParser(text).parse();
}

std::string mlir::tensornet::formatNpyHeader(NpyKind kind,
                                             llvm::ArrayRef<int64_t> shape) {
  const KindName &entry = getKindName(kind);
  std::string result;
  llvm::raw_string_ostream os(result);
  os << "{'descr': '"
     << (entry.width == 1             ? '|'
         : llvm::sys::IsBigEndianHost ? '>'
                                      : '<')
     << entry.code << "', 'fortran_order': False, 'shape': (";
  llvm::interleaveComma(shape, os);
  os << (shape.size() == 1 ? ",), }" : "), }");
  return result;
}

unsigned mlir::tensornet::getNpyByteWidth(NpyKind kind) {
  return getKindName(kind).width;
}

StringRef mlir::tensornet::getNpyKindName(NpyKind kind) {
  return getKindName(kind).name;
}
