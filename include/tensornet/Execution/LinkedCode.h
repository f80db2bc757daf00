//===- LinkedCode.h - Object files in this process --------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Object files, linked into this process.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_LINKEDCODE_H
#define TENSORNET_EXECUTION_LINKEDCODE_H

#include "tensornet/Execution/CodeCache.h"

namespace llvm::orc {
class ExecutionSession;
class JITDylib;
class ObjectLinkingLayer;
} // namespace llvm::orc

namespace mlir::tensornet {

/// Object files in the memory of this process, linked to each other, to the
/// runtime and to the process. The code goes with this object.
class LinkedCode {
public:
  /// Links `objects`. An error where one is malformed or refers to what nobody
  /// has.
  static llvm::Expected<std::unique_ptr<LinkedCode>>
  link(llvm::ArrayRef<CodeCache::Code> objects);
  ~LinkedCode();

  /// The address of function `name` of these objects.
  llvm::Expected<void *> lookup(llvm::StringRef name) const;

private:
  LinkedCode();

  /// What went wrong while linking.
  std::string failure;
  std::unique_ptr<llvm::orc::ExecutionSession> session;
  std::unique_ptr<llvm::orc::ObjectLinkingLayer> layer;
  llvm::orc::JITDylib *library = nullptr;
};

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_LINKEDCODE_H
