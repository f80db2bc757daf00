//===- CpuTargetTest.cpp - Tests of processors ----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Codegen/CPU/CpuTarget.h"

#include "gtest/gtest.h"

using namespace mlir::tensornet::cpu;

TEST(CpuTargetTest, KnowsWhatProcessorsHave) {
  CpuTarget portable = llvm::cantFail(CpuTarget::get("x86-64"));
  EXPECT_EQ(portable.getVectorBits(), 128u);
  EXPECT_TRUE(portable.has("sse"));
  EXPECT_FALSE(portable.has("avx"));
  CpuTarget haswell = llvm::cantFail(CpuTarget::get("haswell"));
  EXPECT_EQ(haswell.getVectorBits(), 256u);
  EXPECT_EQ(haswell.getMatrixUnit(), MatrixUnit::none);
  CpuTarget newer = llvm::cantFail(CpuTarget::get("sapphirerapids"));
  EXPECT_EQ(newer.getVectorBits(), 512u);
  EXPECT_EQ(newer.getMatrixUnit(), MatrixUnit::amx);
  CpuTarget newest = llvm::cantFail(CpuTarget::get("graniterapids"));
  EXPECT_EQ(newest.getMatrixUnit(), MatrixUnit::amxFP16);
}

TEST(CpuTargetTest, KnowsDotProductsOfVectors) {
  CpuTarget bytes = llvm::cantFail(CpuTarget::get("cascadelake"));
  EXPECT_EQ(bytes.getMatrixUnit(), MatrixUnit::vnni);
  EXPECT_FALSE(bytes.has(MatrixUnit::vnniBF16));
  // It has those of bf16, too, which are no faster than multiply-adds.
  CpuTarget both = llvm::cantFail(CpuTarget::get("cooperlake"));
  EXPECT_EQ(both.getMatrixUnit(), MatrixUnit::vnni);
  EXPECT_TRUE(both.has(MatrixUnit::vnniBF16));
  EXPECT_FALSE(both.has(MatrixUnit::amx));
  CpuTarget zen = llvm::cantFail(CpuTarget::get("znver4"));
  EXPECT_EQ(zen.getMatrixUnit(), MatrixUnit::vnniBF16);
  // Vectors of 256 bits have others.
  CpuTarget narrow = llvm::cantFail(CpuTarget::get("alderlake"));
  EXPECT_FALSE(narrow.has(MatrixUnit::vnni));
  EXPECT_TRUE(narrow.has(MatrixUnit::none));
}

TEST(CpuTargetTest, ImpliedFeaturesAreThere) {
  // LLVM's own table lists what is not implied by something else.
  CpuTarget target = llvm::cantFail(CpuTarget::get("alderlake"));
  EXPECT_EQ(target.getVectorBits(), 256u);
}

TEST(CpuTargetTest, HostRunsItsOwnCode) {
  CpuTarget host = llvm::cantFail(CpuTarget::get("host"));
  EXPECT_EQ(host.getName(), CpuTarget::getHost().getName());
  EXPECT_EQ(llvm::toString(host.checkHost()), "");
  EXPECT_EQ(
      llvm::toString(llvm::cantFail(CpuTarget::get("x86-64")).checkHost()), "");
}

TEST(CpuTargetTest, NamesWhatTheHostLacks) {
  // XOP left with the Bulldozer family.
  CpuTarget target = llvm::cantFail(CpuTarget::get("bdver4"));
  std::string message = llvm::toString(target.checkHost());
  EXPECT_NE(message.find("code for bdver4 does not run on this machine"),
            std::string::npos);
  EXPECT_NE(message.find("xop"), std::string::npos);
}

TEST(CpuTargetTest, RefusesOtherNames) {
  for (const char *name : {"", "abacus", "i386", "cortex-a72"})
    EXPECT_EQ(llvm::toString(CpuTarget::get(name).takeError()),
              "no processor of this architecture has the name '" +
                  std::string(name) +
                  "'; expected host or a name that LLVM knows");
}
