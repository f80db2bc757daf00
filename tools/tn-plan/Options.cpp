//===- Options.cpp - The command line -------------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "../CommandLine.h"

#include "tensornet/Networks/EinsumText.h"
#include "tensornet/Networks/NetworkJson.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir::tensornet;
namespace cl = llvm::cl;

/// What --help says of each strategy.
static constexpr std::pair<SearchStrategy, const char *> strategyMeanings[] = {
    {SearchStrategy::Auto, "what suits the size of the network"},
    {SearchStrategy::Exact, "dynamic programming over all trees"},
    {SearchStrategy::Greedy, "random greedy trees"},
    {SearchStrategy::Elimination, "random elimination orders"},
    {SearchStrategy::Bisection, "random recursive bisections"},
    {SearchStrategy::Sweep, "random sweeps of one tensor over the network"},
    {SearchStrategy::Annealing, "all four, annealed by rotations"},
    {SearchStrategy::LeftToRight, "the order as written"},
};

/// What --help says of each objective.
static constexpr std::pair<SearchObjective, const char *> objectiveMeanings[] =
    {
        {SearchObjective::Operations, "multiplications"},
        {SearchObjective::Traffic, "elements read and written"},
        {SearchObjective::Peak, "elements alive at one time"},
        {SearchObjective::Machine, "seconds on a core of this host"},
};

//===----------------------------------------------------------------------===//
// Flags
//===----------------------------------------------------------------------===//

static cl::OptionCategory category("tn-plan options");

namespace {
/// The flags, which exist from construction on.
struct Flags {
  Flags();

  cl::opt<std::string> einsum{
      "einsum",
      cl::desc("Plan this einsum: ij,jk->ik or [row, b], [b, col] -> [row]"),
      cl::value_desc("spec"), cl::cat(category)};
  cl::list<std::string> sizes{"sizes", cl::desc("The extents of its indices"),
                              cl::value_desc("a=2,b=3"), cl::cat(category)};
  cl::opt<std::string> network{
      "network",
      cl::desc("Plan the network of a JSON file with inputs, output and "
               "size_dict (-: standard input)"),
      cl::value_desc("file.json"), cl::cat(category)};
  cl::opt<std::string> active{
      "active",
      cl::desc("Tensors whose gradients are wanted: all, none (default) or "
               "their numbers"),
      cl::value_desc("0,3"), cl::init("none"), cl::cat(category)};
  cl::opt<SearchStrategy> strategy{"strategy", cl::desc("How to search:"),
                                   cl::init(SearchStrategy::Auto),
                                   cl::cat(category)};
  cl::opt<SearchObjective> objective{"objective", cl::desc("What to keep low:"),
                                     cl::init(SearchObjective::Operations),
                                     cl::cat(category)};
  cl::opt<unsigned> trials{
      "trials", cl::desc("Budget in trials: the same plan on every machine"),
      cl::value_desc("N"), cl::cat(category)};
  cl::opt<double, false, NumberParser> seconds{
      "seconds", cl::desc("Budget in seconds: the best plan found by then"),
      cl::value_desc("S"), cl::cat(category)};
  cl::opt<unsigned> threads{
      "threads", cl::desc("Threads that search (0, the default: one per core)"),
      cl::value_desc("N"), cl::init(0), cl::cat(category)};
  cl::opt<uint64_t> seed{"seed", cl::desc("Seed of the random trials"),
                         cl::value_desc("N"), cl::init(0), cl::cat(category)};
  cl::opt<std::string> memoryLimit{
      "memory-limit",
      cl::desc("The most elements alive at one time, as 1000000, 1e6 or 2^20; "
               "indices are sliced to keep it"),
      cl::value_desc("elements"), cl::cat(category)};
  cl::opt<bool> json{"json",
                     cl::desc("Print one JSON object instead of a table"),
                     cl::cat(category)};
  cl::opt<std::string> draw{"draw", cl::desc("Draw the tree to this file"),
                            cl::value_desc("file.svg|file.dot"),
                            cl::cat(category)};
  cl::opt<std::string> generate{
      "generate",
      cl::desc("Write a network of this kind instead of planning one; "
               "--generate=help lists the kinds"),
      cl::value_desc("kind:name=value,..."), cl::cat(category)};
  cl::opt<std::string> output{"output",
                              cl::desc("Where --generate writes (default: "
                                       "standard output)"),
                              cl::value_desc("file.json"), cl::init("-"),
                              cl::cat(category)};
};
} // namespace

Flags::Flags() {
  for (auto [value, meaning] : strategyMeanings)
    strategy.getParser().addLiteralOption(getName(value), value, meaning);
  for (auto [value, meaning] : objectiveMeanings)
    objective.getParser().addLiteralOption(getName(value), value, meaning);
}

/// Flags that do not go together, or without which nothing can be done.
static llvm::Error checkCombination(const Flags &flags) {
  llvm::SmallVector<llvm::StringRef> sources;
  for (const auto *flag : {&flags.einsum, &flags.network, &flags.generate})
    if (flag->getNumOccurrences())
      sources.push_back(flag->ArgStr);
  if (sources.empty())
    return llvm::createStringError(
        "expected --einsum=SPEC, --network=FILE.json or --generate=KIND:ARGS");
  if (sources.size() > 1)
    return llvm::createStringError("--" + sources[0] + " and --" + sources[1] +
                                   " do not go together");
  if (!flags.sizes.empty() && !flags.einsum.getNumOccurrences())
    return llvm::createStringError("--sizes needs --einsum");
  if (flags.trials.getNumOccurrences() && flags.seconds.getNumOccurrences())
    return llvm::createStringError("--trials and --seconds do not go together");
  if (flags.output.getNumOccurrences() && !flags.generate.getNumOccurrences())
    return llvm::createStringError("--output needs --generate");
  if (flags.generate.getNumOccurrences() &&
      (flags.json || flags.draw.getNumOccurrences()))
    return llvm::createStringError("--generate makes a network and no plan: "
                                   "--json and --draw need --network");
  return llvm::Error::success();
}

/// More than any search takes or machine has; less than what overflows.
constexpr double kMaxSeconds = 1e7;
constexpr unsigned kMaxThreads = 1024;

static llvm::Error checkValues(const Flags &flags) {
  if (flags.trials.getNumOccurrences() && flags.trials == 0)
    return llvm::createStringError("--trials=0: expected a positive number");
  if (flags.seconds.getNumOccurrences() &&
      !(flags.seconds > 0 && flags.seconds <= kMaxSeconds))
    return llvm::createStringError(
        "--seconds=%g: expected more than 0 and at most %g",
        flags.seconds.getValue(), kMaxSeconds);
  if (flags.threads > kMaxThreads)
    return llvm::createStringError("--threads=" + llvm::Twine(flags.threads) +
                                   ": expected a number from 0 to " +
                                   llvm::Twine(kMaxThreads));
  llvm::StringRef draw = flags.draw;
  if (flags.draw.getNumOccurrences() && !draw.ends_with(".svg") &&
      !draw.ends_with(".dot"))
    return llvm::createStringError("--draw=" + draw +
                                   ": expected FILE.svg or FILE.dot");
  return llvm::Error::success();
}

/// Reads a number of elements: 1000, 1e6 or 2^20.
static std::optional<double> parseElements(llvm::StringRef text) {
  double number, exponent = 1;
  auto [base, power] = text.split('^');
  if (base.getAsDouble(number) ||
      (text.contains('^') && power.getAsDouble(exponent)))
    return std::nullopt;
  number = std::pow(number, exponent);
  if (!std::isfinite(number) || number < 1)
    return std::nullopt;
  return number;
}

static std::optional<std::string> getIfGiven(const cl::opt<std::string> &flag) {
  if (!flag.getNumOccurrences())
    return std::nullopt;
  return flag.getValue();
}

llvm::Expected<PlanOptions> mlir::tensornet::parseCommandLine(int argc,
                                                              char **argv) {
  // LLVM's linker has a flag of this name.
  releaseFlagName("threads");
  Flags flags;
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv, "Find a good order for a network of tensor contractions\n");
  if (llvm::Error error = checkCombination(flags))
    return std::move(error);
  if (llvm::Error error = checkValues(flags))
    return std::move(error);
  PlanOptions options;
  options.einsum = getIfGiven(flags.einsum);
  options.sizes.assign(flags.sizes.begin(), flags.sizes.end());
  options.network = getIfGiven(flags.network);
  options.generate = getIfGiven(flags.generate);
  options.output = flags.output;
  options.active = flags.active;
  options.search.strategy = flags.strategy;
  options.search.objective = flags.objective;
  if (flags.trials.getNumOccurrences())
    options.search.trials = flags.trials;
  if (flags.seconds.getNumOccurrences())
    options.search.seconds = flags.seconds;
  options.search.threads = flags.threads;
  options.search.seed = flags.seed;
  if (flags.memoryLimit.getNumOccurrences()) {
    options.search.memoryLimit = parseElements(flags.memoryLimit);
    if (!options.search.memoryLimit)
      return llvm::createStringError(
          "--memory-limit=" + flags.memoryLimit +
          ": expected a number of elements, 1 or more, as 1000000, 1e6 or "
          "2^20");
  }
  options.json = flags.json;
  options.draw = flags.draw;
  return options;
}

//===----------------------------------------------------------------------===//
// What flags name
//===----------------------------------------------------------------------===//

/// An error that starts with the flag that caused it.
static llvm::Error addFlag(llvm::StringRef flag, llvm::Error error) {
  return llvm::createStringError(flag + ": " +
                                 llvm::toString(std::move(error)));
}

llvm::Expected<NamedNetwork>
mlir::tensornet::readNetwork(const PlanOptions &options) {
  if (options.network)
    return readNetworkFile(*options.network);
  std::string sizes = llvm::join(options.sizes, ",");
  std::vector<NamedExtent> extents;
  if (!sizes.empty()) {
    auto parsed = parseExtents(sizes);
    if (!parsed)
      return addFlag("--sizes", parsed.takeError());
    extents = std::move(*parsed);
  }
  llvm::Expected<NamedNetwork> network = parseEinsum(*options.einsum, extents);
  if (!network)
    return addFlag("--einsum", network.takeError());
  return network;
}

llvm::Error mlir::tensornet::setActiveLeaves(llvm::StringRef active,
                                             ContractionGraph &graph) {
  if (active == "none")
    return llvm::Error::success();
  unsigned numLeaves = graph.getNumLeaves();
  if (active == "all") {
    for (unsigned leaf = 0; leaf < numLeaves; ++leaf)
      graph.setActive(leaf, true);
    return llvm::Error::success();
  }
  llvm::SmallVector<llvm::StringRef> numbers;
  active.split(numbers, ',');
  for (llvm::StringRef number : numbers) {
    unsigned leaf;
    if (number.trim().getAsInteger(10, leaf))
      return llvm::createStringError(
          "--active: expected all, none or numbers of tensors, found " +
          quoteName(number));
    if (leaf >= numLeaves)
      return llvm::createStringError("--active: tensor " + llvm::Twine(leaf) +
                                     " does not exist; the network has " +
                                     llvm::Twine(numLeaves) + " tensors");
    graph.setActive(leaf, true);
  }
  return llvm::Error::success();
}
