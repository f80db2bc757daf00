//===- ThreadsTest.cpp - Threads of parallel loops ------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Runtime.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <string>

using namespace mlir::tensornet;

namespace {

/// More threads than any machine has cores.
constexpr unsigned kMany = 1 << 20;

/// Each test starts without settings of OpenMP's threads.
class BindThreads : public ::testing::Test {
protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }

  static void clear() {
    for (const char *name :
         {"OMP_PROC_BIND", "OMP_PLACES", "KMP_AFFINITY", "GOMP_CPU_AFFINITY"})
      unsetenv(name);
  }

  static std::string getBinding() {
    const char *binding = std::getenv("OMP_PROC_BIND");
    return binding ? binding : "";
  }
};

TEST_F(BindThreads, EachOnACoreOfItsOwn) {
  bindThreads(kMany);
  EXPECT_EQ(getBinding(), "spread");
}

TEST_F(BindThreads, OneThreadMayMove) {
  bindThreads(1);
  EXPECT_EQ(getBinding(), "");
}

TEST_F(BindThreads, EnvironmentDecides) {
  setenv("OMP_PROC_BIND", "false", 1);
  bindThreads(kMany);
  EXPECT_EQ(getBinding(), "false");
}

TEST_F(BindThreads, PlacesOfTheEnvironmentStay) {
  setenv("OMP_PLACES", "cores", 1);
  bindThreads(kMany);
  EXPECT_EQ(getBinding(), "");
}

} // namespace
