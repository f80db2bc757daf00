//===- AlignedBuffer.h - Owned, aligned bytes ------------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The storage of tensors outside compiled code.
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_EXECUTION_ALIGNEDBUFFER_H
#define TENSORNET_EXECUTION_ALIGNEDBUFFER_H

#include "tensornet/Execution/Allocator.h"
#include "llvm/Support/Error.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace mlir::tensornet {

/// Owned bytes that start at a multiple of `kTensorAlignment`, so that vector
/// code may load them aligned. Moves leave an empty buffer behind.
class AlignedBuffer {
public:
  /// A buffer of no bytes and no address.
  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer &&other);
  AlignedBuffer &operator=(AlignedBuffer &&other);

  /// `size` bytes of unspecified content, with a non-null address even for no
  /// bytes; an error where the host has not that much memory.
  static llvm::Expected<AlignedBuffer> allocate(uint64_t size);

  /// Takes over `size` bytes that allocateTensorMemory returned at `pointer`.
  static AlignedBuffer adopt(void *pointer, uint64_t size);

  /// `size` bytes of somebody else, who keeps them at least as long.
  static AlignedBuffer borrow(std::byte *pointer, uint64_t size);

  std::byte *data() { return bytes.get(); }
  const std::byte *data() const { return bytes.get(); }
  size_t size() const { return numBytes; }

private:
  struct Free {
    Free() : isOwner(true) {}
    explicit Free(bool isOwner) : isOwner(isOwner) {}
    void operator()(std::byte *pointer) const;

    bool isOwner;
  };

  std::unique_ptr<std::byte[], Free> bytes;
  size_t numBytes = 0;
};

} // namespace mlir::tensornet

#endif // TENSORNET_EXECUTION_ALIGNEDBUFFER_H
