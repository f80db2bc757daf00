//===- ProgramCache.cpp - Programs that are kept --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramCache.h"
#include "CodeKey.h"

#include "llvm/Support/EndianStream.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

using namespace mlir;
using namespace mlir::tensornet;

CacheKey mlir::tensornet::getProgramKey(ModuleOp module,
                                        const CompileOptions &options) {
  // A new member belongs into the key.
  const auto &[style, parallel, memoryLimit, vectorWidth, matrixUnit,
               workspaceLimit, tuned, jit, cache] = options;
  const auto &[target, vectorMath] = jit;
  return CodeKey()
      .add(static_cast<uint64_t>(style))
      .add(parallel)
      .add(memoryLimit)
      .add(vectorWidth)
      .add(static_cast<uint64_t>(matrixUnit))
      .add(workspaceLimit)
      .add(target)
      .add(tuned ? tuned->getState() : "")
      .add(vectorMath)
      .add(module, /*withLocations=*/true)
      .get();
}

void mlir::tensornet::insertProgram(CodeCache &cache, const CacheKey &key,
                                    const ProgramCode &program) {
  // Before each object file its size.
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream os(bytes);
  llvm::support::endian::Writer writer(os, llvm::endianness::little);
  for (const CodeCache::Code &object : program.objects) {
    writer.write<uint64_t>(object->getBufferSize());
    os << object->getBuffer();
  }
  cache.insert(key, std::make_unique<llvm::SmallVectorMemoryBuffer>(
                        std::move(bytes), /*RequiresNullTerminator=*/false));
}

std::optional<ProgramCode> mlir::tensornet::findProgram(CodeCache &cache,
                                                        const CacheKey &key) {
  CodeCache::Code code = cache.find(key);
  if (!code)
    return std::nullopt;
  ProgramCode program;
  StringRef rest = code->getBuffer();
  while (!rest.empty()) {
    uint64_t size = llvm::support::endian::read64le(rest.data());
    rest = rest.drop_front(sizeof(size));
    // A view that keeps the whole alive.
    auto view = llvm::MemoryBuffer::getMemBuffer(
        rest.take_front(size), "", /*RequiresNullTerminator=*/false);
    program.objects.emplace_back(
        view.get(),
        [code](const llvm::MemoryBuffer *object) { delete object; });
    (void)view.release();
    rest = rest.drop_front(size);
  }
  return program;
}
