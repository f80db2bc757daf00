//===- CodeCache.h - Compiled code that is kept -----------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What is compiled is compiled once.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_CODECACHE_H
#define TENSORNET_EXECUTION_CODECACHE_H

#include "tensornet/Execution/CacheFolder.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <map>
#include <mutex>

namespace mlir::tensornet {

/// Compiled code of this process, and of others where there is a folder. Any
/// thread may use it.
class CodeCache {
public:
  /// Code that nobody changes any more.
  using Code = std::shared_ptr<const llvm::MemoryBuffer>;

  /// A cache of this process alone where `folder` is null.
  explicit CodeCache(std::unique_ptr<CacheFolder> folder = nullptr,
                     uint64_t memoryLimit = CacheFolder::kDefaultLimit)
      : folder(std::move(folder)), memoryLimit(memoryLimit) {}

  /// The code for `key`; null where neither this process nor the folder has it.
  Code find(const CacheKey &key);

  /// Keeps `code` for `key`.
  void insert(const CacheKey &key, Code code);

  /// Why entries could not be written; success where all of them were.
  llvm::Error takeStoreError();

private:
  void keep(const CacheKey &key, const Code &code);

  std::unique_ptr<CacheFolder> folder;
  uint64_t memoryLimit;
  std::mutex mutex;
  std::map<CacheKey, Code> codes;
  uint64_t memorySize = 0;
  std::string storeError;
};

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_CODECACHE_H
