//===- Workspace.h - How functions get memory -------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_CODEGEN_CPU_BUFFERS_WORKSPACE_H
#define TENSORNET_CODEGEN_CPU_BUFFERS_WORKSPACE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>

namespace mlir::tensornet {

/// Attributes of a function that --tensornet-plan-memory has planned: bytes of
/// its workspace; bytes of each thread's part and the number of allocations
/// that are left to the run, where they are not 0.
inline constexpr llvm::StringLiteral kWorkspaceAttrName = "tensornet.workspace";
inline constexpr llvm::StringLiteral kThreadWorkspaceAttrName =
    "tensornet.thread_workspace";
inline constexpr llvm::StringLiteral kPooledAttrName = "tensornet.pooled";

/// Functions of the runtime, without arguments: the number of the calling
/// thread among those of its parallel loop, and the most threads that a
/// parallel loop started here may have.
inline constexpr llvm::StringLiteral kThreadNumberFunction =
    "tensornet_thread_number";
inline constexpr llvm::StringLiteral kNumThreadsFunction =
    "tensornet_num_threads";

/// The symbol of public function `name`, in machine code, that holds two 64-bit
/// integers: bytes of its workspace and of each thread's part.
inline std::string getWorkspaceRecordName(llvm::StringRef name) {
  return ("_tensornet_workspace_" + llvm::Twine(name)).str();
}

} // namespace mlir::tensornet

#endif // TENSORNET_CODEGEN_CPU_BUFFERS_WORKSPACE_H
