//===- OutputFile.h - Files that tools write --------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How tools write a file that an option names.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_TOOLS_OUTPUTFILE_H
#define TENSORNET_TOOLS_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/ToolOutputFile.h"

namespace mlir::tensornet {

/// Writes the file `path` ("-" for standard output) by `write`. What cannot be
/// written whole is removed, and an error.
inline llvm::Error
writeFile(llvm::StringRef path,
          llvm::function_ref<void(llvm::raw_ostream &)> write) {
  auto makeError = [&](std::error_code code) {
    return llvm::createStringError(path +
                                   ": cannot be written: " + code.message());
  };
  std::error_code code;
  llvm::ToolOutputFile file(path, code, llvm::sys::fs::OF_Text);
  if (code)
    return makeError(code);
  write(file.os());
  file.os().flush();
  code = file.os().error();
  file.os().clear_error(); // else the destructor ends the process
  if (code)
    return makeError(code);
  file.keep();
  return llvm::Error::success();
}

} // namespace mlir::tensornet

#endif // TENSORNET_TOOLS_OUTPUTFILE_H
