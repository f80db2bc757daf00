//===- ProgramCache.h - Programs that are kept ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Whole programs in a cache of compiled code.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_PROGRAMCACHE_H
#define TENSORNET_LIB_EXECUTION_PROGRAMCACHE_H

#include "tensornet/Execution/Compiler.h"

namespace mlir::tensornet {

/// What machine code for the only public function of `module` depends on.
CacheKey getProgramKey(ModuleOp module, const CompileOptions &options);

/// The program for `key`; std::nullopt where the cache has none.
std::optional<ProgramCode> findProgram(CodeCache &cache, const CacheKey &key);

/// Keeps `program` for `key`.
void insertProgram(CodeCache &cache, const CacheKey &key,
                   const ProgramCode &program);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_PROGRAMCACHE_H
