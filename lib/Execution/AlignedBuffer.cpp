//===- AlignedBuffer.cpp - Owned, aligned bytes ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/AlignedBuffer.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

#include <cstdlib>
#include <limits>
#include <system_error>
#include <utility>

using namespace mlir::tensornet;

AlignedBuffer::AlignedBuffer(AlignedBuffer &&other)
    : bytes(std::move(other.bytes)),
      numBytes(std::exchange(other.numBytes, 0)) {}

AlignedBuffer &AlignedBuffer::operator=(AlignedBuffer &&other) {
  bytes = std::move(other.bytes);
  numBytes = std::exchange(other.numBytes, 0);
  return *this;
}

void AlignedBuffer::Free::operator()(std::byte *pointer) const {
  std::free(pointer);
}

llvm::Expected<AlignedBuffer> AlignedBuffer::allocate(uint64_t size) {
  AlignedBuffer buffer;
  // aligned_alloc wants a multiple of the alignment.
  if (size <= std::numeric_limits<ptrdiff_t>::max() - kAlignment)
    buffer.bytes.reset(static_cast<std::byte *>(std::aligned_alloc(
        kAlignment, llvm::alignTo(size ? size : 1, kAlignment))));
  if (!buffer.bytes)
    return llvm::createStringError(
        std::make_error_code(std::errc::not_enough_memory),
        "cannot allocate " + llvm::Twine(size) + " bytes");
  buffer.numBytes = size;
  return buffer;
}
