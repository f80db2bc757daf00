//===- AllocatorTest.cpp - Memory that is used again ----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Allocator.h"
#include "gtest/gtest.h"

#include <cstring>
#include <limits>
#include <thread>
#include <vector>

using namespace mlir::tensornet;

static bool isAligned(void *pointer, uint64_t alignment) {
  return reinterpret_cast<uintptr_t>(pointer) % alignment == 0;
}

TEST(AllocatorTest, HandsOutUsableAlignedBytes) {
  for (uint64_t size : {0u, 1u, 63u, 64u, 65u, 80u, 81u, 1000u, 5000u, 100000u,
                        (4u << 20) + 1}) {
    void *block = allocateTensorMemory(size, 1);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(isAligned(block, kTensorAlignment));
    std::memset(block, 0xff, size);
    freeTensorMemory(block);
  }
}

TEST(AllocatorTest, ObeysLargeAlignments) {
  void *block = allocateTensorMemory(100, 8192);
  EXPECT_TRUE(isAligned(block, 8192));
  freeTensorMemory(block);
}

TEST(AllocatorTest, HandsOutFreedBlocksAgain) {
  releaseCachedTensorMemory();
  void *first = allocateTensorMemory(100000, 64);
  freeTensorMemory(first);
  EXPECT_GE(getCachedTensorMemory(), 100000u);
  void *second = allocateTensorMemory(99999, 64);
  EXPECT_EQ(first, second);
  EXPECT_EQ(getCachedTensorMemory(), 0u);
  freeTensorMemory(second);
}

TEST(AllocatorTest, ReleasesWhatItKeeps) {
  freeTensorMemory(allocateTensorMemory(12345, 64));
  releaseCachedTensorMemory();
  EXPECT_EQ(getCachedTensorMemory(), 0u);
}

TEST(AllocatorTest, EmptyBlocksDiffer) {
  void *first = allocateTensorMemory(0, 64);
  void *second = allocateTensorMemory(0, 64);
  EXPECT_NE(first, second);
  freeTensorMemory(first);
  freeTensorMemory(second);
}

TEST(AllocatorTest, RefusesMoreThanTheHostHas) {
  EXPECT_EQ(allocateTensorMemory(uint64_t(1) << 60, 64), nullptr);
  EXPECT_EQ(allocateTensorMemory(std::numeric_limits<uint64_t>::max(), 64),
            nullptr);
}

TEST(AllocatorTest, ServesSeveralThreads) {
  auto work = [](unsigned char mark) {
    for (unsigned round = 0; round < 200; ++round) {
      uint64_t size = 64 + 64 * (round % 7);
      auto *block =
          static_cast<unsigned char *>(allocateTensorMemory(size, 64));
      std::memset(block, mark, size);
      for (uint64_t i = 0; i < size; ++i)
        ASSERT_EQ(block[i], mark);
      freeTensorMemory(block);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned char mark = 1; mark <= 4; ++mark)
    threads.emplace_back(work, mark);
  for (std::thread &thread : threads)
    thread.join();
}
