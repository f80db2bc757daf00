//===- Options.cpp - The command line -------------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "../CommandLine.h"
#include "../DerivativeFlags.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tensornet;
namespace cl = llvm::cl;

static cl::OptionCategory category("tn-tune options");

namespace {
/// The flags, which exist from construction on.
struct Flags {
  cl::opt<std::string> file{cl::Positional, cl::desc("<program.mlir>"),
                            cl::cat(category)};
  cl::opt<std::string> entry{"entry",
                             cl::desc("The function whose kernels to tune"),
                             cl::value_desc("name"), cl::cat(category)};
  DerivativeFlags derivative{category};
  cl::opt<unsigned> threads{"threads", cl::desc("Threads of the kernels"),
                            cl::value_desc("N"), cl::init(1),
                            cl::cat(category)};
  cl::opt<double, false, NumberParser> seconds{
      "seconds",
      cl::desc("About how long to search, shared out evenly among kernels "
               "(default: until nothing near is faster)"),
      cl::value_desc("S"), cl::init(std::numeric_limits<double>::infinity()),
      cl::cat(category)};
  cl::opt<unsigned> trials{
      "trials",
      cl::desc("How many kernels to time at most, besides the cost model's "
               "(default: no limit)"),
      cl::value_desc("N"), cl::init(std::numeric_limits<unsigned>::max()),
      cl::cat(category)};
  cl::opt<unsigned> rounds{
      "rounds", cl::desc("Turns of each kernel that is compared with others"),
      cl::value_desc("N"), cl::init(KernelSearchOptions().rounds),
      cl::cat(category)};
  cl::opt<unsigned> steps{
      "steps",
      cl::desc("Most steps from one kernel to a better one; 0 times the cost "
               "model's alone"),
      cl::value_desc("N"), cl::init(KernelSearchOptions().steps),
      cl::cat(category)};
  cl::opt<std::string> cache{
      "cache",
      cl::desc("Keep what is found for tn-run in this folder, or not at all "
               "with 'off' (default: $TENSORNET_CACHE, else tensornet/code in "
               "the user's cache folder)"),
      cl::value_desc("folder|off"), cl::cat(category)};
  cl::opt<std::string> output{
      "output",
      cl::desc("Write the program, its contractions in order, with the kernel "
               "of each beside it"),
      cl::value_desc("file.mlir"), cl::cat(category)};
  cl::opt<bool> json{"json", cl::desc("Print one JSON object"),
                     cl::cat(category)};
};
} // namespace

/// Flags that make no sense, alone or together.
static llvm::Error checkFlags(const Flags &flags) {
  if (flags.file.empty())
    return llvm::createStringError("expected a program");
  if (flags.entry.empty())
    return llvm::createStringError("expected --entry=NAME");
  if (llvm::Error error = flags.derivative.check())
    return error;
  for (const auto *count : {&flags.threads, &flags.rounds})
    if (count->getValue() == 0)
      return llvm::createStringError("--" + count->ArgStr +
                                     "=0: expected a positive number");
  if (std::isnan(flags.seconds) || flags.seconds < 0)
    return llvm::createStringError(
        "--seconds: expected a number that is not negative");
  return llvm::Error::success();
}

llvm::Expected<TuneOptions> mlir::tensornet::parseCommandLine(int argc,
                                                              char **argv) {
  // LLVM's linker has a flag of this name.
  releaseFlagName("threads");
  Flags flags;
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Find the fastest kernels for the contractions of a tensornet program\n");
  if (llvm::Error error = checkFlags(flags))
    return std::move(error);
  TuneOptions options;
  options.file = flags.file;
  options.entry = flags.entry;
  options.derivative = flags.derivative.getMode();
  options.wrt.assign(flags.derivative.wrt.begin(), flags.derivative.wrt.end());
  options.threads = flags.threads;
  options.seconds = flags.seconds;
  options.trials = flags.trials;
  options.search.rounds = flags.rounds;
  options.search.steps = flags.steps;
  options.cache = flags.cache;
  options.output = flags.output;
  options.json = flags.json;
  options.compile.parallel = flags.threads > 1;
  return options;
}
