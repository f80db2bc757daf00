//===- AlignedBuffer.cpp - Owned, aligned bytes ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/AlignedBuffer.h"
#include "tensornet/Execution/GuardedMemory.h"

#include "llvm/ADT/Twine.h"

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
  if (isOwner)
    freeTensorMemory(pointer);
}

llvm::Expected<AlignedBuffer> AlignedBuffer::allocate(uint64_t size) {
  // Guarded arrays end with their last element, wherever that is.
  void *pointer = getGuardSide() == GuardSide::none
                      ? allocateTensorMemory(size, kTensorAlignment)
                      : allocateGuarded(size, /*alignment=*/1);
  if (!pointer)
    return llvm::createStringError(
        std::make_error_code(std::errc::not_enough_memory),
        "cannot allocate " + llvm::Twine(size) + " bytes");
  return adopt(pointer, size);
}

AlignedBuffer AlignedBuffer::adopt(void *pointer, uint64_t size) {
  AlignedBuffer buffer;
  buffer.bytes.reset(static_cast<std::byte *>(pointer));
  buffer.numBytes = size;
  return buffer;
}

AlignedBuffer AlignedBuffer::borrow(std::byte *pointer, uint64_t size) {
  AlignedBuffer buffer;
  buffer.bytes = {pointer, Free(/*isOwner=*/false)};
  buffer.numBytes = size;
  return buffer;
}
