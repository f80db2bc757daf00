//===- NpyTest.cpp - NumPy array files ------------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <complex>
#include <csignal>
#include <cstring>
#include <random>
#include <string>
#include <sys/resource.h>
#include <vector>

using namespace mlir::tensornet;
using llvm::ArrayRef;
using llvm::StringRef;

namespace {

constexpr NpyKind kAllKinds[] = {
    NpyKind::Bool, NpyKind::I8,  NpyKind::I16, NpyKind::I32, NpyKind::I64,
    NpyKind::U8,   NpyKind::U16, NpyKind::U32, NpyKind::U64, NpyKind::F16,
    NpyKind::F32,  NpyKind::F64, NpyKind::C64, NpyKind::C128};

template <typename T>
std::string bytesOf(ArrayRef<T> values) {
  return std::string(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(T));
}

template <typename T>
std::vector<T> elementsOf(const NpyArray &array) {
  return array.getElements<T>().vec();
}

/// A `.npy` file as text, whatever `header` and `elements` are.
std::string makeFile(StringRef header, StringRef elements, unsigned major = 1) {
  std::string file("\x93NUMPY", 6);
  file += static_cast<char>(major);
  file += '\0';
  for (unsigned byte = 0; byte < (major == 1 ? 2u : 4u); ++byte)
    file += static_cast<char>(header.size() >> (8 * byte));
  return file + header.str() + elements.str();
}

std::string makeHeader(StringRef descr, StringRef shape,
                       StringRef fortranOrder = "False") {
  return ("{'descr': '" + descr + "', 'fortran_order': " + fortranOrder +
          ", 'shape': " + shape + ", }\n")
      .str();
}

/// Every test has a folder of its own, removed at its end.
class NpyTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("npy-test", folder));
    path = (folder + "/array.npy").str();
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  void store(StringRef bytes) {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << bytes;
    ASSERT_FALSE(error);
  }
  llvm::Expected<NpyArray> read(StringRef bytes) {
    store(bytes);
    return readNpy(path);
  }
  NpyArray readValid(StringRef bytes) {
    llvm::Expected<NpyArray> array = read(bytes);
    if (!array) {
      ADD_FAILURE() << llvm::toString(array.takeError());
      return NpyArray();
    }
    return std::move(*array);
  }
  /// The message for a file of these bytes, less the name of the file.
  std::string readError(StringRef bytes) {
    store(bytes);
    return readStoredError();
  }
  std::string readStoredError() {
    llvm::Expected<NpyArray> array = readNpy(path);
    if (array)
      return "no error";
    return withoutPath(llvm::toString(array.takeError()));
  }
  std::string withoutPath(StringRef message) {
    EXPECT_TRUE(message.consume_front(path + ": ")) << message.str();
    return message.str();
  }
  std::vector<std::string> listFolder() {
    std::vector<std::string> names;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end;
         it != end && !error; it.increment(error))
      names.push_back(llvm::sys::path::filename(it->path()).str());
    return names;
  }

  llvm::SmallString<128> folder;
  std::string path;
};

//===----------------------------------------------------------------------===//
// What is read
//===----------------------------------------------------------------------===//

TEST_F(NpyTest, ReadsEachVersion) {
  for (unsigned major : {1, 2, 3}) {
    NpyArray array = readValid(makeFile(makeHeader("<i4", "(3,)"),
                                        bytesOf<int32_t>({4, -5, 6}), major));
    EXPECT_EQ(array.kind, NpyKind::I32);
    EXPECT_EQ(array.shape, (llvm::SmallVector<int64_t>{3}));
    EXPECT_EQ(elementsOf<int32_t>(array), (std::vector<int32_t>{4, -5, 6}));
  }
}

TEST_F(NpyTest, ConvertsFortranOrder) {
  // The element at [i, j, k] is 100 i + 10 j + k.
  std::vector<int16_t> fortran, c;
  for (int k = 0; k < 4; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i)
        fortran.push_back(100 * i + 10 * j + k);
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k)
        c.push_back(100 * i + 10 * j + k);
  NpyArray array = readValid(makeFile(makeHeader("<i2", "(2, 3, 4)", "True"),
                                      bytesOf<int16_t>(fortran)));
  EXPECT_EQ(array.shape, (llvm::SmallVector<int64_t>{2, 3, 4}));
  EXPECT_EQ(elementsOf<int16_t>(array), c);
}

TEST_F(NpyTest, ConvertsFortranOrderOfEachWidth) {
  for (StringRef descr : {"|u1", "<u2", "<f4", "<f8", "<c16"}) {
    unsigned width;
    ASSERT_FALSE(descr.drop_front(2).getAsInteger(10, width));
    auto spread = [&](StringRef letters) {
      std::string bytes;
      for (char letter : letters)
        bytes.append(width, letter);
      return bytes;
    };
    NpyArray array = readValid(
        makeFile(makeHeader(descr, "(2, 3)", "True"), spread("abcdef")));
    EXPECT_EQ(StringRef(reinterpret_cast<const char *>(array.data.data()),
                        array.data.size()),
              spread("acebdf"));
  }
}

TEST_F(NpyTest, ConvertsBigEndian) {
  NpyArray doubles =
      readValid(makeFile(makeHeader(">f8", "()"),
                         StringRef("\x40\x09\x00\x00\x00\x00\x00\x00", 8)));
  EXPECT_EQ(elementsOf<double>(doubles), std::vector<double>{3.125});
  NpyArray shorts = readValid(
      makeFile(makeHeader(">u2", "(2,)"), StringRef("\x01\x02\x03\x04", 4)));
  EXPECT_EQ(elementsOf<uint16_t>(shorts),
            (std::vector<uint16_t>{0x0102, 0x0304}));
  NpyArray complexes =
      readValid(makeFile(makeHeader(">c8", "(1, 1)"),
                         StringRef("\x3f\x80\x00\x00\xc0\x00\x00\x00", 8)));
  EXPECT_EQ(elementsOf<std::complex<float>>(complexes),
            (std::vector<std::complex<float>>{{1, -2}}));
}

TEST_F(NpyTest, ReadsRankZero) {
  NpyArray array =
      readValid(makeFile(makeHeader("<f4", "()"), bytesOf<float>({2.5f})));
  EXPECT_TRUE(array.shape.empty());
  EXPECT_EQ(elementsOf<float>(array), std::vector<float>{2.5f});
}

TEST_F(NpyTest, ReadsZeroExtents) {
  for (StringRef order : {"True", "False"}) {
    NpyArray array =
        readValid(makeFile(makeHeader("<f4", "(3, 0, 5)", order), ""));
    EXPECT_EQ(array.shape, (llvm::SmallVector<int64_t>{3, 0, 5}));
    EXPECT_EQ(array.data.size(), 0u);
    EXPECT_NE(array.data.data(), nullptr);
  }
}

TEST_F(NpyTest, AlignsElements) {
  NpyArray array = readValid(makeFile(makeHeader("|u1", "(3,)"), "abc"));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data.data()) % kTensorAlignment,
            0u);
}

TEST_F(NpyTest, AcceptsOtherSpellings) {
  for (StringRef header :
       {"{\"shape\":(2,1),\"fortran_order\":False,\"descr\":\"|i1\"}",
        "{'descr': 'i1', 'fortran_order': False, 'shape': (2L, 1L), }   \n",
        "  {'fortran_order': True, 'descr': '=i1', 'shape': ( 2 , 1 , ) , }"})
    EXPECT_EQ(readValid(makeFile(header, "ab")).shape,
              (llvm::SmallVector<int64_t>{2, 1}))
        << header.str();
}

//===----------------------------------------------------------------------===//
// What is refused
//===----------------------------------------------------------------------===//

TEST_F(NpyTest, RefusesMissingFile) {
  EXPECT_EQ(readStoredError(), "cannot be read: No such file or directory");
}

TEST_F(NpyTest, RefusesFolder) {
  path = folder.str().str();
  EXPECT_EQ(readStoredError(), "expected a regular file");
}

TEST_F(NpyTest, RefusesEmptyFile) {
  EXPECT_EQ(readError(""),
            "expected 8 bytes of magic string and version, found 0");
}

TEST_F(NpyTest, RefusesForeignFile) {
  EXPECT_EQ(readError("PK\x03\x04 an archive"),
            "expected the magic string of a .npy file, found bytes "
            "504B03042061");
}

TEST_F(NpyTest, RefusesVersion) {
  EXPECT_EQ(readError(makeFile(makeHeader("<f4", "()"), "abcd", 4)),
            "expected version 1.0, 2.0 or 3.0, found 4.0");
}

TEST_F(NpyTest, RefusesHeaderBeyondFile) {
  EXPECT_EQ(readError(StringRef("\x93NUMPY\x01\x00\xff\x00{", 11)),
            "expected 255 bytes of header, found 1");
  EXPECT_EQ(readError(StringRef("\x93NUMPY\x02\x00\xff\xff\xff\xff{", 13)),
            "expected a header of at most 1048576 bytes, found a length of "
            "4294967295");
}

TEST_F(NpyTest, RefusesWrongSize) {
  std::string header = makeHeader("<f8", "(2, 3)");
  EXPECT_EQ(readError(makeFile(header, std::string(47, 'x'))),
            "expected 48 bytes of elements, found 47");
  EXPECT_EQ(readError(makeFile(header, std::string(49, 'x'))),
            "expected 48 bytes of elements, found 49");
  EXPECT_EQ(
      readError(makeFile(makeHeader("<f8", "(1000000000, 1000000)"), "x")),
      "expected 8000000000000000 bytes of elements, found 1");
}

TEST_F(NpyTest, RefusesSizeThatOverflows) {
  EXPECT_EQ(
      readError(makeFile(makeHeader("<f8", "(4294967296, 4294967296)"), "")),
      "expected an array of less than 2^63 bytes, found extents 4294967296, "
      "4294967296");
  EXPECT_EQ(
      readError(makeFile(makeHeader("<f8", "(0, 4294967296, 4294967296)"), "")),
      "expected an array of less than 2^63 bytes, found extents 0, "
      "4294967296, 4294967296");
  EXPECT_EQ(
      readError(makeFile(makeHeader("<f8", "(9223372036854775808,)"), "")),
      "expected an extent below 2^63 in the shape, found "
      "'9223372036854775808'");
}

TEST_F(NpyTest, RefusesElementTypes) {
  for (StringRef descr : {"|O", "<U4", "|S8", "<M8[ns]", "<f16", "|V2", "|f4",
                          "<i3", "", "<", "c8<"})
    EXPECT_EQ(readError(makeFile(makeHeader(descr, "()"), "abcd")),
              "expected a bool, integer, floating or complex element type, "
              "found '" +
                  descr.str() + "'");
  EXPECT_EQ(readError(makeFile("{'descr': [('x', '<f4')], 'fortran_order': "
                               "False, 'shape': (), }",
                               "abcd")),
            "expected a bool, integer, floating or complex element type, "
            "found a structured one");
}

TEST_F(NpyTest, RefusesBoolsBeyondOne) {
  EXPECT_EQ(readError(makeFile(makeHeader("|b1", "(3,)"),
                               StringRef("\x01\x00\x02", 3))),
            "expected 0 or 1 in a bool array, found 2 as element 2");
}

TEST_F(NpyTest, RefusesRank) {
  std::string shape = "(";
  for (size_t i = 0; i <= kMaxNpyRank; ++i)
    shape += "1,";
  EXPECT_EQ(readError(makeFile(makeHeader("|u1", shape + ")"), "a")),
            "expected at most 64 dimensions, found more");
}

TEST_F(NpyTest, RefusesBrokenDictionaries) {
  const std::pair<StringRef, StringRef> cases[] = {
      {"", "expected '{' in the header, found its end"},
      {"[1]", "expected '{' in the header, found '[1]'"},
      {"{", "expected a key in the header, found its end"},
      {"{}", "expected key 'descr' in the header, found none"},
      {"{'descr': '<f4', 'fortran_order': False}",
       "expected key 'shape' in the header, found none"},
      {"{'descr': '<f4', 'descr': '<f4'}",
       "expected key 'descr' once in the header, found it twice"},
      {"{'size': 4}", "expected key 'descr', 'fortran_order' or 'shape' in the "
                      "header, found 'size'"},
      {"{'descr' '<f4'}",
       "expected ':' after key 'descr' in the header, found ''<f4'}'"},
      {"{'descr': '<f4}",
       "expected a closing quote of an element type in the header, found "
       "'<f4}'"},
      {"{'fortran_order': Maybe}",
       "expected True or False for 'fortran_order' in the header, found "
       "'Maybe}'"},
      {"{'fortran_order': True 'shape': ()}",
       "expected ',' or '}' in the header, found ''shape': ()}'"},
      {"{'shape': 3}", "expected '(' of the shape in the header, found '3}'"},
      {"{'shape': (3)}",
       "expected ',' after an extent of the shape in the header, found ')}'"},
      {"{'shape': (-3,)}",
       "expected a non-negative extent of the shape in the header, found "
       "'-3,)}'"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': ()} junk\x01",
       "expected only blanks after '}' in the header, found 'junk\\01'"}};
  for (auto [header, message] : cases)
    EXPECT_EQ(readError(makeFile(header, "abcd")), message.str());
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

TEST_F(NpyTest, WritesWhatNumPyWrites) {
  float values[] = {1, 2, 3, 4, 5, 6};
  ASSERT_FALSE(bool(
      writeNpy(path, NpyKind::F32, {2, 3},
               {reinterpret_cast<const std::byte *>(values), sizeof(values)})));
  std::string expected("\x93NUMPY\x01\0v\0", 10);
  expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  expected += std::string(127 - expected.size(), ' ') + "\n";
  expected += bytesOf<float>(values);
  EXPECT_EQ((*llvm::MemoryBuffer::getFile(path))->getBuffer(), expected);
}

TEST_F(NpyTest, RoundTripsEachKindAndRank) {
  for (NpyKind kind : kAllKinds) {
    llvm::SmallVector<int64_t> shape;
    for (int64_t extent : {1, 3, 2, 0}) {
      NpyArray array;
      array.kind = kind;
      array.shape = shape;
      array.data =
          llvm::cantFail(AlignedBuffer::allocate(*getNpyDataSize(kind, shape)));
      for (size_t i = 0; i < array.data.size(); ++i)
        array.data.data()[i] = std::byte(kind == NpyKind::Bool ? i % 2 : i);
      ASSERT_FALSE(bool(writeNpy(path, array)));
      llvm::Expected<NpyArray> copy = readNpy(path);
      ASSERT_TRUE(bool(copy)) << llvm::toString(copy.takeError());
      EXPECT_EQ(copy->kind, kind);
      EXPECT_EQ(copy->shape, shape);
      ASSERT_EQ(copy->data.size(), array.data.size());
      EXPECT_EQ(
          std::memcmp(copy->data.data(), array.data.data(), array.data.size()),
          0);
      shape.push_back(extent);
    }
  }
}

TEST_F(NpyTest, ReplacesFile) {
  store("something else");
  ASSERT_FALSE(bool(writeNpy(path, NpyKind::U8, {}, std::byte(7))));
  llvm::Expected<NpyArray> array = readNpy(path);
  ASSERT_TRUE(bool(array)) << llvm::toString(array.takeError());
  EXPECT_EQ(elementsOf<uint8_t>(*array), std::vector<uint8_t>{7});
  EXPECT_EQ(listFolder(), std::vector<std::string>{"array.npy"});
}

TEST_F(NpyTest, RefusesToWriteWrongSize) {
  EXPECT_EQ(withoutPath(llvm::toString(
                writeNpy(path, NpyKind::F32, {2}, std::byte(7)))),
            "expected 8 bytes of elements, found 1");
  EXPECT_EQ(withoutPath(llvm::toString(
                writeNpy(path, NpyKind::F32, {-2}, std::byte(7)))),
            "expected an array of less than 2^63 bytes, found extents -2");
  EXPECT_TRUE(listFolder().empty());
}

TEST_F(NpyTest, RefusesToWriteIntoMissingFolder) {
  path = (folder + "/missing/array.npy").str();
  EXPECT_EQ(withoutPath(
                llvm::toString(writeNpy(path, NpyKind::U8, {}, std::byte(7)))),
            "cannot be written: No such file or directory");
}

TEST_F(NpyTest, RefusesToReplaceFolder) {
  path = folder.str().str();
  EXPECT_EQ(withoutPath(
                llvm::toString(writeNpy(path, NpyKind::U8, {}, std::byte(7)))),
            "cannot be written: it exists and is not a regular file");
}

TEST_F(NpyTest, KeepsOldFileWhenDiskIsFull) {
  store("old");
  rlimit old, small;
  getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 1000;
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  std::vector<std::byte> data(5000);
  llvm::Error error = writeNpy(path, NpyKind::U8, {5000}, data);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(withoutPath(llvm::toString(std::move(error))),
            "cannot be written: File too large");
  EXPECT_EQ((*llvm::MemoryBuffer::getFile(path))->getBuffer(), "old");
  EXPECT_EQ(listFolder(), std::vector<std::string>{"array.npy"});
}

//===----------------------------------------------------------------------===//
// Arbitrary bytes
//===----------------------------------------------------------------------===//

/// Cuts, overwrites, inserts or doubles some bytes, mostly near the front.
void mutate(std::string &file, std::mt19937 &random) {
  auto below = [&](size_t bound) { return bound ? random() % bound : 0; };
  size_t position = below(below(2) ? file.size() : file.size() / 2);
  static constexpr StringRef kTokens("0123456789(){}[],:'\"L<>|=- \n\0\xff",
                                     31);
  switch (below(5)) {
  case 0:
    file.resize(position);
    break;
  case 1:
    if (!file.empty())
      file[position] ^= 1 << below(8);
    break;
  case 2:
    if (!file.empty())
      file[position] = kTokens[below(kTokens.size())];
    break;
  case 3:
    file.insert(position, 1, kTokens[below(kTokens.size())]);
    break;
  case 4:
    file.insert(position, file.substr(position, below(20)));
    break;
  }
}

TEST_F(NpyTest, SurvivesMutations) {
  const std::string seeds[] = {
      makeFile(makeHeader("<f4", "(2, 3)"), std::string(24, 'x')),
      makeFile(makeHeader(">c16", "(1, 2)", "True"), std::string(32, 'x'), 2),
      makeFile(makeHeader("|b1", "(0, 7)"), "", 3),
      makeFile(makeHeader("<i8", "()"), std::string(8, 'x'))};
  std::mt19937 random(20240607);
  unsigned numRead = 0, numRefused = 0;
  for (unsigned trial = 0; trial < 4000; ++trial) {
    std::string file = seeds[trial % std::size(seeds)];
    for (unsigned count = 1 + random() % 3; count > 0; --count)
      mutate(file, random);
    llvm::Expected<NpyArray> array = read(file);
    if (array) {
      ++numRead;
      EXPECT_EQ(getNpyDataSize(array->kind, array->shape), array->data.size());
    } else {
      ++numRefused;
      std::string message = llvm::toString(array.takeError());
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
  EXPECT_GT(numRead, 20u);
  EXPECT_GT(numRefused, 1000u);
}

} // namespace
