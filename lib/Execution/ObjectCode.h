//===- ObjectCode.h - Object files from LLVM IR -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// From LLVM IR to code of this host.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_OBJECTCODE_H
#define TENSORNET_LIB_EXECUTION_OBJECTCODE_H

#include "tensornet/Execution/Jit.h"

#include "llvm/Support/MemoryBuffer.h"

namespace llvm {
class Module;
} // namespace llvm

namespace mlir::tensornet {

/// Optimises `module` for this host and returns its object file. Modules of
/// different contexts may be compiled at one time.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
emitObject(llvm::Module &module, const JitOptions &options);

/// The same code as text.
llvm::Expected<std::string> emitAssemblyText(llvm::Module &module,
                                             const JitOptions &options);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_OBJECTCODE_H
