//===- CacheFolderTest.cpp - Tests of kept code ---------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/CacheFolder.h"
#include "tensornet/Execution/CodeCache.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir::tensornet;
namespace fs = llvm::sys::fs;

namespace {

CacheKey makeKey(unsigned number) {
  return llvm::BLAKE3::hash(
      llvm::arrayRefFromStringRef(std::to_string(number)));
}

bool succeeds(llvm::Error error) {
  bool failed = static_cast<bool>(error);
  llvm::consumeError(std::move(error));
  return !failed;
}

/// The superuser writes everywhere: takes another user's place, who gets
/// `folder`, for the time of a test.
class OrdinaryUser {
public:
  explicit OrdinaryUser(llvm::StringRef folder) {
    if (geteuid() == 0)
      wasSuperuser =
          chown(folder.str().c_str(), kUser, -1) == 0 && seteuid(kUser) == 0;
    EXPECT_NE(geteuid(), 0u);
  }
  ~OrdinaryUser() {
    if (wasSuperuser)
      EXPECT_EQ(seteuid(0), 0);
  }

private:
  /// Debian's "nobody".
  static constexpr uid_t kUser = 65534;
  bool wasSuperuser = false;
};

class CacheFolderTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(fs::createUniqueDirectory("tensornet-cache", root));
    path = (root + "/code").str();
  }
  void TearDown() override { fs::remove_directories(root); }

  std::unique_ptr<CacheFolder>
  open(uint64_t limit = CacheFolder::kDefaultLimit) {
    return llvm::cantFail(CacheFolder::open(path, limit));
  }
  std::string getError(const llvm::Twine &folder) {
    auto opened = CacheFolder::open(folder.str());
    return opened ? "" : llvm::toString(opened.takeError());
  }
  std::string getFile(unsigned number) {
    return path + "/llvmcache-" + llvm::toHex(makeKey(number), true);
  }
  static std::string getContent(const CacheFolder &folder, unsigned number) {
    auto entry = folder.load(makeKey(number));
    return entry ? entry->getBuffer().str() : "none";
  }
  unsigned countFiles() {
    unsigned count = 0;
    std::error_code error;
    for (fs::directory_iterator file(path, error), end; file != end && !error;
         file.increment(error))
      ++count;
    return count;
  }
  std::string read(const std::string &file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void write(const std::string &file, llvm::StringRef bytes) {
    std::ofstream(file, std::ios::binary) << bytes.str();
  }

  llvm::SmallString<128> root;
  std::string path;
};

TEST_F(CacheFolderTest, KeepsEntries) {
  EXPECT_TRUE(succeeds(open()->store(makeKey(1), "one")));
  EXPECT_TRUE(succeeds(open()->store(makeKey(2), "")));
  EXPECT_EQ(getContent(*open(), 1), "one");
  EXPECT_EQ(getContent(*open(), 2), "");
  EXPECT_EQ(getContent(*open(), 3), "none");
}

TEST_F(CacheFolderTest, IsMadeForTheUserAlone) {
  open();
  fs::file_status status;
  ASSERT_FALSE(fs::status(path, status));
  EXPECT_EQ(status.permissions(), fs::perms::owner_all);
}

TEST_F(CacheFolderTest, RefusesFoldersThatOthersWriteTo) {
  open();
  ASSERT_FALSE(fs::setPermissions(path, fs::perms::all_all));
  EXPECT_EQ(getError(path), "cache folder '" + path +
                                "': others than its owner may write to it");
}

TEST_F(CacheFolderTest, RefusesFiles) {
  write(path, "text");
  EXPECT_NE(getError(path), "");
  EXPECT_NE(getError(path + "/below"), "");
}

TEST_F(CacheFolderTest, IgnoresDamagedEntries) {
  auto folder = open();
  EXPECT_TRUE(succeeds(folder->store(makeKey(1), "content")));
  std::string whole = read(getFile(1));
  for (size_t place = 0; place < whole.size(); ++place) {
    std::string damaged = whole;
    damaged[place] ^= 4;
    write(getFile(1), damaged);
    EXPECT_EQ(getContent(*folder, 1), "none") << "byte " << place;
    write(getFile(1), whole.substr(0, place));
    EXPECT_EQ(getContent(*folder, 1), "none") << "cut off at " << place;
  }
  write(getFile(1), whole + "more");
  EXPECT_EQ(getContent(*folder, 1), "none");
}

TEST_F(CacheFolderTest, ReplacesDamagedEntries) {
  auto folder = open();
  write(getFile(1), "damaged");
  EXPECT_TRUE(succeeds(folder->store(makeKey(1), "whole")));
  EXPECT_EQ(getContent(*folder, 1), "whole");
}

TEST_F(CacheFolderTest, IgnoresEntriesOfOtherKeys) {
  auto folder = open();
  EXPECT_TRUE(succeeds(folder->store(makeKey(1), "one")));
  ASSERT_FALSE(fs::rename(getFile(1), getFile(2)));
  EXPECT_EQ(getContent(*folder, 2), "none");
}

TEST_F(CacheFolderTest, IgnoresWhatIsNoFile) {
  auto folder = open();
  ASSERT_FALSE(fs::create_directory(getFile(1)));
  EXPECT_EQ(getContent(*folder, 1), "none");
  EXPECT_FALSE(succeeds(folder->store(makeKey(1), "one")));
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(CacheFolderTest, DoesNotWaitForPipes) {
  auto folder = open();
  ASSERT_EQ(mkfifo(getFile(1).c_str(), 0600), 0);
  EXPECT_EQ(getContent(*folder, 1), "none");
}

TEST_F(CacheFolderTest, SurvivesItsEnd) {
  auto folder = open();
  fs::remove_directories(path);
  EXPECT_EQ(getContent(*folder, 1), "none");
  EXPECT_FALSE(succeeds(folder->store(makeKey(1), "one")));
}

TEST_F(CacheFolderTest, ReadsWhatItCannotWrite) {
  OrdinaryUser user(root.str());
  auto folder = open();
  EXPECT_TRUE(succeeds(folder->store(makeKey(1), "one")));
  ASSERT_FALSE(
      fs::setPermissions(path, fs::perms::owner_read | fs::perms::owner_exe));
  EXPECT_EQ(getContent(*open(), 1), "one");
  EXPECT_FALSE(succeeds(folder->store(makeKey(2), "two")));
  ASSERT_FALSE(fs::setPermissions(path, fs::perms::owner_all));
}

TEST_F(CacheFolderTest, LeavesNothingOnAFullDisk) {
  auto folder = open();
  EXPECT_TRUE(succeeds(folder->store(makeKey(1), "old")));
  unsigned before = countFiles();
  rlimit saved;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &saved), 0);
  auto *handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = {1000, saved.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  llvm::Error error = folder->store(makeKey(1), std::string(100000, 'x'));
  setrlimit(RLIMIT_FSIZE, &saved);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(succeeds(std::move(error)));
  EXPECT_EQ(getContent(*folder, 1), "old");
  EXPECT_EQ(countFiles(), before);
}

TEST_F(CacheFolderTest, StaysWithinItsLimit) {
  auto folder = open(100000);
  for (unsigned i = 0; i < 100; ++i)
    EXPECT_TRUE(succeeds(folder->store(makeKey(i), std::string(5000, 'x'))));
  EXPECT_LE(countFiles(), 24u); // an eighth more than the limit
  EXPECT_EQ(getContent(*folder, 99), std::string(5000, 'x'));
  EXPECT_EQ(getContent(*folder, 0), "none");
}

TEST_F(CacheFolderTest, RefusesEntriesBeyondItsLimit) {
  auto folder = open(1000);
  EXPECT_FALSE(succeeds(folder->store(makeKey(1), std::string(1001, 'x'))));
  EXPECT_EQ(countFiles(), 0u);
}

TEST_F(CacheFolderTest, ClearsEntriesOnly) {
  auto folder = open();
  EXPECT_TRUE(succeeds(folder->store(makeKey(1), "one")));
  write(path + "/notes", "mine");
  EXPECT_TRUE(succeeds(folder->clear()));
  EXPECT_EQ(getContent(*folder, 1), "none");
  EXPECT_EQ(read(path + "/notes"), "mine");
}

/// What processes write at one time, among them pruning and clearing.
int storeAndLoad(CacheFolder &folder, unsigned seed) {
  for (unsigned round = 0; round < 100; ++round) {
    unsigned number = (round * 7 + seed) % 20;
    std::string content(1000 * number, static_cast<char>('a' + number));
    if (auto entry = folder.load(makeKey(number)))
      if (entry->getBuffer() != content)
        return 1;
    llvm::consumeError(folder.store(makeKey(number), content));
    if (seed == 0 && round % 50 == 25)
      llvm::consumeError(folder.clear());
  }
  return 0;
}

TEST_F(CacheFolderTest, ServesManyProcesses) {
  auto folder = open(100000);
  std::vector<pid_t> children;
  for (unsigned seed = 0; seed < 4; ++seed) {
    pid_t child = fork();
    if (child == 0)
      _exit(storeAndLoad(*folder, seed));
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
}

CodeCache::Code makeCode(llvm::StringRef text) {
  return llvm::MemoryBuffer::getMemBufferCopy(text);
}

TEST(CodeCacheTest, KeepsCodeInMemory) {
  CodeCache cache;
  EXPECT_EQ(cache.find(makeKey(1)), nullptr);
  CodeCache::Code code = makeCode("one");
  cache.insert(makeKey(1), code);
  EXPECT_EQ(cache.find(makeKey(1)), code);
}

TEST(CodeCacheTest, BoundsItsMemory) {
  CodeCache cache(nullptr, 1000);
  for (unsigned i = 0; i < 10; ++i)
    cache.insert(makeKey(i), makeCode(std::string(400, 'x')));
  unsigned numKept = 0;
  for (unsigned i = 0; i < 10; ++i)
    numKept += cache.find(makeKey(i)) != nullptr;
  EXPECT_EQ(numKept, 2u);
}

TEST_F(CacheFolderTest, GivesCodeToOtherProcesses) {
  CodeCache(open()).insert(makeKey(1), makeCode("one"));
  CodeCache other(open());
  CodeCache::Code code = other.find(makeKey(1));
  ASSERT_NE(code, nullptr);
  EXPECT_EQ(code->getBuffer(), "one");
  // From memory from now on.
  fs::remove_directories(path);
  EXPECT_EQ(other.find(makeKey(1)), code);
}

TEST_F(CacheFolderTest, ReportsThatItCouldNotStoreOnce) {
  CodeCache cache(open());
  fs::remove_directories(path);
  cache.insert(makeKey(1), makeCode("one"));
  EXPECT_NE(cache.find(makeKey(1)), nullptr);
  EXPECT_FALSE(succeeds(cache.takeStoreError()));
  EXPECT_TRUE(succeeds(cache.takeStoreError()));
}

} // namespace
