//===- InitAll.h - Registration of dialects and passes ----------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_INITALL_H
#define TENSORNET_INITALL_H

namespace mlir {
class DialectRegistry;

namespace tensornet {

/// Adds the project's dialects and their interfaces on upstream ops to the
/// registry. This is all that a tool with its own upstream dialects needs.
void registerTensorNetDialects(DialectRegistry &registry);

/// Makes the project's passes and pipelines known to the textual pipeline
/// parser and to command lines. Calling it again changes nothing.
void registerTensorNetPasses();

/// Adds upstream's dialects, their extensions and translations, and the
/// project's own to the registry.
void registerAllDialects(DialectRegistry &registry);

/// Registers upstream's passes and the project's own.
void registerAllPasses();

} // namespace tensornet
} // namespace mlir

#endif // TENSORNET_INITALL_H
