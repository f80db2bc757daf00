//===- GeneratedChains.cpp - Chains, matrix product states, MERA ----------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneratorKinds.h"

#include <algorithm>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

static llvm::Error generateChain(const GeneratorValues &values,
                                 GeneratedNetwork &network) {
  GeneratorRandom random(values["seed"]);
  auto addIndex = [&] {
    return network.addIndex(random.getBetween(values["low"], values["high"]));
  };
  IndexId first = addIndex(), left = first;
  for (int64_t matrix = 0; matrix < values["matrices"]; ++matrix) {
    IndexId right = addIndex();
    network.addTensor({left, right});
    left = right;
  }
  network.setOutput({first, left});
  return llvm::Error::success();
}

/// phys^exponent, at most `bound`.
static int64_t getBoundedPower(int64_t phys, int64_t exponent, int64_t bound) {
  int64_t power = 1;
  while (exponent-- > 0 && power < bound && phys > 1)
    power = power > bound / phys ? bound : power * phys;
  return std::min(power, bound);
}

/// The bonds between the sites of a state; near the ends no more is needed than
/// the sites beyond can tell apart.
static std::vector<IndexId> addBonds(GeneratedNetwork &network, int64_t sites,
                                     int64_t bond, int64_t phys) {
  std::vector<IndexId> bonds;
  for (int64_t site = 1; site < sites; ++site)
    bonds.push_back(network.addIndex(
        getBoundedPower(phys, std::min(site, sites - site), bond)));
  return bonds;
}

/// The bonds of one site.
static TensorIndices getBondsOfSite(const std::vector<IndexId> &bonds,
                                    size_t site) {
  TensorIndices indices;
  if (site > 0)
    indices.push_back(bonds[site - 1]);
  if (site < bonds.size())
    indices.push_back(bonds[site]);
  return indices;
}

/// <bra| ket>, or <bra| operator |ket> where `operatorBond` is not 0; the
/// tensors of one site stand together.
static void addSandwich(GeneratedNetwork &network,
                        const GeneratorValues &values, int64_t operatorBond) {
  int64_t sites = values["sites"], phys = values["phys"];
  auto ket = addBonds(network, sites, values["bond"], phys);
  auto bra = addBonds(network, sites, values["bond"], phys);
  auto middle =
      addBonds(network, sites, std::max<int64_t>(operatorBond, 1), phys * phys);
  for (int64_t site = 0; site < sites; ++site) {
    IndexId lower = network.addIndex(phys);
    IndexId upper = operatorBond ? network.addIndex(phys) : lower;
    TensorIndices indices = getBondsOfSite(ket, site);
    indices.push_back(lower);
    network.addTensor(indices);
    if (operatorBond) {
      indices = getBondsOfSite(middle, site);
      indices.append({lower, upper});
      network.addTensor(indices);
    }
    indices = getBondsOfSite(bra, site);
    indices.push_back(upper);
    network.addTensor(indices);
  }
}

static llvm::Error generateMps(const GeneratorValues &values,
                               GeneratedNetwork &network) {
  addSandwich(network, values, /*operatorBond=*/0);
  return llvm::Error::success();
}

static llvm::Error generateMpo(const GeneratorValues &values,
                               GeneratedNetwork &network) {
  addSandwich(network, values, values["operator"]);
  return llvm::Error::success();
}

namespace {
/// The legs of a state and of its conjugate on one level of a MERA. Where both
/// are the same index, nothing stands between them.
struct MeraLevel {
  std::vector<IndexId> ket, bra;
};

/// Builds the expectation value of a two-site operator from the sites up.
class MeraBuilder {
public:
  MeraBuilder(const GeneratorValues &values, GeneratedNetwork &network)
      : values(values), network(network) {}
  void build();

private:
  MeraLevel addSites();
  /// Puts a gate over the legs at these positions, and its conjugate below
  /// them; returns the positions' new legs.
  MeraLevel addGates(const MeraLevel &below, llvm::ArrayRef<size_t> positions,
                     size_t numUpper);
  MeraLevel addDisentanglers(MeraLevel level);
  MeraLevel addIsometries(const MeraLevel &level);

  const GeneratorValues &values;
  GeneratedNetwork &network;
};
} // namespace

MeraLevel MeraBuilder::addSites() {
  MeraLevel level;
  level.ket = network.addIndices(values["sites"], values["phys"]);
  level.bra = level.ket;
  size_t first = values["site"] % values["sites"];
  size_t second = (first + 1) % values["sites"];
  for (size_t site : {first, second})
    level.bra[site] = network.addIndex(values["phys"]);
  network.addTensor({level.ket[first], level.ket[second], level.bra[first],
                     level.bra[second]});
  return level;
}

MeraLevel MeraBuilder::addGates(const MeraLevel &below,
                                llvm::ArrayRef<size_t> positions,
                                size_t numUpper) {
  int64_t bond = values["bond"];
  MeraLevel upper;
  upper.ket = network.addIndices(numUpper, bond);
  bool cancels = values["cone"] != 0;
  for (size_t position : positions)
    cancels &= below.ket[position] == below.bra[position];
  // An isometry times its conjugate is the identity.
  if (cancels) {
    upper.bra = upper.ket;
    return upper;
  }
  upper.bra = network.addIndices(numUpper, bond);
  TensorIndices ket, bra;
  for (size_t position : positions) {
    ket.push_back(below.ket[position]);
    bra.push_back(below.bra[position]);
  }
  ket.append(upper.ket.begin(), upper.ket.end());
  bra.append(upper.bra.begin(), upper.bra.end());
  network.addTensor(ket);
  network.addTensor(bra);
  return upper;
}

MeraLevel MeraBuilder::addDisentanglers(MeraLevel level) {
  size_t size = level.ket.size();
  for (size_t site = 1; site < size; site += 2) {
    size_t next = (site + 1) % size;
    MeraLevel upper = addGates(level, {site, next}, 2);
    level.ket[site] = upper.ket[0], level.bra[site] = upper.bra[0];
    level.ket[next] = upper.ket[1], level.bra[next] = upper.bra[1];
  }
  return level;
}

MeraLevel MeraBuilder::addIsometries(const MeraLevel &level) {
  MeraLevel coarse;
  for (size_t site = 0; site < level.ket.size(); site += 2) {
    MeraLevel upper = addGates(level, {site, site + 1}, 1);
    coarse.ket.push_back(upper.ket[0]);
    coarse.bra.push_back(upper.bra[0]);
  }
  return coarse;
}

void MeraBuilder::build() {
  MeraLevel level = addSites();
  while (level.ket.size() > 2)
    level = addIsometries(addDisentanglers(std::move(level)));
  network.addTensor({level.ket[0], level.ket[1]});
  network.addTensor({level.bra[0], level.bra[1]});
}

static llvm::Error generateMera(const GeneratorValues &values,
                                GeneratedNetwork &network) {
  int64_t sites = values["sites"];
  if (sites & (sites - 1))
    return llvm::createStringError("sites is " + llvm::Twine(sites) +
                                   "; expected a power of 2");
  MeraBuilder(values, network).build();
  return llvm::Error::success();
}

std::vector<GeneratorKind> detail::getChainKinds() {
  return {
      {"chain",
       "a product of matrices of random extents",
       {{"matrices", 64, 1, 1000000, "matrices in the product"},
        {"low", 2, 1, 1000000, "the smallest extent"},
        {"high", 64, 1, 1000000, "the largest extent"},
        {"seed", 0, 0, INT64_MAX, "seed of the extents"}},
       generateChain},
      {"mps",
       "the inner product of two matrix product states",
       {{"sites", 64, 1, 100000, "sites of each state"},
        {"bond", 16, 1, 1000000, "extent of the bonds"},
        {"phys", 2, 1, 1000, "extent of a site"}},
       generateMps},
      {"mpo",
       "a matrix product operator between two matrix product states",
       {{"sites", 64, 1, 100000, "sites of each state"},
        {"bond", 16, 1, 1000000, "extent of the states' bonds"},
        {"operator", 5, 1, 1000000, "extent of the operator's bonds"},
        {"phys", 2, 1, 1000, "extent of a site"}},
       generateMpo},
      {"mera",
       "the value of a two-site operator in a periodic binary MERA",
       {{"sites", 16, 2, 65536, "sites, a power of 2"},
        {"bond", 4, 1, 1000000, "extent of the bonds"},
        {"phys", 2, 1, 1000, "extent of a site"},
        {"site", 3, 0, 65535, "the first site of the operator"},
        {"cone", 1, 0, 1, "1: leave out what cancels outside its light cone"}},
       generateMera},
  };
}
