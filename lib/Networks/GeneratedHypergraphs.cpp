//===- GeneratedHypergraphs.cpp - Inference networks, random einsums ------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneratorKinds.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

/// `count` different numbers below `bound`, at random.
static std::vector<size_t> drawDistinct(GeneratorRandom &random, size_t count,
                                        size_t bound) {
  std::vector<size_t> drawn;
  while (drawn.size() < std::min(count, bound)) {
    size_t number = random.getBelow(bound);
    if (!llvm::is_contained(drawn, number))
      drawn.push_back(number);
  }
  return drawn;
}

/// Variables as indices of random extents.
static std::vector<IndexId> addVariables(const GeneratorValues &values,
                                         GeneratedNetwork &network,
                                         GeneratorRandom &random) {
  std::vector<IndexId> variables;
  for (int64_t number = 0; number < values["variables"]; ++number)
    variables.push_back(
        network.addIndex(random.getBetween(values["low"], values["high"])));
  return variables;
}

/// Keeps the first few variables in the result.
static void keepVariables(const std::vector<IndexId> &variables, int64_t count,
                          GeneratedNetwork &network) {
  size_t kept = std::min<size_t>(count, variables.size());
  network.setOutput(TensorIndices(variables.begin(), variables.begin() + kept));
}

static llvm::Error generateBayes(const GeneratorValues &values,
                                 GeneratedNetwork &network) {
  GeneratorRandom random(values["seed"]);
  std::vector<IndexId> variables = addVariables(values, network, random);
  for (size_t child = 0; child < variables.size(); ++child) {
    TensorIndices table = {variables[child]};
    size_t window = std::min<size_t>(values["window"], child);
    size_t count = random.getBetween(0, values["parents"]);
    for (size_t back : drawDistinct(random, count, window))
      table.push_back(variables[child - 1 - back]);
    network.addTensor(table);
  }
  keepVariables(variables, values["kept"], network);
  return llvm::Error::success();
}

static llvm::Error generateFactors(const GeneratorValues &values,
                                   GeneratedNetwork &network) {
  GeneratorRandom random(values["seed"]);
  std::vector<IndexId> variables = addVariables(values, network, random);
  for (int64_t factor = 0; factor < values["factors"]; ++factor) {
    TensorIndices table;
    size_t count = random.getBetween(1, values["arity"]);
    for (size_t number : drawDistinct(random, count, variables.size()))
      table.push_back(variables[number]);
    network.addTensor(table);
  }
  keepVariables(variables, values["kept"], network);
  return llvm::Error::success();
}

static llvm::Error generateRandom(const GeneratorValues &values,
                                  GeneratedNetwork &network) {
  GeneratorRandom random(values["seed"]);
  auto addIndex = [&] {
    return network.addIndex(random.getBetween(values["low"], values["high"]));
  };
  std::vector<TensorIndices> tensors(values["tensors"]);
  TensorIndices output;
  for (int64_t number = 0; number < values["indices"]; ++number) {
    IndexId index = addIndex();
    int64_t holders = random.getBetween(1, values["holders"]);
    for (int64_t holder = 0; holder < holders; ++holder)
      tensors[random.getBelow(tensors.size())].push_back(index);
    if (static_cast<int64_t>(random.getBelow(100)) < values["kept"])
      output.push_back(index);
  }
  for (int64_t number = 0; number < values["broadcast"]; ++number)
    output.push_back(addIndex());
  for (TensorIndices &tensor : tensors)
    network.addTensor(std::move(tensor));
  network.setOutput(output);
  return llvm::Error::success();
}

std::vector<GeneratorKind> detail::getHypergraphKinds() {
  return {
      {"bayes",
       "a Bayesian network: a table for each variable and its parents",
       {{"variables", 100, 1, 100000, "variables"},
        {"parents", 3, 0, 16, "the most parents of a variable"},
        {"window", 12, 0, 1000, "how far back parents may be"},
        {"low", 2, 1, 1000, "the fewest states"},
        {"high", 3, 1, 1000, "the most states"},
        {"kept", 0, 0, 16, "variables in the result"},
        {"seed", 0, 0, INT64_MAX, "seed of parents and states"}},
       generateBayes},
      {"factors",
       "a random factor graph: tables over a few variables each",
       {{"variables", 60, 1, 100000, "variables"},
        {"factors", 80, 1, 100000, "tables"},
        {"arity", 3, 1, 16, "the most variables of a table"},
        {"low", 2, 1, 1000, "the fewest states"},
        {"high", 3, 1, 1000, "the most states"},
        {"kept", 0, 0, 16, "variables in the result"},
        {"seed", 0, 0, INT64_MAX, "seed of tables and states"}},
       generateFactors},
      {"random",
       "a random einsum with hyperedges, diagonals, sums and broadcasts",
       {{"tensors", 8, 1, 100000, "tensors"},
        {"indices", 12, 0, 1000000, "indices"},
        {"holders", 3, 1, 100, "the most places of an index"},
        {"kept", 20, 0, 100, "percentage of indices in the result"},
        {"broadcast", 0, 0, 16, "further indices that only the result has"},
        {"low", 2, 1, 1000, "the smallest extent"},
        {"high", 4, 1, 1000, "the largest extent"},
        {"seed", 0, 0, INT64_MAX, "seed of the network"}},
       generateRandom},
  };
}
