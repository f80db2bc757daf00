//===- CommandLine.h - What our command lines share -------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the command lines of our tools have in common.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_COMMANDLINE_H
#define TENSORNET_TOOLS_COMMANDLINE_H

#include "llvm/Support/CommandLine.h"

namespace mlir::tensornet {

/// Frees the name of a flag that LLVM's shared library registers for its own
/// tools, so that a tool of ours can have a flag of that name.
inline void releaseFlagName(llvm::StringRef name) {
  if (llvm::cl::Option *other = llvm::cl::getRegisteredOptions().lookup(name))
    other->removeArgument();
}

/// A floating flag; LLVM's own parser takes no digits at all for zero.
struct NumberParser : llvm::cl::parser<double> {
  using llvm::cl::parser<double>::parser;

  bool parse(llvm::cl::Option &option, llvm::StringRef name,
             llvm::StringRef text, double &number) {
    if (text.trim().empty())
      return option.error("expected a number", name);
    return llvm::cl::parser<double>::parse(option, name, text, number);
  }
};

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_COMMANDLINE_H
