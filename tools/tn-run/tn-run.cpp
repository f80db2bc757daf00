//===- tn-run.cpp - Compile a program and run it --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "../DerivativeFlags.h"
#include "../ProgramFile.h"
#include "tensornet/Dialect/TensorNet/IR/TensorNet.h"
#include "tensornet/Execution/GradientCheck.h"
#include "tensornet/Execution/Retype.h"
#include "tensornet/Execution/RunInputs.h"
#include "tensornet/Execution/RunResults.h"
#include "tensornet/Execution/Runtime.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>
#include <cstdio>

using namespace mlir;
using namespace mlir::tensornet;

/// Prints every error on a line of its own.
static LogicalResult report(llvm::Error error) {
  llvm::handleAllErrors(std::move(error), [](const llvm::ErrorInfoBase &info) {
    llvm::errs() << "tn-run: error: " << info.message() << "\n";
  });
  return failure();
}

static void say(const llvm::Twine &text) {
  llvm::errs() << "tn-run: remark: " << text << "\n";
}

static SmallVector<const Array *> getPointers(ArrayRef<Array> arrays) {
  return llvm::map_to_vector(arrays, [](const Array &array) { return &array; });
}

namespace {
/// One run of the tool on a parsed program.
class Run {
public:
  Run(const RunOptions &options, ModuleOp module)
      : options(options), module(module) {}

  /// The whole run. Fails after reporting.
  LogicalResult run();

private:
  LogicalResult compile();
  void sayWhatWasCompiled();
  void sayWhatItTook();
  LogicalResult readInputs();
  LogicalResult call();
  LogicalResult checkDerivatives();
  llvm::Error timeCallsOf(unsigned repeats);
  void printTimes(unsigned repeats);
  LogicalResult takeTurns();

  const RunOptions &options;
  ModuleOp module;
  std::optional<CompiledFunction> function;
  double compileSeconds = 0;
  CompileStatistics statistics;
  SmallVector<Array> inputs;
  SmallVector<Array> results;
  CallTimes times;
};
} // namespace

/// The function that --entry names.
static FailureOr<func::FuncOp> findEntry(ModuleOp program,
                                         const RunOptions &options) {
  llvm::Expected<func::FuncOp> entry = findFunction(program, options.entry);
  if (!entry)
    return report(llvm::createStringError(options.file + ": " +
                                          llvm::toString(entry.takeError())));
  return *entry;
}

/// The function to run: that which --entry names, or a new one that requests
/// its derivatives.
static FailureOr<func::FuncOp> addEntry(ModuleOp program,
                                        const RunOptions &options) {
  FailureOr<func::FuncOp> entry = findEntry(program, options);
  if (failed(entry))
    return failure();
  return addDerivatives(*entry, options.derivative, options.wrt);
}

LogicalResult Run::compile() {
  auto start = std::chrono::steady_clock::now();
  OwningOpRef<ModuleOp> program = module.clone();
  FailureOr<func::FuncOp> entry = addEntry(*program, options);
  if (failed(entry))
    return failure();
  FailureOr<CompiledFunction> compiled =
      compileFunction(*entry, options.compile, &statistics);
  if (failed(compiled))
    return failure();
  function.emplace(std::move(*compiled));
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  compileSeconds = elapsed.count();
  if (options.verbose)
    sayWhatWasCompiled();
  return success();
}

void Run::sayWhatWasCompiled() {
  if (statistics.isCached) {
    say("the program came from the cache");
  } else {
    say("compiled " + llvm::Twine(statistics.compiled.size()) + " of " +
        llvm::Twine(statistics.numObjects) + " parts of the program");
    sayWhatItTook();
  }
  if (llvm::Error error = options.compile.cache->takeStoreError())
    say(llvm::toString(std::move(error)));
  const TuningFolder *tuned = options.compile.tuned;
  if (!tuned)
    return;
  if (unsigned numFound = tuned->getNumFound())
    say("took " + llvm::Twine(numFound) + " tuned kernels");
  for (const std::string &note : tuned->takeNotes())
    say(note);
}

void Run::sayWhatItTook() {
  auto format = [](double seconds) {
    return llvm::formatv("{0:f1} ms of processor time", 1e3 * seconds).str();
  };
  say("passes took " + format(statistics.loweringSeconds));
  for (const CompiledObject &object : statistics.compiled)
    say("a part took " + format(object.seconds) + ", " +
        llvm::Twine(object.numBytes) + " bytes");
}

LogicalResult Run::readInputs() {
  llvm::Expected<SmallVector<Array>> made = makeInputs(
      function->getSignature(), {options.inputs, options.shapes, options.seed});
  if (!made)
    return report(made.takeError());
  inputs = std::move(*made);
  size_t numResults = function->getSignature().results.size();
  if (!options.expected.empty() &&
      options.expected.rbegin()->first >= numResults)
    return report(llvm::createStringError(
        "result #" + llvm::Twine(options.expected.rbegin()->first) +
        ": the function returns " + llvm::Twine(numResults) + " results"));
  return success();
}

LogicalResult Run::call() {
  // Before results take the place of inputs.
  if (options.timedCalls)
    if (llvm::Error error = timeCallsOf(options.timedCalls))
      return report(std::move(error));
  llvm::Expected<SmallVector<Array>> called =
      options.guardPages
          ? callBetweenGuards(*function, inputs)
          : callRepeatedly(*function, inputs, options.iterations);
  if (!called)
    return report(called.takeError());
  results = std::move(*called);
  printResults(llvm::outs(), results);
  return success();
}

LogicalResult Run::checkDerivatives() {
  OwningOpRef<ModuleOp> program = module.clone();
  if (failed(retypeToDouble(*program)))
    return failure();
  FailureOr<func::FuncOp> primal = findEntry(*program, options);
  FailureOr<func::FuncOp> request = addEntry(*program, options);
  if (failed(primal) || failed(request))
    return failure();
  FailureOr<CompiledFunction> value = compileFunction(*primal, options.compile);
  FailureOr<CompiledFunction> derivative =
      compileFunction(*request, options.compile);
  if (failed(value) || failed(derivative))
    return failure();
  SmallVector<int64_t> wrt = options.wrt;
  if (wrt.empty())
    wrt = getDifferentiableArguments(*primal);
  llvm::Expected<GradientReport> checked = checkGradient(
      {*value, *derivative, *options.derivative, wrt, inputs, options.seed});
  if (!checked)
    return report(checked.takeError());
  double tolerance = options.tolerance.value_or(kGradientTolerance);
  llvm::outs() << "gradient check: " << checked->numComparisons
               << " derivatives, largest error "
               << llvm::format("%.3g", checked->largestError) << ", tolerance "
               << llvm::format("%.3g", tolerance) << "\n";
  if (checked->largestError <= tolerance)
    return success();
  return report(llvm::createStringError("gradient check: " + checked->worst));
}

llvm::Error Run::timeCallsOf(unsigned repeats) {
  llvm::Expected<CallTimes> measured =
      timeCalls(*function, getPointers(inputs), repeats);
  if (!measured)
    return measured.takeError();
  times = *measured;
  return llvm::Error::success();
}

void Run::printTimes(unsigned repeats) {
  llvm::outs() << llvm::format("{\"median_s\": %.9g, \"min_s\": %.9g, "
                               "\"compile_s\": %.6g, \"cached\": %s, ",
                               times.median, times.smallest, compileSeconds,
                               statistics.isCached ? "true" : "false")
               << "\"repeats\": " << repeats << ", \"batch\": " << times.batch
               << ", \"workspace_bytes\": " << function->getWorkspaceSize()
               << ", \"allocations\": " << times.allocations.blocks
               << ", \"system_allocations\": " << times.allocations.fromSystem
               << ", \"threads\": " << options.threads << "}\n";
}

/// Times as many calls as each line of standard input says, until it ends.
LogicalResult Run::takeTurns() {
  llvm::outs().flush();
  for (char line[32]; std::fgets(line, sizeof(line), stdin);) {
    StringRef text = StringRef(line).trim();
    unsigned repeats;
    if (text.getAsInteger(10, repeats) || repeats == 0)
      return report(llvm::createStringError(
          "standard input: expected a positive number of calls, found '" +
          text + "'"));
    if (llvm::Error error = timeCallsOf(repeats))
      return report(std::move(error));
    printTimes(repeats);
    llvm::outs().flush();
  }
  return success();
}

LogicalResult Run::run() {
  // Compiled code is linked to the runtime library at once.
  if (options.threads > 1) {
    bindThreads(options.threads);
    if (llvm::Error error = setNumThreads(options.threads))
      return report(std::move(error));
  }
  if (failed(compile()) || failed(readInputs()))
    return failure();
  if (failed(call()))
    return failure();
  if (llvm::Error error = checkResults(llvm::outs(), results, options.expected,
                                       options.tolerance))
    return report(std::move(error));
  if (options.checkGradient && failed(checkDerivatives()))
    return failure();
  if (!options.output.empty())
    if (llvm::Error error = writeResults(options.output, results))
      return report(std::move(error));
  if (options.timedCalls)
    printTimes(options.timedCalls);
  return options.timeTurns ? takeTurns() : success();
}

static LogicalResult printStageOf(ModuleOp module, const RunOptions &options) {
  FailureOr<func::FuncOp> entry = addEntry(module, options);
  if (failed(entry))
    return failure();
  FailureOr<std::string> text =
      printStage(*entry, *options.printStage, options.compile);
  if (failed(text))
    return failure();
  llvm::outs() << *text;
  return success();
}

/// What was opened, or null, which is said: a run goes on without it.
template <typename Folder>
static std::unique_ptr<Folder>
orNothing(llvm::Expected<std::unique_ptr<Folder>> folder,
          const RunOptions &options) {
  if (folder)
    return std::move(*folder);
  std::string text = llvm::toString(folder.takeError());
  if (options.verbose)
    say(text);
  return nullptr;
}

/// The folder for compiled code, or null.
static std::unique_ptr<CacheFolder> openCache(const RunOptions &options) {
  std::string path = chooseCacheFolder(options.cache);
  if (path.empty() || options.printStage)
    return nullptr;
  return orNothing(CacheFolder::open(path), options);
}

/// The folder of tuned kernels, or null.
static std::unique_ptr<TuningFolder> openTuned(const RunOptions &options) {
  std::string path = chooseTuningFolder(options.cache);
  if (path.empty())
    return nullptr;
  return orNothing(TuningFolder::openExisting(path), options);
}

/// Removes what the two folders hold.
static llvm::Error clear(CacheFolder *cache, TuningFolder *tuned) {
  if (cache)
    if (llvm::Error error = cache->clear())
      return error;
  return tuned ? tuned->clear() : llvm::Error::success();
}

int main(int argc, char **argv) {
  llvm::errs().tie(&llvm::outs());
  llvm::Expected<RunOptions> options = parseCommandLine(argc, argv);
  if (!options)
    return failed(report(options.takeError()));
  std::unique_ptr<CacheFolder> folder = openCache(*options);
  std::unique_ptr<TuningFolder> tuned = openTuned(*options);
  if (options->clearCache)
    if (llvm::Error error = clear(folder.get(), tuned.get()))
      return failed(report(std::move(error)));
  if (options->file.empty())
    return 0;
  CodeCache cache(std::move(folder));
  options->compile.cache = &cache;
  options->compile.tuned = options->useTuned ? tuned.get() : nullptr;
  return failed(useProgram(options->file, report, [&](ModuleOp module) {
    return options->printStage ? printStageOf(module, *options)
                               : Run(*options, module).run();
  }));
}
