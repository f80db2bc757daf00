//===- IndexNameTest.cpp - Names of indices -------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/Indexing.h"
#include "gtest/gtest.h"

using namespace mlir::tensornet;

namespace {

TEST(IndexName, IsReadBack) {
  for (IndexId index : {0u, 1u, 17u, 18u, 25u, 26u, 52u, 1000u})
    EXPECT_EQ(getIndexNumber(getIndexName(index)), index);
}

TEST(IndexName, IsWrittenInOneWay) {
  for (const char *name : {"", "I", "i0", "i01", "ij", "1", "i99999999999"})
    EXPECT_FALSE(getIndexNumber(name)) << name;
}

} // namespace
