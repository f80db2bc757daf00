//===- CacheFolder.cpp - Compiled code on disk ----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/CacheFolder.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <cstring>
#include <unistd.h>

using namespace mlir::tensornet;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

std::string mlir::tensornet::chooseCacheFolder(llvm::StringRef setting) {
  if (setting.empty())
    if (const char *variable = std::getenv("TENSORNET_CACHE"))
      setting = variable;
  if (!setting.empty())
    return setting == "off" ? "" : setting.str();
  llvm::SmallString<128> folder;
  if (!path::cache_directory(folder))
    return "";
  path::append(folder, "tensornet", "code");
  return std::string(folder);
}

//===----------------------------------------------------------------------===//
// The folder
//===----------------------------------------------------------------------===//

static llvm::Error makeError(llvm::StringRef folder, const llvm::Twine &text) {
  return llvm::createStringError("cache folder '" + folder + "': " + text);
}

llvm::Expected<std::unique_ptr<CacheFolder>>
CacheFolder::open(llvm::StringRef folder, uint64_t limit) {
  llvm::SmallString<128> absolute = folder;
  if (std::error_code error = fs::make_absolute(absolute))
    return makeError(folder, error.message());
  if (std::error_code error = fs::create_directories(
          absolute, /*IgnoreExisting=*/true, fs::perms::owner_all))
    return makeError(folder, error.message());
  fs::file_status status;
  if (std::error_code error = fs::status(absolute, status))
    return makeError(folder, error.message());
  if (!fs::is_directory(status))
    return makeError(folder, "is not a folder");
  if (status.getUser() != geteuid())
    return makeError(folder, "belongs to user " +
                                 llvm::Twine(status.getUser()) +
                                 ", expected user " + llvm::Twine(geteuid()));
  if (status.permissions() & (fs::perms::group_write | fs::perms::others_write))
    return makeError(folder, "others than its owner may write to it");
  return std::unique_ptr<CacheFolder>(new CacheFolder(absolute, limit));
}

/// What upstream's pruning looks for in front of a file name.
constexpr llvm::StringLiteral kEntryPrefix = "llvmcache-";

std::string CacheFolder::getEntryPath(const CacheKey &key) const {
  llvm::SmallString<128> file(path);
  path::append(file, kEntryPrefix + llvm::toHex(key, /*LowerCase=*/true));
  return std::string(file);
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

namespace {
/// In front of the content of an entry.
struct EntryHeader {
  char magic[16];
  CacheKey key;
  llvm::support::ulittle64_t size;
  CacheKey checksum;
};
} // namespace

static EntryHeader makeHeader(const CacheKey &key, llvm::StringRef content) {
  EntryHeader header = {};
  std::memcpy(header.magic, "tensornet code 1", sizeof(header.magic));
  header.key = key;
  header.size = content.size();
  llvm::BLAKE3 hasher;
  hasher.update(key);
  hasher.update(content);
  header.checksum = hasher.final();
  return header;
}

/// The content of a whole entry for `key`; std::nullopt for anything else.
static std::optional<llvm::StringRef> getContent(llvm::StringRef file,
                                                 const CacheKey &key) {
  if (file.size() < sizeof(EntryHeader))
    return std::nullopt;
  llvm::StringRef content = file.drop_front(sizeof(EntryHeader));
  EntryHeader expected = makeHeader(key, content);
  if (std::memcmp(file.data(), &expected, sizeof(expected)) != 0)
    return std::nullopt;
  return content;
}

/// The bytes of the file; null where it cannot be read or is larger than
/// `limit`. It is not mapped: others may cut it off.
static std::unique_ptr<llvm::MemoryBuffer> readFile(llvm::StringRef file,
                                                    uint64_t limit) {
  // To open a pipe would wait for whoever writes to it.
  if (!fs::is_regular_file(file))
    return nullptr;
  llvm::Expected<fs::file_t> opened =
      fs::openNativeFileForRead(file, fs::OF_UpdateAtime);
  if (!opened) {
    llvm::consumeError(opened.takeError());
    return nullptr;
  }
  auto close = llvm::make_scope_exit([&] { fs::closeFile(*opened); });
  fs::file_status status;
  if (fs::status(*opened, status) || !fs::is_regular_file(status) ||
      status.getSize() > limit)
    return nullptr;
  auto buffer = llvm::MemoryBuffer::getOpenFile(
      *opened, file, status.getSize(), /*RequiresNullTerminator=*/false,
      /*IsVolatile=*/true);
  if (!buffer)
    return nullptr;
  // Pruning goes by the time of the last use.
  auto now = std::chrono::system_clock::now();
  (void)fs::setLastAccessAndModificationTime(*opened, now, now);
  return std::move(*buffer);
}

std::unique_ptr<llvm::MemoryBuffer>
CacheFolder::load(const CacheKey &key) const {
  std::unique_ptr<llvm::MemoryBuffer> file = readFile(getEntryPath(key), limit);
  if (!file)
    return nullptr;
  std::optional<llvm::StringRef> content = getContent(file->getBuffer(), key);
  if (!content)
    return nullptr;
  return llvm::MemoryBuffer::getMemBufferCopy(*content);
}

bool CacheFolder::contains(const CacheKey &key) const {
  return fs::exists(getEntryPath(key));
}

/// Writes header and content to `file`; an error where the disk is full.
static std::error_code writeEntry(int file, const EntryHeader &header,
                                  llvm::StringRef content) {
  llvm::raw_fd_ostream os(file, /*shouldClose=*/true);
  os.write(reinterpret_cast<const char *>(&header), sizeof(header));
  os << content;
  os.close();
  std::error_code error = os.error();
  os.clear_error();
  return error;
}

llvm::Error CacheFolder::store(const CacheKey &key, llvm::StringRef content) {
  EntryHeader header = makeHeader(key, content);
  if (sizeof(header) + content.size() > limit)
    return makeError(path, "an entry of " + llvm::Twine(content.size()) +
                               " bytes exceeds the limit of " +
                               llvm::Twine(limit));
  // Under a name that pruning knows, in case that this process ends early.
  std::string model = path + "/" + kEntryPrefix.str() + "new-%%%%%%%%%%%%";
  llvm::SmallString<128> temporary;
  int file = -1;
  if (std::error_code error =
          fs::createUniqueFile(model, file, temporary, fs::OF_None,
                               fs::owner_read | fs::owner_write))
    return makeError(path, error.message());
  std::error_code error = writeEntry(file, header, content);
  if (!error)
    error = fs::rename(temporary, getEntryPath(key));
  if (error) {
    (void)fs::remove(temporary);
    return makeError(path, error.message());
  }
  prune(sizeof(header) + content.size());
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

void CacheFolder::prune(uint64_t numWritten) {
  llvm::CachePruningPolicy policy;
  policy.Interval = std::chrono::minutes(1);
  policy.Expiration = std::chrono::seconds(0);
  policy.MaxSizePercentageOfAvailableSpace = 0;
  policy.MaxSizeBytes = limit;
  // Entries are counted once a minute, and whenever this process has written
  // an eighth of the limit.
  if (uncounted.fetch_add(numWritten) + numWritten > limit / 8) {
    uncounted = 0;
    policy.Interval = std::chrono::seconds(0);
  }
  llvm::pruneCache(path, policy);
}

llvm::Error CacheFolder::remove(const CacheKey &key) {
  if (std::error_code error = fs::remove(getEntryPath(key)))
    return makeError(path, error.message());
  return llvm::Error::success();
}

llvm::Error CacheFolder::clear() {
  std::error_code error;
  std::error_code failure;
  for (fs::directory_iterator file(path, error), end; file != end && !error;
       file.increment(error)) {
    if (!path::filename(file->path()).starts_with(kEntryPrefix))
      continue;
    if (std::error_code result = fs::remove(file->path()))
      failure = result;
  }
  if (error || failure)
    return makeError(path, (error ? error : failure).message());
  return llvm::Error::success();
}
