//===- TuningFolderTest.cpp - Tests of kept kernels -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TuningPrograms.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

#include <fstream>
#include <thread>
#include <unistd.h>

using namespace mlir;
using namespace mlir::tensornet;
using testing::Test;
namespace fs = llvm::sys::fs;

namespace {

class TuningFolderTest : public Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(fs::createUniqueDirectory("tensornet-tuned", root));
    folder = llvm::cantFail(TuningFolder::open((root + "/tuned").str()));
  }
  void TearDown() override { fs::remove_directories(root); }

  void store(const cpu::KernelSignature &signature, StringRef kernel) {
    llvm::cantFail(folder->store(signature, kernel));
  }

  /// Cuts the ends off all entries.
  void damageEntries() {
    std::error_code error;
    for (fs::directory_iterator file(folder->getPath(), error), end;
         file != end && !error; file.increment(error))
      EXPECT_EQ(truncate(file->path().c_str(), 40), 0);
  }

  llvm::SmallString<128> root;
  std::unique_ptr<TuningFolder> folder;
};

const cpu::KernelSignature kSignature = {"work", 512};

TEST_F(TuningFolderTest, FindsWhatWasStored) {
  store(kSignature, "kernel");
  EXPECT_EQ(folder->find(kSignature), "kernel");
  EXPECT_EQ(folder->getNumFound(), 1u);
}

TEST_F(TuningFolderTest, OthersFindIt) {
  store(kSignature, "kernel");
  auto other = llvm::cantFail(TuningFolder::openExisting(folder->getPath()));
  EXPECT_EQ(other->find(kSignature), "kernel");
}

TEST_F(TuningFolderTest, TellsSignaturesApart) {
  store(kSignature, "kernel");
  EXPECT_EQ(folder->find({"work", 256}), std::nullopt);
  EXPECT_EQ(folder->find({"other", 512}), std::nullopt);
  EXPECT_TRUE(folder->takeNotes().empty());
}

TEST_F(TuningFolderTest, ReadersMakeNoFolder) {
  auto other = TuningFolder::openExisting((root + "/none").str());
  ASSERT_TRUE(static_cast<bool>(other));
  EXPECT_EQ(*other, nullptr);
  EXPECT_FALSE(fs::exists(root + "/none"));
}

TEST_F(TuningFolderTest, IgnoresDamagedEntriesWithANote) {
  store(kSignature, "kernel");
  damageEntries();
  EXPECT_EQ(folder->find(kSignature), std::nullopt);
  std::vector<std::string> notes = folder->takeNotes();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("is damaged or foreign and is ignored"),
            std::string::npos);
  EXPECT_TRUE(folder->takeNotes().empty());
}

TEST_F(TuningFolderTest, ForgetsOneOrAll) {
  store(kSignature, "kernel");
  store({"other", 512}, "kernel");
  llvm::cantFail(folder->remove(kSignature));
  llvm::cantFail(folder->remove(kSignature));
  EXPECT_EQ(folder->find(kSignature), std::nullopt);
  EXPECT_EQ(folder->find({"other", 512}), "kernel");
  llvm::cantFail(folder->clear());
  EXPECT_EQ(folder->find({"other", 512}), std::nullopt);
}

TEST_F(TuningFolderTest, StateChangesWithEntries) {
  std::string empty = folder->getState();
  EXPECT_EQ(empty, "");
  store(kSignature, "kernel");
  std::string first = folder->getState();
  EXPECT_NE(first, empty);
  EXPECT_EQ(folder->getState(), first);
  store(kSignature, "kernel");
  EXPECT_NE(folder->getState(), first);
}

TEST_F(TuningFolderTest, SeveralWrite) {
  std::vector<std::thread> writers;
  for (unsigned number = 0; number < 4; ++number)
    writers.emplace_back([&, number] {
      auto own = llvm::cantFail(TuningFolder::open(folder->getPath()));
      for (unsigned round = 0; round < 20; ++round) {
        llvm::cantFail(own->store(kSignature, "kernel"));
        llvm::cantFail(own->store({std::to_string(number), 512}, "own"));
      }
    });
  for (std::thread &writer : writers)
    writer.join();
  EXPECT_EQ(folder->find(kSignature), "kernel");
  for (unsigned number = 0; number < 4; ++number)
    EXPECT_EQ(folder->find({std::to_string(number), 512}), "own");
  EXPECT_TRUE(folder->takeNotes().empty());
}

//===----------------------------------------------------------------------===//
// In the pipeline
//===----------------------------------------------------------------------===//

TEST_F(TuningFolderTest, KernelsComeFromIt) {
  TuningProgram program(kProducts);
  // One has an elementwise op behind it.
  ASSERT_EQ(program.getKernels().size(), 2u);
  EXPECT_EQ(program.lowerWith(nullptr).find("tile 3x16"), std::string::npos);
  store(program.getKernels()[0].signature,
        "#tensornet.kernel<row_tile = [3], column_tile = [16]>");
  std::string text = program.lowerWith(folder.get());
  EXPECT_NE(text.find("tile 3x16"), std::string::npos);
  EXPECT_EQ(folder->getNumFound(), 1u);
}

TEST_F(TuningFolderTest, ImpossibleKernelsAreIgnoredWithANote) {
  TuningProgram program(kProducts);
  std::string untuned = program.lowerWith(nullptr);
  for (StringRef kernel :
       {"#tensornet.kernel<row_tile = [300]>", "#tensornet.kernel<row_tile",
        "1 : i32", "", "#tensornet.kernel<rows = [q]>"}) {
    store(program.getKernels()[0].signature, kernel);
    EXPECT_EQ(program.lowerWith(folder.get()), untuned);
    EXPECT_EQ(folder->takeNotes().size(), 1u) << kernel.str();
    EXPECT_EQ(folder->getNumFound(), 0u);
  }
}

} // namespace
