//===- GeneratorsTest.cpp - Families of networks --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Networks/Generators.h"
#include "tensornet/Networks/NetworkJson.h"

#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <map>
#include <set>

using namespace mlir::tensornet;

namespace {

static NamedNetwork generate(llvm::StringRef text) {
  llvm::Expected<NamedNetwork> network = generateNetwork(text);
  if (network)
    return std::move(*network);
  ADD_FAILURE() << llvm::toString(network.takeError());
  return {};
}

static std::string getError(llvm::StringRef text) {
  llvm::Expected<NamedNetwork> network = generateNetwork(text);
  return network ? "none" : llvm::toString(network.takeError());
}

static std::string toJson(const NamedNetwork &network) {
  std::string text;
  llvm::raw_string_ostream os(text);
  writeNetworkJson(network, os);
  return text;
}

/// How many indices occur how often on tensors.
static std::map<unsigned, unsigned>
countOccurrences(const NamedNetwork &network) {
  std::map<unsigned, unsigned> counts;
  for (unsigned occurrences : network.getGraph().countOccurrences())
    ++counts[occurrences];
  return counts;
}

using Counts = std::map<unsigned, unsigned>;

TEST(Generators, EveryKindMakesTheSameNetworkAgain) {
  for (llvm::StringRef kind : getGeneratorKinds()) {
    NamedNetwork network = generate(kind);
    EXPECT_GT(network.inputs.size(), 1u) << kind.str();
    std::string text = toJson(network);
    EXPECT_TRUE(text == toJson(generate(kind))) << kind.str();
    llvm::Expected<NamedNetwork> read = parseNetworkJson(text);
    ASSERT_TRUE(static_cast<bool>(read)) << kind.str();
    EXPECT_TRUE(toJson(*read) == text) << kind.str();
  }
}

TEST(Generators, SeedsMakeOtherNetworks) {
  for (const char *kind : {"chain:", "regular:", "tree:", "circuit:diagonal=1,",
                           "bayes:", "factors:", "random:"}) {
    std::string first = toJson(generate(kind + std::string("seed=1")));
    EXPECT_FALSE(first == toJson(generate(kind + std::string("seed=2"))))
        << kind;
  }
}

TEST(Generators, Chain) {
  NamedNetwork network = generate("chain:matrices=5,low=3,high=9");
  EXPECT_EQ(network.inputs.size(), 5u);
  EXPECT_EQ(countOccurrences(network), (Counts{{1, 2}, {2, 4}}));
  EXPECT_EQ(network.output, (TensorIndices{0, 5}));
  for (int64_t extent : network.extents)
    EXPECT_TRUE(extent >= 3 && extent <= 9) << extent;
}

TEST(Generators, MatrixProductStatesHaveNoMoreBondThanTheyNeed) {
  NamedNetwork network = generate("mps:sites=6,bond=5,phys=2");
  EXPECT_EQ(network.inputs.size(), 12u);
  EXPECT_EQ(countOccurrences(network), (Counts{{2, 16}}));
  std::multiset<int64_t> extents(network.extents.begin(),
                                 network.extents.end());
  EXPECT_EQ(extents.count(2), 6u + 4);
  EXPECT_EQ(extents.count(4), 4u);
  EXPECT_EQ(extents.count(5), 2u);
  EXPECT_EQ(generate("mpo:sites=6").inputs.size(), 18u);
}

TEST(Generators, MeraLeavesOutWhatCancels) {
  NamedNetwork whole = generate("mera:sites=16,cone=0");
  // Operator, 8 + 4 + 2 pairs of each kind of gate, the top, all twice.
  EXPECT_EQ(whole.inputs.size(), 1u + 2 * (2 * (8 + 4 + 2) + 1));
  EXPECT_EQ(countOccurrences(whole).size(), 1u);
  EXPECT_LT(generate("mera:sites=16").inputs.size(), whole.inputs.size());
}

TEST(Generators, RegularGraphsAreSimple) {
  NamedNetwork network = generate("regular:nodes=50,degree=7,seed=3");
  std::set<std::pair<size_t, size_t>> edges;
  std::vector<std::vector<size_t>> ends(network.names.size());
  for (size_t node = 0; node < network.inputs.size(); ++node) {
    EXPECT_EQ(network.inputs[node].size(), 7u);
    for (IndexId index : network.inputs[node])
      ends[index].push_back(node);
  }
  for (const std::vector<size_t> &edge : ends) {
    ASSERT_EQ(edge.size(), 2u);
    EXPECT_NE(edge[0], edge[1]);
    EXPECT_TRUE(edges.insert({edge[0], edge[1]}).second);
  }
}

TEST(Generators, TreesAreConnected) {
  for (unsigned nodes : {1, 2, 3, 60}) {
    NamedNetwork network = generate("tree:nodes=" + std::to_string(nodes));
    EXPECT_EQ(network.inputs.size(), nodes);
    EXPECT_EQ(network.names.size(), nodes - 1);
  }
}

TEST(Generators, Lattices) {
  EXPECT_EQ(generate("lattice:x=3,y=4,z=5").names.size(),
            2u * 4 * 5 + 3 * 3 * 5 + 3 * 4 * 4);
  EXPECT_EQ(generate("lattice:x=3,y=4,periodic=1").names.size(), 24u);
}

TEST(Generators, PepsMayKeepASite) {
  NamedNetwork network = generate("peps:rows=3,cols=3,open=1");
  EXPECT_EQ(network.inputs.size(), 18u);
  EXPECT_EQ(network.output.size(), 2u);
  EXPECT_EQ(generate("peps:layers=1").inputs.size(), 16u);
  EXPECT_EQ(generate("peps:rows=3,cols=3,periodic=1").names.size(),
            2u * 18 + 9);
}

TEST(Generators, DiagonalGatesSitOnHyperedges) {
  NamedNetwork network = generate("circuit:rows=2,cols=3,depth=8,diagonal=1");
  EXPECT_GT(countOccurrences(network).rbegin()->first, 3u);
  EXPECT_EQ(countOccurrences(generate("circuit:rows=2,cols=3,depth=8")).size(),
            1u);
  EXPECT_EQ(generate("qft:qubits=5,open=1").output.size(), 5u);
}

TEST(Generators, RandomEinsumsHaveEveryFeature) {
  NamedNetwork network =
      generate("random:tensors=20,indices=40,broadcast=2,seed=1");
  EXPECT_EQ(countOccurrences(network)[0], 2u);
  EXPECT_GT(countOccurrences(network)[1], 0u);
  EXPECT_GT(countOccurrences(network)[3], 0u);
  bool hasRepeat = false;
  for (const TensorIndices &input : network.inputs)
    hasRepeat |=
        std::set<IndexId>(input.begin(), input.end()).size() < input.size();
  EXPECT_TRUE(hasRepeat);
}

TEST(Generators, RefuseUnknownNamesAndValues) {
  EXPECT_EQ(getError("mpt:sites=4").substr(0, 34),
            "unknown kind 'mpt'; there are chai");
  EXPECT_EQ(getError("mps:size=4"),
            "mps has no parameter 'size'; it has sites, bond, phys");
  EXPECT_EQ(getError("mps:sites=0"),
            "mps: sites is '0'; expected an integer from 1 to 100000");
  EXPECT_EQ(getError("mps:sites"),
            "mps: sites is ''; expected an integer from 1 to 100000");
  EXPECT_EQ(getError("mps:sites=4,sites=5"), "mps: sites is given twice");
  EXPECT_EQ(getError("mera:sites=12"),
            "mera: sites is 12; expected a power of 2");
  EXPECT_EQ(getError("regular:nodes=5,degree=3"),
            "regular: no graph of 5 nodes has degree 3; expected fewer than "
            "there are nodes, and an even product");
}

} // namespace
