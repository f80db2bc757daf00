//===- FramePool.h - Frames for calls at one time ---------------*- C++ -*-===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENSORNET_LIB_EXECUTION_FRAMEPOOL_H
#define TENSORNET_LIB_EXECUTION_FRAMEPOOL_H

#include "CallFrame.h"

#include <atomic>
#include <mutex>

namespace mlir::tensornet {

/// Keeps as many frames as there ever were calls at one time.
class FramePool {
public:
  /// `signature` outlives the pool.
  FramePool(const Signature &signature, WorkspaceSizes sizes)
      : signature(signature), layout(signature), sizes(sizes) {}
  ~FramePool() { delete spare.load(); }

  WorkspaceSizes getSizes() const { return sizes; }

  /// The parallel loops that the last call ran; see callWithChecks().
  std::atomic<unsigned> &getNumLoops() { return numLoops; }

  /// A frame for one call, which goes back afterwards.
  class Lease {
  public:
    explicit Lease(FramePool &pool) : pool(pool), frame(pool.take()) {}
    ~Lease() { pool.giveBack(std::move(frame)); }
    Lease(const Lease &) = delete;
    Lease &operator=(const Lease &) = delete;
    CallFrame *operator->() { return frame.get(); }

  private:
    FramePool &pool;
    std::unique_ptr<CallFrame> frame;
  };

private:
  std::unique_ptr<CallFrame> take() {
    if (CallFrame *frame = spare.exchange(nullptr, std::memory_order_acquire))
      return std::unique_ptr<CallFrame>(frame);
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (!others.empty())
        return others.pop_back_val();
    }
    return std::make_unique<CallFrame>(signature, layout, sizes);
  }

  void giveBack(std::unique_ptr<CallFrame> frame) {
    CallFrame *none = nullptr;
    if (spare.compare_exchange_strong(none, frame.get(),
                                      std::memory_order_release,
                                      std::memory_order_relaxed)) {
      frame.release();
      return;
    }
    std::lock_guard<std::mutex> lock(mutex);
    others.push_back(std::move(frame));
  }

  const Signature &signature;
  ReturnLayout layout;
  WorkspaceSizes sizes;
  std::atomic<unsigned> numLoops{0};
  /// The frame of a function that one thread calls, without a lock.
  std::atomic<CallFrame *> spare{nullptr};
  std::mutex mutex;
  SmallVector<std::unique_ptr<CallFrame>> others;
};

} // namespace mlir::tensornet

#endif // TENSORNET_LIB_EXECUTION_FRAMEPOOL_H
