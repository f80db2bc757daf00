//===- SharingSearch.cpp - Search for shared orders -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharingGraph.h"
#include "tensornet/Analysis/SearchRandom.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

using namespace mlir::tensornet;
using namespace mlir::tensornet::detail;

namespace {

/// Descends from plan to plan. What other products need already costs nothing,
/// so one key can be planned exactly against the rest by dynamic programming.
/// Two moves: plan one key anew; or make a key that nobody needs and plan all
/// products that could use it anew.
class SharingSearch {
public:
  SharingSearch(const SharingGraph &graph, unsigned trials, uint64_t seed);
  SharingPlan run();

private:
  /// A plan and what it costs.
  struct Candidate {
    SharingPlan plan;
    SharingCost cost;
  };

  bool planAnew(SharingPlan &plan, KeyId target);
  bool takeIfCheaper(Candidate &candidate, SharingPlan plan) const;
  bool improveNeededKeys(Candidate &candidate);
  bool investInKeys(Candidate &candidate);
  void descend(Candidate &candidate);
  SharingPlan makeRandomStart();
  void keepIfCheaper(Candidate candidate);

  void collectInvestments();
  llvm::ArrayRef<KeyId> getMembers(KeyId key);
  void markNeeded(const SharingPlan &plan, KeyId except);
  /// True once the budget is spent. It is counted in splits, not in seconds.
  bool isExhausted() const { return work > maxWork; }

  const SharingGraph &graph;
  llvm::ArrayRef<SharingGraph::Key> keys;
  unsigned trials;
  SearchRandom random;
  uint64_t work = 0, maxWork;
  Candidate best;

  /// For a key the keys that some plan of it may need, smaller ones first, the
  /// key itself last.
  std::map<KeyId, std::vector<KeyId>> members;
  /// Keys that several products or places could share.
  std::vector<KeyId> investments;
  /// What the keys of the current target cost at least, and by which split.
  std::vector<SharingCost> costs;
  std::vector<unsigned> choices;
  std::vector<bool> isFree;
  /// The keys that are needed: the products, but while a random start is made
  /// only those planned so far; and what is invested in.
  std::vector<KeyId> wanted;
  /// Factors by which a random start misjudges what keys cost; empty for none.
  std::vector<double> noise;
};

} // namespace

/// Splits that one trial may look at.
constexpr uint64_t kWorkPerTrial = uint64_t(1) << 21;
/// Keys that a descent tries to invest in, the most promising ones.
constexpr unsigned kMaxInvestments = 128;
/// Descents stop changing before.
constexpr unsigned kMaxRounds = 16;

SharingSearch::SharingSearch(const SharingGraph &graph, unsigned trials,
                             uint64_t seed)
    : graph(graph), keys(graph.getKeys()), trials(trials), random(seed),
      maxWork((trials + 1) * kWorkPerTrial), costs(keys.size()),
      choices(keys.size()), isFree(keys.size()), wanted(graph.getRoots()) {}

llvm::ArrayRef<KeyId> SharingSearch::getMembers(KeyId key) {
  auto [entry, isNew] = members.try_emplace(key);
  std::vector<KeyId> &list = entry->second;
  if (!isNew)
    return list;
  std::vector<bool> seen(keys.size());
  seen[key] = true;
  list.push_back(key);
  for (unsigned next = 0; next < list.size(); ++next)
    for (const SharingGraph::Split &split : keys[list[next]].splits)
      for (KeyId part : {split.lhs, split.rhs}) {
        if (!seen[part])
          list.push_back(part);
        seen[part] = true;
      }
  llvm::sort(list, [&](KeyId lhs, KeyId rhs) {
    return std::pair(keys[lhs].numFactors, lhs) <
           std::pair(keys[rhs].numFactors, rhs);
  });
  return list;
}

/// Marks as free what is needed without `except`.
void SharingSearch::markNeeded(const SharingPlan &plan, KeyId except) {
  std::fill(isFree.begin(), isFree.end(), false);
  std::vector<KeyId> stack;
  auto add = [&](KeyId key) {
    if (key == except || isFree[key] || keys[key].numFactors == 1)
      return;
    isFree[key] = true;
    stack.push_back(key);
  };
  llvm::for_each(wanted, add);
  while (!stack.empty()) {
    KeyId key = stack.back();
    stack.pop_back();
    const SharingGraph::Split &split = keys[key].splits[plan[key]];
    add(split.lhs);
    add(split.rhs);
  }
}

/// Plans `target` by dynamic programming; what is needed without it is free.
/// False where all ways to compute it were left out of the graph.
bool SharingSearch::planAnew(SharingPlan &plan, KeyId target) {
  markNeeded(plan, target);
  llvm::ArrayRef<KeyId> list = getMembers(target);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (KeyId key : list) {
    costs[key] = {};
    if (isFree[key] || keys[key].numFactors == 1)
      continue;
    costs[key] = {infinity, infinity};
    double factor = noise.empty() ? 1 : noise[key];
    for (auto [number, split] : llvm::enumerate(keys[key].splits)) {
      SharingCost cost = {factor * split.cost.total, split.cost.written};
      cost = cost + costs[split.lhs] + costs[split.rhs];
      if (number == 0 || cost < costs[key]) {
        costs[key] = cost;
        choices[key] = number;
      }
    }
    work += keys[key].splits.size();
  }
  if (!(costs[target].total < infinity))
    return false;
  llvm::SmallVector<KeyId> stack{target};
  while (!stack.empty()) {
    KeyId key = stack.pop_back_val();
    if (isFree[key] || keys[key].numFactors == 1)
      continue;
    plan[key] = choices[key];
    stack.push_back(keys[key].splits[plan[key]].lhs);
    stack.push_back(keys[key].splits[plan[key]].rhs);
  }
  return true;
}

/// Replaces the candidate by a plan that is clearly cheaper; true where it is.
bool SharingSearch::takeIfCheaper(Candidate &candidate,
                                  SharingPlan plan) const {
  SharingCost cost = computeCost(graph, plan);
  if (!cost.isClearlyBelow(candidate.cost))
    return false;
  candidate = {std::move(plan), cost};
  return true;
}

/// Plans every needed key anew that is a product or is read more than once;
/// the others are planned with their readers.
bool SharingSearch::improveNeededKeys(Candidate &candidate) {
  std::vector<unsigned> uses(keys.size());
  std::vector<KeyId> needed = getNeededKeys(graph, candidate.plan);
  for (KeyId key : needed) {
    const SharingGraph::Split &split = keys[key].splits[candidate.plan[key]];
    ++uses[split.lhs];
    ++uses[split.rhs];
  }
  for (KeyId root : graph.getRoots())
    uses[root] += 2;
  bool improved = false;
  // Larger ones first: their parts are planned with them.
  for (KeyId key : llvm::reverse(needed)) {
    if (uses[key] < 2 || isExhausted())
      continue;
    SharingPlan plan = candidate.plan;
    if (!planAnew(plan, key))
      continue;
    improved |= takeIfCheaper(candidate, std::move(plan));
  }
  return improved;
}

/// Makes keys that nobody needs yet, and plans every product that could use
/// them anew.
bool SharingSearch::investInKeys(Candidate &candidate) {
  bool improved = false;
  for (KeyId key : investments) {
    if (isExhausted())
      break;
    std::vector<KeyId> needed = getNeededKeys(graph, candidate.plan);
    if (llvm::is_contained(needed, key))
      continue;
    SharingPlan plan = candidate.plan;
    if (!planAnew(plan, key))
      continue;
    wanted.push_back(key);
    for (KeyId root : graph.getRoots())
      if (llvm::is_contained(getMembers(root), key))
        planAnew(plan, root);
    wanted.pop_back();
    improved |= takeIfCheaper(candidate, std::move(plan));
  }
  return improved;
}

void SharingSearch::descend(Candidate &candidate) {
  for (unsigned round = 0; round < kMaxRounds && !isExhausted(); ++round) {
    bool improved = improveNeededKeys(candidate);
    improved |= investInKeys(candidate);
    if (!improved)
      return;
  }
}

/// The keys that occur in several places, those first whose sharing could save
/// most.
void SharingSearch::collectInvestments() {
  std::vector<std::pair<double, KeyId>> ranked;
  for (KeyId key = 0; key < keys.size(); ++key) {
    const SharingGraph::Key &entry = keys[key];
    if (entry.numOccurrences < 2 || entry.splits.empty())
      continue;
    double cheapest = entry.splits.front().cost.total;
    for (const SharingGraph::Split &split : entry.splits)
      cheapest = std::min(cheapest, split.cost.total);
    if (cheapest > 0)
      ranked.push_back({-cheapest * (entry.numOccurrences - 1), key});
  }
  llvm::sort(ranked);
  for (auto [gain, key] : ranked)
    if (investments.size() < kMaxInvestments)
      investments.push_back(key);
}

/// The products planned one after the other in a random order; keys that occur
/// often count less, as if others shared them.
SharingPlan SharingSearch::makeRandomStart() {
  double trust = random.getUniform(0, 1);
  double temperature = random.getUniform(0, 0.5);
  for (const SharingGraph::Key &key : keys)
    noise.push_back(std::pow(key.numOccurrences, -trust) *
                    std::exp(temperature * random.getGumbel()));
  std::vector<std::pair<uint64_t, KeyId>> order;
  for (KeyId root : graph.getRoots())
    order.push_back({random.getBits(), root});
  llvm::sort(order);
  SharingPlan plan = best.plan;
  wanted.clear();
  for (auto [position, root] : order) {
    planAnew(plan, root);
    wanted.push_back(root);
  }
  wanted.assign(graph.getRoots().begin(), graph.getRoots().end());
  noise.clear();
  return plan;
}

void SharingSearch::keepIfCheaper(Candidate candidate) {
  if (candidate.cost.isClearlyBelow(best.cost))
    best = std::move(candidate);
}

SharingPlan SharingSearch::run() {
  best.plan = getIncomingPlan(graph);
  best.cost = computeCost(graph, best.plan);
  collectInvestments();
  Candidate incoming = best;
  descend(incoming);
  keepIfCheaper(std::move(incoming));
  // One product that shares nothing with itself is planned exactly by now.
  if (investments.empty())
    return best.plan;
  for (unsigned trial = 0; trial < trials && !isExhausted(); ++trial) {
    Candidate candidate;
    candidate.plan = makeRandomStart();
    candidate.cost = computeCost(graph, candidate.plan);
    descend(candidate);
    keepIfCheaper(std::move(candidate));
  }
  return best.plan;
}

SharingPlan detail::findSharingPlan(const SharingGraph &graph, unsigned trials,
                                    uint64_t seed) {
  return SharingSearch(graph, trials, seed).run();
}
