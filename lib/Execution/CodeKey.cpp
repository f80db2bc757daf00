//===- CodeKey.cpp - What code depends on ---------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeKey.h"

#include "mlir/IR/Verifier.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/TargetParser/Host.h"

#include <dlfcn.h>
#include <elf.h>
#include <gnu/libc-version.h>
#include <link.h>

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// The compiler
//===----------------------------------------------------------------------===//

namespace {
/// Looks for the build of the loaded file that has a certain address.
struct BuildSearch {
  uintptr_t address;
  std::string build;
};
} // namespace

/// The linker's build id in the notes of a loaded file, or nothing.
static std::string findBuildId(const dl_phdr_info &file,
                               const ElfW(Phdr) & segment) {
  const char *note =
      reinterpret_cast<const char *>(file.dlpi_addr) + segment.p_vaddr;
  const char *end = note + segment.p_memsz;
  while (note + sizeof(ElfW(Nhdr)) <= end) {
    ElfW(Nhdr) header;
    std::memcpy(&header, note, sizeof(header));
    const char *name = note + sizeof(header);
    const char *content = name + llvm::alignTo(header.n_namesz, 4);
    if (header.n_type == NT_GNU_BUILD_ID &&
        StringRef(name, header.n_namesz) == StringRef("GNU\0", 4))
      return std::string(content, header.n_descsz);
    note = content + llvm::alignTo(header.n_descsz, 4);
  }
  return "";
}

static int visitFile(dl_phdr_info *file, size_t, void *data) {
  auto &search = *static_cast<BuildSearch *>(data);
  bool isHere = false;
  std::string build;
  for (const ElfW(Phdr) &segment :
       ArrayRef<ElfW(Phdr)>(file->dlpi_phdr, file->dlpi_phnum)) {
    uintptr_t start = file->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD)
      isHere |=
          search.address >= start && search.address < start + segment.p_memsz;
    else if (segment.p_type == PT_NOTE && build.empty())
      build = findBuildId(*file, segment);
  }
  if (isHere)
    search.build = build;
  return isHere;
}

/// What tells the build of the loaded file with `address` from others: its
/// build id, else its place, size and time.
static std::string getBuild(const void *address) {
  BuildSearch search = {reinterpret_cast<uintptr_t>(address), ""};
  dl_iterate_phdr(visitFile, &search);
  if (!search.build.empty())
    return search.build;
  Dl_info info;
  llvm::sys::fs::file_status status;
  if (!dladdr(address, &info) || llvm::sys::fs::status(info.dli_fname, status))
    return "";
  return info.dli_fname + std::string(" ") + std::to_string(status.getSize()) +
         " " +
         std::to_string(
             status.getLastModificationTime().time_since_epoch().count());
}

template <typename Function>
static const void *getAddress(Function *function) {
  return reinterpret_cast<const void *>(function);
}

/// Adds what is the same for all code of this process.
static void addCompiler(CodeKey &key, CompilerPart part) {
  key.add(TENSORNET_VERSION).add(LLVM_VERSION_STRING);
  key.add(gnu_get_libc_version());
  if (part == CompilerPart::build)
    key.add(getBuild(getAddress(addCompiler)));
  // MLIR and LLVM.
  for (const void *address :
       {getAddress(static_cast<LogicalResult (*)(Operation *, bool)>(verify)),
        getAddress(llvm::sys::getHostCPUName)})
    key.add(getBuild(address));
}

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

static CacheKey hashCompiler(CodeKey key, CompilerPart part) {
  addCompiler(key, part);
  return key.get();
}

CodeKey::CodeKey(CompilerPart part) {
  static const CacheKey build = hashCompiler(CodeKey(llvm::BLAKE3()),
                                             CompilerPart::build),
                        version = hashCompiler(CodeKey(llvm::BLAKE3()),
                                               CompilerPart::version);
  hasher.update(part == CompilerPart::build ? build : version);
}

CodeKey &CodeKey::add(uint64_t number) {
  uint8_t bytes[8];
  llvm::support::endian::write64le(bytes, number);
  hasher.update(bytes);
  return *this;
}

CodeKey &CodeKey::add(StringRef text) {
  add(text.size());
  hasher.update(text);
  return *this;
}

CodeKey &CodeKey::add(const cpu::CpuTarget &target) {
  return add(target.getName()).add(target.getFeatures());
}

CodeKey &CodeKey::add(ModuleOp module, bool withLocations) {
  // Text: bytecode also tells the order of uses, in which equal code of two
  // programs may differ.
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, OpPrintingFlags()
                        .printGenericOpForm()
                        .enableDebugInfo(withLocations)
                        .assumeVerified());
  return add(text);
}
