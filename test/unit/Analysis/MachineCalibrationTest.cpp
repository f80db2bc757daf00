//===- MachineCalibrationTest.cpp - The machine model of this host --------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Analysis/MachineCalibration.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir::tensornet;

namespace {

/// A folder of its own for each test.
class MachineCalibration : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("machine", folder));
    path = folder;
    llvm::sys::path::append(path, "tensornet", "machine.json");
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }
  void write(llvm::StringRef text) {
    ASSERT_FALSE(
        llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path)));
    std::error_code code;
    llvm::raw_fd_ostream(path, code) << text;
    ASSERT_FALSE(code);
  }

  llvm::SmallString<128> folder, path;
};

TEST_F(MachineCalibration, FiguresAreThoseOfAMachine) {
  MachineModel machine = measureMachine();
  EXPECT_GT(machine.multiplicationsPerSecond, 1e7);
  EXPECT_LT(machine.multiplicationsPerSecond, 1e13);
  EXPECT_GT(machine.elementsPerSecond, 1e6);
  EXPECT_LT(machine.elementsPerSecond, 1e12);
}

TEST_F(MachineCalibration, MeasuresOnce) {
  MachineModel first = getHostMachine(path);
  ASSERT_TRUE(llvm::sys::fs::exists(path));
  for (unsigned call = 0; call < 3; ++call) {
    MachineModel again = getHostMachine(path);
    EXPECT_EQ(again.multiplicationsPerSecond, first.multiplicationsPerSecond);
    EXPECT_EQ(again.elementsPerSecond, first.elementsPerSecond);
  }
}

TEST_F(MachineCalibration, MeasuresAgainWhatCannotBeUsed) {
  for (const char *text :
       {"", "[]", "{\"processor\": \"another\"}",
        "{\"processor\": \"another\", \"multiplications_per_second\": 1, "
        "\"elements_per_second\": 1}"}) {
    write(text);
    EXPECT_GT(getHostMachine(path).multiplicationsPerSecond, 1e7) << text;
  }
}

} // namespace
