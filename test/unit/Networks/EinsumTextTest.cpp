//===- EinsumTextTest.cpp - Networks as einsum text -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Networks/EinsumText.h"

#include "gtest/gtest.h"

using namespace mlir::tensornet;

namespace {

using Names = std::vector<std::string>;

/// The names of all tensors, then of the result, of a text that is right; every
/// index has extent 2.
static std::vector<Names> read(llvm::StringRef text, const Names &indices) {
  std::vector<NamedExtent> extents;
  for (const std::string &name : indices)
    extents.push_back({name, 2});
  llvm::Expected<NamedNetwork> network = parseEinsum(text, extents);
  if (!network) {
    ADD_FAILURE() << llvm::toString(network.takeError());
    return {};
  }
  std::vector<TensorIndices> lists = network->inputs;
  lists.push_back(network->output);
  std::vector<Names> result;
  for (const TensorIndices &list : lists) {
    result.emplace_back();
    for (IndexId index : list)
      result.back().push_back(network->names[index]);
  }
  return result;
}

/// The message of a text that is wrong.
static std::string getError(llvm::StringRef text,
                            llvm::ArrayRef<NamedExtent> extents = {}) {
  llvm::Expected<NamedNetwork> network = parseEinsum(text, extents);
  return network ? "none" : llvm::toString(network.takeError());
}

static std::string getExtentsError(llvm::StringRef text) {
  auto extents = parseExtents(text);
  return extents ? "none" : llvm::toString(extents.takeError());
}

TEST(EinsumText, ReadsLetters) {
  std::vector<Names> expected = {{"i", "j"}, {"j", "k"}, {"k", "i"}};
  EXPECT_EQ(read("ij,jk->ki", {"i", "j", "k"}), expected);
  EXPECT_EQ(read(" i j , jk -> k i ", {"i", "j", "k"}), expected);
}

TEST(EinsumText, ReadsScalarsAndRepeatedIndices) {
  EXPECT_EQ(read(",ii,->", {"i"}),
            (std::vector<Names>{{}, {"i", "i"}, {}, {}}));
}

TEST(EinsumText, ReadsResultOnlyAndDiagonalIndices) {
  EXPECT_EQ(read("i->iij", {"i", "j"}),
            (std::vector<Names>{{"i"}, {"i", "i", "j"}}));
}

TEST(EinsumText, ReadsLettersBeyondAscii) {
  EXPECT_EQ(read("éβ,β漢->é漢", {"é", "β", "漢"}),
            (std::vector<Names>{{"é", "β"}, {"β", "漢"}, {"é", "漢"}}));
}

TEST(EinsumText, ReadsNamesInBrackets) {
  std::vector<Names> expected = {{"row", "b_1"}, {"b_1", "é2"}, {}, {"row"}};
  Names indices = {"row", "b_1", "é2"};
  EXPECT_EQ(read("[row, b_1], [b_1, é2], [] -> [row]", indices), expected);
  EXPECT_EQ(read("[row b_1][b_1  é2] []->[row]", indices), expected);
}

TEST(EinsumText, LeavesOutWhatOccursTwice) {
  EXPECT_EQ(read("kj,ji", {"k", "j", "i"}).back(), (Names{"i", "k"}));
  EXPECT_EQ(read("ii", {"i"}).back(), Names{});
  EXPECT_EQ(read("ijk,j,jß", {"i", "j", "k", "ß"}).back(),
            (Names{"i", "k", "ß"}));
  EXPECT_EQ(read("[b2, x] [x, b10]", {"b2", "x", "b10"}).back(),
            (Names{"b10", "b2"}));
}

TEST(EinsumText, RefusesOtherCharacters) {
  EXPECT_EQ(getError(" "), "at byte 1: expected subscripts such as "
                           "'ij,jk->ik', found ' '");
  EXPECT_EQ(getError("ij,j?->i"),
            "at byte 5: expected a letter, ',' or '->', found '?'");
  EXPECT_EQ(getError("ij,j1->i"),
            "at byte 5: expected a letter, ',' or '->' (longer names go in "
            "brackets, as in [i1, i2]), found '1'");
  EXPECT_EQ(getError("ij->i,j"),
            "at byte 6: expected a letter or the end, found ','");
  EXPECT_EQ(getError("...i->i"),
            "at byte 1: expected a letter for every index, found '.'");
  EXPECT_EQ(getError("i\xff"), "at byte 2: expected a letter, ',' or '->', "
                               "found byte 0xFF, which is not UTF-8");
  EXPECT_EQ(getError("i-"),
            "at byte 2: expected a letter, ',' or '->', found '-'");
}

TEST(EinsumText, RefusesBrokenBrackets) {
  EXPECT_EQ(getError("[a, b"),
            "at byte 6: expected an index name, ',' or ']', found the end");
  EXPECT_EQ(getError("[,]"),
            "at byte 2: expected an index name or ']', found ','");
  EXPECT_EQ(getError("[a],b"), "at byte 5: expected '[', found 'b'");
  EXPECT_EQ(getError("[a],"), "at byte 5: expected '[', found the end");
  EXPECT_EQ(getError("[a]b"),
            "at byte 4: expected '[', ',' or '->', found 'b'");
  EXPECT_EQ(getError("[a]->[a][a]"), "at byte 9: expected the end, found '['");
}

TEST(EinsumText, RefusesExtentsThatDoNotFit) {
  EXPECT_EQ(getError("ij,jk->ik", {{"i", 2}, {"j", 2}}),
            "index 'k' of tensor #1 has no extent");
  EXPECT_EQ(getError("i->ij", {{"i", 2}}),
            "index 'j' of the result has no extent");
  EXPECT_EQ(getError("i->", {{"i", 2}, {"z", 2}}),
            "index 'z' has an extent but no place");
}

TEST(EinsumText, ReadsExtents) {
  auto extents = parseExtents("a=2, row = 9223372036854775807");
  ASSERT_TRUE(static_cast<bool>(extents));
  ASSERT_EQ(extents->size(), 2u);
  EXPECT_EQ((*extents)[1].name, "row");
  EXPECT_EQ((*extents)[1].extent, INT64_MAX);
}

TEST(EinsumText, RefusesExtents) {
  const std::string expected =
      "; expected an integer from 1 to 9223372036854775807";
  for (const char *value : {"0", "-3", "2.5", "x", "", "9223372036854775808"})
    EXPECT_EQ(getExtentsError(std::string("a=") + value),
              "index 'a' has extent '" + std::string(value) + "'" + expected);
  EXPECT_EQ(getExtentsError("a"), "expected NAME=EXTENT, found 'a'");
  EXPECT_EQ(getExtentsError("a=2,"), "expected NAME=EXTENT, found ''");
  EXPECT_EQ(getExtentsError("a=2,a=2"), "index 'a' has two extents");
}

} // namespace
