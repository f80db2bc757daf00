//===- SplitModule.h - Kernels apart ----------------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// One module becomes several that compile apart.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_SPLITMODULE_H
#define TENSORNET_LIB_EXECUTION_SPLITMODULE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::tensornet {

/// Moves functions of `module`, which is in the LLVM dialect, into modules of
/// their own; declarations stay. A function moves if it is private and needs
/// nothing of the module but declarations and what may exist twice (constants
/// and functions with such linkage). Its name becomes a hash of what it does,
/// so that equal functions of any programs are equal modules; of those, one is
/// returned.
SmallVector<OwningOpRef<ModuleOp>> splitModule(ModuleOp module);

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_SPLITMODULE_H
