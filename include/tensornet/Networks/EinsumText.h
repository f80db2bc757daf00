//===- EinsumText.h - Networks as einsum text -------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two spellings:
//
//   ij,jk->ik                     a letter per index, as NumPy has it
//   [row, b], [b, col] -> [row]   names of any length in brackets
//
// A letter is an ASCII letter or any character beyond ASCII, so there are more
// than a million. A name is made of those, digits and underscores; names and
// bracketed lists are separated by commas or spaces. Spaces between letters
// mean nothing. Without `->` the result has the indices that occur exactly
// once, in the order of their characters, as NumPy has it.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_NETWORKS_EINSUMTEXT_H
#define TENSORNET_NETWORKS_EINSUMTEXT_H

#include "tensornet/Networks/NamedNetwork.h"

namespace mlir::tensornet {

/// The extent of the index of this name.
struct NamedExtent {
  std::string name;
  int64_t extent;
};

/// Reads `a=2,b=3`; an error where an extent is not 1 or more or a name comes
/// twice.
llvm::Expected<std::vector<NamedExtent>> parseExtents(llvm::StringRef text);
/// Reads a network from einsum text. Every index needs exactly one of the
/// extents; an extent of an index that the text does not have is an error. Text
/// that is malformed gives an error with the byte (from 1) where it is.
llvm::Expected<NamedNetwork> parseEinsum(llvm::StringRef text,
                                         llvm::ArrayRef<NamedExtent> extents);

} // namespace mlir::tensornet

#endif // TENSORNET_NETWORKS_EINSUMTEXT_H
