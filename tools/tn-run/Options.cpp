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

static cl::OptionCategory category("tn-run options");

namespace {
/// The flags, which exist from construction on.
struct Flags {
  cl::opt<std::string> file{cl::Positional, cl::desc("<program.mlir>"),
                            cl::cat(category)};
  cl::opt<std::string> entry{"entry", cl::desc("The function to run"),
                             cl::value_desc("name"), cl::cat(category)};
  DerivativeFlags derivative{category};
  cl::list<std::string> inputs{"input",
                               cl::desc("Read input I from a NumPy file"),
                               cl::value_desc("I:file.npy"), cl::cat(category)};
  cl::list<std::string> shapes{
      "shape", cl::desc("The shape of random input I of dynamic shape"),
      cl::value_desc("I:4x8"), cl::cat(category)};
  cl::opt<uint64_t> seed{
      "seed",
      cl::desc("Seed of the inputs that are not given (standard normal; "
               "integers from -4 to 4)"),
      cl::init(0), cl::cat(category)};
  cl::opt<std::string> output{
      "output",
      cl::desc("Write the results to this folder as result0.npy, ..."),
      cl::value_desc("folder"), cl::cat(category)};
  cl::list<std::string> expected{
      "expect", cl::desc("Compare result I with a NumPy file"),
      cl::value_desc("I:file.npy"), cl::cat(category)};
  cl::opt<double, false, NumberParser> tolerance{
      "tolerance",
      cl::desc(
          "Largest allowed |found - expected| / (1 + |expected|) of "
          "--expect (default: 1e-9 for f64, 1e-4 for f32, 2e-2 for f16 and "
          "bf16, 0 for integers) and --check-gradient (default: 1e-5)"),
      cl::value_desc("t"), cl::cat(category)};
  cl::opt<bool> checkGradient{
      "check-gradient",
      cl::desc("Compare the derivatives, in double precision, with central "
               "differences"),
      cl::cat(category)};
  cl::opt<unsigned> iterate{
      "iterate",
      cl::desc("Call the function N times; results replace the leading inputs "
               "of the same types"),
      cl::value_desc("N"), cl::init(1), cl::cat(category)};
  cl::opt<unsigned> time{
      "time",
      cl::desc("Time N calls, short ones in batches, after a warm-up and print "
               "one JSON line: seconds of a call, bytes of its workspace, "
               "allocations of all timed calls"),
      cl::value_desc("N"), cl::init(0), cl::cat(category)};
  cl::opt<bool> timeTurns{
      "time-turns",
      cl::desc("At the end, read numbers of calls from standard input, one a "
               "line, and answer each as --time does"),
      cl::cat(category)};
  cl::opt<bool> guardPages{
      "guard-pages",
      cl::desc("Call the function twice, with every array between inaccessible "
               "pages, once with each of its ends against one"),
      cl::cat(category)};
  cl::opt<std::string> targetCpu{
      "target-cpu",
      cl::desc("The processor to make code for, by LLVM's name: haswell, "
               "x86-64, ... (default: host)"),
      cl::value_desc("name"), cl::init("host"), cl::cat(category)};
  cl::opt<cpu::MatrixUnit> matrixUnit{
      "matrix-unit", cl::desc("What multiplies matrices of halves and bytes:"),
      cpu::getMatrixUnitValues(), cl::init(cpu::MatrixUnit::host),
      cl::cat(category)};
  cl::opt<unsigned> vectorWidth{
      "vector-width",
      cl::desc("Bits of a vector register: 128, 256 or 512 (default: the "
               "target's)"),
      cl::value_desc("N"), cl::init(0), cl::cat(category)};
  cl::opt<unsigned> threads{
      "threads",
      cl::desc("Threads of the compiled code; each stays on a core where "
               "there are no more cores than threads"),
      cl::value_desc("N"), cl::init(1), cl::cat(category)};
  cl::opt<uint64_t> memoryLimit{
      "memory-limit",
      cl::desc("Slice contractions that need more than N elements at one time "
               "for value and derivatives (default: 0, no limit)"),
      cl::value_desc("N"), cl::init(0), cl::cat(category)};
  cl::opt<uint64_t> workspaceLimit{
      "workspace-limit",
      cl::desc("Refuse a function that needs more than N bytes of memory for "
               "intermediates of static size (default: 0, no limit)"),
      cl::value_desc("N"), cl::init(0), cl::cat(category)};
  cl::opt<CpuStyle> pipeline{
      "pipeline", cl::desc("How code is made:"),
      cl::values(clEnumValN(CpuStyle::optimised, "optimised",
                            "planned, tiled, vectorised (default)"),
                 clEnumValN(CpuStyle::plain, "plain", "naive loops")),
      cl::init(CpuStyle::optimised), cl::cat(category)};
  cl::opt<std::string> cache{
      "cache",
      cl::desc("Keep compiled code in this folder, or not at all with 'off' "
               "(default: $TENSORNET_CACHE, else tensornet/code in the user's "
               "cache folder)"),
      cl::value_desc("folder|off"), cl::cat(category)};
  cl::opt<bool> clearCache{
      "clear-cache",
      cl::desc("Remove all compiled code and tuned kernels from that folder "
               "first; without a program, do nothing else"),
      cl::cat(category)};
  cl::opt<bool> tuned{
      "tuned",
      cl::desc("Prefer kernels that tn-tune has left in that folder to those "
               "of the cost model (default: true)"),
      cl::init(true), cl::cat(category)};
  cl::opt<bool> verbose{
      "verbose",
      cl::desc("Say where compiled code and kernels came from and were kept"),
      cl::cat(category)};
  cl::opt<Stage> printStage{
      "print-stage", cl::desc("Print the program at this stage and stop:"),
      cl::values(
          clEnumValN(Stage::source, "source", "as written, with the request"),
          clEnumValN(Stage::network, "network", "derivatives expanded"),
          clEnumValN(Stage::pairwise, "pairwise", "contractions ordered"),
          clEnumValN(Stage::linalg, "linalg", "linalg on tensors or buffers"),
          clEnumValN(Stage::buffers, "buffers",
                     "loops on buffers, whose places are planned"),
          clEnumValN(Stage::llvm, "llvm", "the LLVM dialect"),
          clEnumValN(Stage::assembly, "asm", "assembly of this host")),
      cl::cat(category)};
};
} // namespace

//===----------------------------------------------------------------------===//
// Values with a number in front
//===----------------------------------------------------------------------===//

static llvm::Error makeError(StringRef flag, StringRef found,
                             const llvm::Twine &expected) {
  return llvm::createStringError("--" + flag + "=" + found + ": expected " +
                                 expected);
}

/// Splits "I:text".
static llvm::Expected<std::pair<unsigned, StringRef>>
splitNumbered(StringRef flag, StringRef value, StringRef form) {
  auto [number, text] = value.split(':');
  unsigned result;
  if (number.getAsInteger(10, result) || text.empty())
    return makeError(flag, value, form);
  return std::make_pair(result, text);
}

static llvm::Error parseFiles(StringRef flag, const cl::list<std::string> &list,
                              std::map<unsigned, std::string> &files) {
  for (const std::string &value : list) {
    auto numbered = splitNumbered(flag, value, "NUMBER:FILE.npy");
    if (!numbered)
      return numbered.takeError();
    if (!files.emplace(numbered->first, numbered->second).second)
      return makeError(flag, value,
                       "number " + llvm::Twine(numbered->first) +
                           " at most once");
  }
  return llvm::Error::success();
}

static llvm::Error
parseShapes(const cl::list<std::string> &list,
            std::map<unsigned, SmallVector<int64_t>> &result) {
  constexpr StringLiteral form = "NUMBER:4x8";
  for (const std::string &value : list) {
    auto numbered = splitNumbered("shape", value, form);
    if (!numbered)
      return numbered.takeError();
    SmallVector<StringRef> parts;
    numbered->second.split(parts, 'x');
    SmallVector<int64_t> shape;
    for (StringRef part : parts) {
      uint64_t extent;
      if (part.getAsInteger(10, extent) ||
          extent > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
        return makeError("shape", value, form);
      shape.push_back(static_cast<int64_t>(extent));
    }
    if (!result.emplace(numbered->first, std::move(shape)).second)
      return makeError("shape", value,
                       "number " + llvm::Twine(numbered->first) +
                           " at most once");
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// The whole line
//===----------------------------------------------------------------------===//

/// Flags that make no sense, alone or together.
static llvm::Error checkFlags(const Flags &flags) {
  if (flags.file.empty() && !flags.clearCache)
    return llvm::createStringError("expected a program");
  if (flags.file.empty() == flags.entry.getNumOccurrences() > 0)
    return llvm::createStringError(flags.file.empty()
                                       ? "--entry needs a program"
                                       : "expected --entry=NAME");
  if (llvm::Error error = flags.derivative.check())
    return error;
  if (!flags.derivative.getMode() && flags.checkGradient)
    return llvm::createStringError("--check-gradient needs --derivative");
  if (flags.tolerance.getNumOccurrences() &&
      (!std::isfinite(flags.tolerance) || flags.tolerance < 0))
    return llvm::createStringError("--tolerance: expected a finite "
                                   "number that is not negative");
  for (const auto *count : {&flags.iterate, &flags.threads})
    if (count->getValue() == 0)
      return llvm::createStringError("--" + count->ArgStr +
                                     "=0: expected a positive number");
  if (flags.guardPages && (flags.iterate > 1 || flags.time > 0))
    return llvm::createStringError(
        "--guard-pages goes with neither --iterate nor --time");
  if (flags.vectorWidth.getNumOccurrences() && flags.vectorWidth != 128 &&
      flags.vectorWidth != 256 && flags.vectorWidth != 512)
    return llvm::createStringError(
        "--vector-width=" + llvm::Twine(flags.vectorWidth) +
        ": expected 128, 256 or 512");
  if (flags.time.getNumOccurrences() && flags.time == 0)
    return llvm::createStringError("--time=0: expected a positive number");
  return llvm::Error::success();
}

llvm::Expected<RunOptions> mlir::tensornet::parseCommandLine(int argc,
                                                             char **argv) {
  // LLVM's linker has a flag of this name.
  releaseFlagName("threads");
  Flags flags;
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv, "Compile a function of a tensornet program and run it\n");
  RunOptions options;
  if (llvm::Error error = checkFlags(flags))
    return std::move(error);
  auto target = cpu::CpuTarget::get(flags.targetCpu);
  if (!target)
    return llvm::createStringError("--target-cpu: " +
                                   llvm::toString(target.takeError()));
  if (llvm::Error error = parseFiles("input", flags.inputs, options.inputs))
    return std::move(error);
  if (llvm::Error error =
          parseFiles("expect", flags.expected, options.expected))
    return std::move(error);
  if (llvm::Error error = parseShapes(flags.shapes, options.shapes))
    return std::move(error);
  options.file = flags.file;
  options.entry = flags.entry;
  options.derivative = flags.derivative.getMode();
  options.wrt.assign(flags.derivative.wrt.begin(), flags.derivative.wrt.end());
  options.seed = flags.seed;
  options.output = flags.output;
  if (flags.tolerance.getNumOccurrences())
    options.tolerance = flags.tolerance;
  options.checkGradient = flags.checkGradient;
  options.iterations = flags.iterate;
  options.timedCalls = flags.time;
  options.timeTurns = flags.timeTurns;
  options.threads = flags.threads;
  options.guardPages = flags.guardPages;
  options.cache = flags.cache;
  options.clearCache = flags.clearCache;
  options.useTuned = flags.tuned;
  options.verbose = flags.verbose;
  if (flags.printStage.getNumOccurrences())
    options.printStage = flags.printStage;
  options.compile.style = flags.pipeline;
  options.compile.parallel = flags.threads > 1;
  options.compile.memoryLimit = flags.memoryLimit;
  options.compile.jit.target = std::move(*target);
  options.compile.matrixUnit = flags.matrixUnit;
  options.compile.vectorWidth = flags.vectorWidth;
  options.compile.workspaceLimit = flags.workspaceLimit;
  return options;
}
