//===- CodeCache.cpp - Compiled code that is kept -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/CodeCache.h"

using namespace mlir::tensornet;

CodeCache::Code CodeCache::find(const CacheKey &key) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (auto found = codes.find(key); found != codes.end())
      return found->second;
  }
  if (!folder)
    return nullptr;
  Code code = folder->load(key);
  if (code)
    keep(key, code);
  return code;
}

void CodeCache::insert(const CacheKey &key, Code code) {
  keep(key, code);
  if (!folder)
    return;
  if (llvm::Error error = folder->store(key, code->getBuffer())) {
    std::lock_guard<std::mutex> lock(mutex);
    storeError = llvm::toString(std::move(error));
  }
}

void CodeCache::keep(const CacheKey &key, const Code &code) {
  std::lock_guard<std::mutex> lock(mutex);
  // Starting again now and then is cheaper than knowing what was used last.
  if (memorySize + code->getBufferSize() > memoryLimit) {
    codes.clear();
    memorySize = 0;
  }
  if (codes.try_emplace(key, code).second)
    memorySize += code->getBufferSize();
}

llvm::Error CodeCache::takeStoreError() {
  std::lock_guard<std::mutex> lock(mutex);
  if (storeError.empty())
    return llvm::Error::success();
  return llvm::createStringError(std::exchange(storeError, ""));
}
