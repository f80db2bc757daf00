//===- NetworkJsonTest.cpp - Networks in JSON -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Networks/NetworkJson.h"

#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir::tensornet;

namespace {

static std::string getError(llvm::StringRef text) {
  llvm::Expected<NamedNetwork> network = parseNetworkJson(text);
  return network ? "none" : llvm::toString(network.takeError());
}

/// A network of one vector with this text for the extent of its index.
static std::string withExtent(const std::string &extent) {
  return R"({"inputs": [["a"]], "output": [], "size_dict": {"a": )" + extent +
         "}}";
}

TEST(NetworkJson, ReadsNetworks) {
  llvm::Expected<NamedNetwork> network = parseNetworkJson(R"({
    "size_dict": {"a": 2, "long name": 3, "é": 4, "unused": 7, "only": 5.0},
    "inputs": [["a", "long name"], [], ["é", "é", "a"], ["a"]],
    "output": ["only", "é"]})");
  ASSERT_TRUE(static_cast<bool>(network));
  EXPECT_EQ(network->names,
            (std::vector<std::string>{"a", "long name", "é", "only"}));
  EXPECT_EQ(network->extents, (std::vector<int64_t>{2, 3, 4, 5}));
  ASSERT_EQ(network->inputs.size(), 4u);
  EXPECT_EQ(network->inputs[2], (TensorIndices{2, 2, 0}));
  EXPECT_EQ(network->output, (TensorIndices{3, 2}));
  ContractionGraph graph = network->getGraph();
  EXPECT_EQ(graph.getLeaf(2).indices, (IndexSet{0, 2}));
  EXPECT_EQ(graph.getExtent(3), 5);
  EXPECT_TRUE(graph.isOutput(3));
}

TEST(NetworkJson, WritesWhatItReads) {
  const std::string text = R"({"inputs": [
  ["a", "\"quoted\""],
  [],
  ["é", "é"]],
 "output": ["z"],
 "size_dict": {"a": 2, "\"quoted\"": 9223372036854775807, "é": 4, "z": 1}}
)";
  llvm::Expected<NamedNetwork> network = parseNetworkJson(text);
  ASSERT_TRUE(static_cast<bool>(network));
  std::string written;
  llvm::raw_string_ostream os(written);
  writeNetworkJson(*network, os);
  EXPECT_EQ(written, text);
}

TEST(NetworkJson, RefusesBrokenSyntax) {
  EXPECT_EQ(getError("{\n \"inputs\": [[}"),
            "[2:14, byte=16]: Invalid JSON value");
  EXPECT_EQ(getError(""), "[1:0, byte=0]: Unexpected EOF");
  EXPECT_NE(getError("{\"inputs\": [[\"\xff\"]]}").find("Invalid UTF-8"),
            std::string::npos);
}

TEST(NetworkJson, RefusesDeepNesting) {
  EXPECT_EQ(getError(std::string(1 << 20, '[')),
            "at byte 33: brackets nest deeper than 32 levels");
  // Brackets in strings do not nest.
  EXPECT_EQ(getError("\"" + std::string(100, '[') + "\\\"[\""),
            "network: expected an object, found the string '" +
                std::string(60, '[') + "...'");
}

TEST(NetworkJson, RefusesKeys) {
  EXPECT_EQ(getError("[]"), "network: expected an object, found an array");
  EXPECT_EQ(getError(R"({"inputs": [], "output": []})"),
            "key 'size_dict' is missing");
  EXPECT_EQ(
      getError(R"({"inputs": [], "output": [], "size_dict": {}, "si\nze": 1})"),
      "unknown key 'si\\x0Aze'; expected inputs, output and size_dict");
}

TEST(NetworkJson, RefusesOtherTypes) {
  const std::string rest = R"(, "output": [], "size_dict": {}})";
  EXPECT_EQ(getError(R"({"inputs": 5)" + rest),
            "inputs: expected an array of arrays of index names, found 5");
  EXPECT_EQ(getError(R"({"inputs": [[], "ab"])" + rest),
            "inputs[1]: expected an array of index names, found the string "
            "'ab'");
  EXPECT_EQ(getError(R"({"inputs": [["a", null]])" + rest),
            "inputs[0][1]: expected an index name, found null");
  EXPECT_EQ(getError(R"({"inputs": [[""]])" + rest),
            "inputs[0][0]: expected an index name, found the string ''");
  EXPECT_EQ(getError(R"({"inputs": [], "output": {}, "size_dict": {}})"),
            "output: expected an array of index names, found an object");
  EXPECT_EQ(getError(R"({"inputs": [], "output": [], "size_dict": []})"),
            "size_dict: expected an object of extents, found an array");
}

TEST(NetworkJson, RefusesExtents) {
  const std::string expected =
      "; expected an integer from 1 to 9223372036854775807";
  for (const char *value : {"0", "-3", "2.5", "true", "9223372036854775808"})
    EXPECT_EQ(getError(withExtent(value)), "size_dict: index 'a' has extent " +
                                               std::string(value) + expected);
  EXPECT_EQ(getError(withExtent("\"2\"")),
            "size_dict: index 'a' has extent the string '2'" + expected);
  EXPECT_EQ(getError(R"({"inputs": [["b"]], "output": [], "size_dict": {}})"),
            "index 'b' of tensor #0 has no extent");
}

TEST(NetworkJson, NamesFilesThatCannotBeRead) {
  llvm::Expected<NamedNetwork> network = readNetworkFile("missing.json");
  ASSERT_FALSE(static_cast<bool>(network));
  EXPECT_EQ(llvm::toString(network.takeError()),
            "missing.json: cannot be read: No such file or directory");
}

} // namespace
