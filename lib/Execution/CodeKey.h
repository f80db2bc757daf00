//===- CodeKey.h - What code depends on -------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Hashes of everything that machine code depends on.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_CODEKEY_H
#define TENSORNET_LIB_EXECUTION_CODEKEY_H

#include "mlir/IR/BuiltinOps.h"
#include "tensornet/Codegen/CPU/CpuTarget.h"
#include "tensornet/Execution/CacheFolder.h"

namespace mlir::tensornet {

/// What of the compiler a hash covers.
enum class CompilerPart {
  build,   ///< the build of the program that compiles
  version, ///< its version, which other programs share
};

/// A hash in the making. It starts with this compiler and the C library: their
/// versions, LLVM's and MLIR's builds.
class CodeKey {
public:
  explicit CodeKey(CompilerPart part = CompilerPart::build);

  /// Adds the content of a module: its ops, their attributes and, where they
  /// matter to its code, their locations.
  CodeKey &add(ModuleOp module, bool withLocations);
  /// Adds a processor: its name and all that it has.
  CodeKey &add(const cpu::CpuTarget &target);
  /// Adds an option or a text, with its length.
  CodeKey &add(uint64_t number);
  CodeKey &add(StringRef text);

  CacheKey get() { return hasher.final(); }

private:
  explicit CodeKey(llvm::BLAKE3 hasher) : hasher(hasher) {}

  llvm::BLAKE3 hasher;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_CODEKEY_H
