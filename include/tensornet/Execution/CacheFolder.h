//===- CacheFolder.h - Compiled code on disk --------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Compiled code in a folder, for other processes.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_CACHEFOLDER_H
#define TENSORNET_EXECUTION_CACHEFOLDER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <atomic>
#include <memory>
#include <string>

namespace mlir::tensornet {

/// What an entry of a cache is a function of, as a hash.
using CacheKey = llvm::BLAKE3Result<>;

/// The folder that compiled code is kept in: `setting`, else the environment
/// variable TENSORNET_CACHE, else `tensornet/code` in the user's cache folder
/// ($XDG_CACHE_HOME, else ~/.cache). Empty for none: where that says "off" or
/// where there is no such folder.
std::string chooseCacheFolder(llvm::StringRef setting);

/// Entries in a folder that any number of processes read and write at a time.
///
/// An entry is a file that appears whole or not at all, and that carries its
/// key and a checksum: a damaged or foreign file is as good as no file. The
/// folder must belong to the user, and nobody else may write to it, because
/// what it holds is run.
class CacheFolder {
public:
  static constexpr uint64_t kDefaultLimit = uint64_t(256) << 20;

  /// Opens the folder at `path`, which is made, for the user alone, where it is
  /// missing. Where entries take more than `limit` bytes, those go that were
  /// not used for longest. An error where the folder cannot be used.
  static llvm::Expected<std::unique_ptr<CacheFolder>>
  open(llvm::StringRef path, uint64_t limit = kDefaultLimit);

  /// The entry for `key`; null where there is no sound one.
  std::unique_ptr<llvm::MemoryBuffer> load(const CacheKey &key) const;

  /// True where there is an entry for `key`, sound or not.
  bool contains(const CacheKey &key) const;

  /// Makes `content` the entry for `key`. An error, which callers may well
  /// ignore, where it cannot be written.
  llvm::Error store(const CacheKey &key, llvm::StringRef content);

  /// Removes the entry for `key`, if any. An error where it stays.
  llvm::Error remove(const CacheKey &key);

  /// Removes all entries. An error where one stays.
  llvm::Error clear();

  llvm::StringRef getPath() const { return path; }

private:
  CacheFolder(llvm::StringRef path, uint64_t limit)
      : path(path), limit(limit) {}

  std::string getEntryPath(const CacheKey &key) const;
  void prune(uint64_t numWritten);

  std::string path;
  uint64_t limit;
  /// Bytes written since entries were last counted.
  std::atomic<uint64_t> uncounted = 0;
};

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_CACHEFOLDER_H
