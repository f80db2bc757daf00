//===- TuningFolder.cpp - Tuned kernels on disk ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/TuningFolder.h"
#include "CodeKey.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <random>

using namespace mlir;
using namespace mlir::tensornet;

std::string mlir::tensornet::chooseTuningFolder(llvm::StringRef setting) {
  llvm::SmallString<128> folder(chooseCacheFolder(setting));
  if (!folder.empty())
    llvm::sys::path::append(folder, "tuned");
  return std::string(folder);
}

/// Times are this machine's. Other tools than the one that wrote it find an
/// entry.
static CodeKey startKey() {
  return CodeKey(CompilerPart::version).add(cpu::CpuTarget::getHost());
}

static CacheKey getKey(const cpu::KernelSignature &signature) {
  return startKey()
      .add("tuned kernel")
      .add(signature.work)
      .add(signature.vectorBits)
      .get();
}

/// The key of the entry that holds the state of the folder.
static CacheKey getStateKey() { return startKey().add("tuning state").get(); }

llvm::Expected<std::unique_ptr<TuningFolder>>
TuningFolder::open(llvm::StringRef path) {
  llvm::Expected<std::unique_ptr<CacheFolder>> folder = CacheFolder::open(path);
  if (!folder)
    return folder.takeError();
  return std::unique_ptr<TuningFolder>(new TuningFolder(std::move(*folder)));
}

llvm::Expected<std::unique_ptr<TuningFolder>>
TuningFolder::openExisting(llvm::StringRef path) {
  if (!llvm::sys::fs::exists(path))
    return nullptr;
  return open(path);
}

std::optional<std::string>
TuningFolder::find(const cpu::KernelSignature &signature) const {
  CacheKey key = getKey(signature);
  std::unique_ptr<llvm::MemoryBuffer> entry = folder->load(key);
  if (!entry) {
    if (folder->contains(key))
      note(key, "is damaged or foreign");
    return std::nullopt;
  }
  std::lock_guard<std::mutex> lock(mutex);
  ++numFound;
  return entry->getBuffer().str();
}

void TuningFolder::refuse(const cpu::KernelSignature &signature) const {
  note(getKey(signature), "is no kernel that is possible");
  std::lock_guard<std::mutex> lock(mutex);
  --numFound;
}

llvm::Error TuningFolder::store(const cpu::KernelSignature &signature,
                                llvm::StringRef kernel) {
  if (llvm::Error error = folder->store(getKey(signature), kernel))
    return error;
  return changeState();
}

llvm::Error TuningFolder::remove(const cpu::KernelSignature &signature) {
  CacheKey key = getKey(signature);
  if (!folder->contains(key))
    return llvm::Error::success();
  if (llvm::Error error = folder->remove(key))
    return error;
  return changeState();
}

llvm::Error TuningFolder::clear() { return folder->clear(); }

std::string TuningFolder::getState() const {
  std::unique_ptr<llvm::MemoryBuffer> state = folder->load(getStateKey());
  return state ? state->getBuffer().str() : "";
}

/// After an entry, so that what is compiled with an old state knows at most
/// more than that.
llvm::Error TuningFolder::changeState() {
  std::random_device random;
  std::string state;
  for (unsigned word = 0; word < 4; ++word)
    state += llvm::utohexstr(random()) + " ";
  return folder->store(getStateKey(), state);
}

void TuningFolder::note(const CacheKey &key, llvm::StringRef text) const {
  std::lock_guard<std::mutex> lock(mutex);
  notes.push_back(("tuned kernel '" + llvm::toHex(key, /*LowerCase=*/true) +
                   "' " + text + " and is ignored")
                      .str());
}

unsigned TuningFolder::getNumFound() const {
  std::lock_guard<std::mutex> lock(mutex);
  return numFound;
}

std::vector<std::string> TuningFolder::takeNotes() const {
  std::lock_guard<std::mutex> lock(mutex);
  return std::exchange(notes, {});
}
