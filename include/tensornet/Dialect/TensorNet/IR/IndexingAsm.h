//===- IndexingAsm.h - Text of subscripts -----------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text of subscripts, shared by the attribute and the ops: parsing maps
// any identifiers to numbers, printing uses the fixed names of getIndexName.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_DIALECT_TENSORNET_IR_INDEXINGASM_H
#define TENSORNET_DIALECT_TENSORNET_IR_INDEXINGASM_H

#include "mlir/IR/OpImplementation.h"
#include "tensornet/Analysis/Indexing.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tensornet {

/// The identifiers of one contraction, numbered in order of appearance.
class IndexNames {
public:
  /// The number of `name`, a new one at its first appearance.
  IndexId getOrAdd(StringRef name) {
    return numbers.try_emplace(name, numbers.size()).first->second;
  }
  /// The number of `name`, if it has appeared.
  std::optional<IndexId> lookup(StringRef name) const {
    auto it = numbers.find(name);
    return it == numbers.end() ? std::nullopt
                               : std::optional<IndexId>(it->second);
  }

private:
  llvm::StringMap<IndexId> numbers;
};

/// Parses `[form, ...]`.
ParseResult parseSubscripts(AsmParser &parser, IndexNames &names,
                            Subscripts &subscripts);

/// Parses `extents(i = 6, j = <dynamic>)` if it is there. `parseDynamic` parses
/// what stands in the place of an extent that is no integer. Entries keep the
/// order of the text; names that occur in no subscript and repeated names are
/// errors.
ParseResult parseExtents(AsmParser &parser, const IndexNames &names,
                         function_ref<ParseResult()> parseDynamic,
                         SmallVectorImpl<ExplicitExtent> &extents);

void printSubscripts(llvm::raw_ostream &os, const Subscripts &subscripts);

/// Prints ` extents(...)`, or nothing where there are none.
void printExtents(llvm::raw_ostream &os, ArrayRef<ExplicitExtent> extents,
                  function_ref<void()> printDynamic);

} // namespace mlir::tensornet

#endif // TENSORNET_DIALECT_TENSORNET_IR_INDEXINGASM_H
