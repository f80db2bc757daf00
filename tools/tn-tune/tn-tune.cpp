//===- tn-tune.cpp - Find the fastest kernels -----------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Report.h"

#include "../DerivativeFlags.h"
#include "../OutputFile.h"
#include "../ProgramFile.h"
#include "tensornet/Execution/Runtime.h"

#include "mlir/AsmParser/AsmParser.h"

#include <csignal>

using namespace mlir;
using namespace mlir::tensornet;

/// Prints every error on a line of its own.
static LogicalResult report(llvm::Error error) {
  llvm::handleAllErrors(std::move(error), [](const llvm::ErrorInfoBase &info) {
    llvm::errs() << "tn-tune: error: " << info.message() << "\n";
  });
  return failure();
}

//===----------------------------------------------------------------------===//
// Interrupts
//===----------------------------------------------------------------------===//

static std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free,
              "a signal handler may set it");

/// The first signal ends the search, the second one the process.
static void interrupt(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

namespace {
/// One run of the tool on a parsed program.
class Tuner {
public:
  Tuner(const TuneOptions &options, TuningFolder *folder)
      : options(options), folder(folder),
        budget(options.seconds, options.trials, &interrupted) {}

  /// The whole run. Fails after reporting.
  LogicalResult run(func::FuncOp entry);

private:
  LogicalResult lower(func::FuncOp entry);
  LogicalResult tune(ProgramKernel kernel, unsigned numLeft);
  LogicalResult keep(const TuneEntry &entry);
  LogicalResult writeProgram();

  const TuneOptions &options;
  TuningFolder *folder;
  TuningBudget budget;
  /// In pairwise form.
  OwningOpRef<ModuleOp> program;
  /// On buffers, work in functions.
  OwningOpRef<ModuleOp> outlined;
  TuneReport report;
};
} // namespace

LogicalResult Tuner::lower(func::FuncOp entry) {
  FailureOr<OwningOpRef<ModuleOp>> pairwise =
      lowerFunction(entry, CpuStage::pairwise, options.compile);
  if (failed(pairwise))
    return failure();
  program = std::move(*pairwise);
  numberContractions(*program);
  outlined = program->clone();
  return lowerPairwise(*outlined, CpuStage::outlined, options.compile);
}

/// The kernel that an earlier run has left; null where there is none.
static KernelAttr findEarlier(const TuningFolder *folder,
                              ProgramKernel &kernel) {
  std::optional<std::string> text;
  if (folder)
    text = folder->find(kernel.signature);
  if (!text)
    return nullptr;
  MLIRContext *context = kernel.function.getContext();
  ScopedDiagnosticHandler silence(context,
                                  [](Diagnostic &) { return success(); });
  return dyn_cast_or_null<KernelAttr>(parseAttribute(*text, context));
}

LogicalResult Tuner::tune(ProgramKernel kernel, unsigned numLeft) {
  TuningBudget share = budget.share(numLeft);
  KernelSearchOptions search = options.search;
  search.start = findEarlier(folder, kernel);
  TuneEntry entry{std::move(kernel), std::nullopt};
  entry.found =
      searchKernel(entry.kernel.function, options.compile, search, share);
  if (entry.found)
    budget.takeTrials(entry.found->numTrials);
  if (failed(keep(entry)))
    return failure();
  if (!options.json) {
    printEntry(llvm::outs(), entry);
    llvm::outs().flush();
  }
  report.entries.push_back(std::move(entry));
  return success();
}

/// The choice that holds for all numbers of threads: what one thread has not
/// shared out is left to the cost model.
static KernelAttr generalize(KernelAttr kernel, unsigned threads) {
  KernelChoice choice = kernel.getValue();
  if (threads == 1)
    choice.distribute.reset();
  return KernelAttr::get(kernel.getContext(), choice);
}

LogicalResult Tuner::keep(const TuneEntry &entry) {
  if (!folder || !entry.found)
    return success();
  llvm::Error error = llvm::Error::success();
  if (entry.isFaster()) {
    std::string text;
    llvm::raw_string_ostream(text)
        << generalize(entry.found->tuned, options.threads);
    error = folder->store(entry.kernel.signature, text);
  } else if (!interrupted) {
    error = folder->remove(entry.kernel.signature);
  }
  if (error)
    return ::report(std::move(error));
  return success();
}

LogicalResult Tuner::writeProgram() {
  for (TuneEntry &entry : report.entries)
    if (entry.found)
      annotateContractions(*program, entry.kernel.function,
                           generalize(entry.found->tuned, options.threads));
  llvm::Error error = writeFile(
      options.output, [&](llvm::raw_ostream &os) { program->print(os); });
  return error ? ::report(std::move(error)) : success();
}

LogicalResult Tuner::run(func::FuncOp entry) {
  if (failed(lower(entry)))
    return failure();
  SmallVector<ProgramKernel> kernels =
      collectKernels(*outlined, options.compile.vectorWidth);
  if (folder)
    report.folder = folder->getPath().str();
  for (auto [number, kernel] : llvm::enumerate(kernels)) {
    if (budget.isSpent() && number > 0)
      break;
    if (failed(tune(kernel, kernels.size() - number)))
      return failure();
  }
  if (folder)
    for (const std::string &note : folder->takeNotes())
      llvm::errs() << "tn-tune: remark: " << note << "\n";
  report.seconds = budget.getElapsed();
  report.isInterrupted = interrupted;
  if (options.json)
    printJson(llvm::outs(), report);
  else
    printSummary(llvm::outs(), report);
  return options.output.empty() ? success() : writeProgram();
}

//===----------------------------------------------------------------------===//
// Around it
//===----------------------------------------------------------------------===//

/// The folder to keep kernels in, or null where none is wanted.
static llvm::Expected<std::unique_ptr<TuningFolder>>
openFolder(const TuneOptions &options) {
  std::string path = chooseTuningFolder(options.cache);
  if (path.empty())
    return nullptr;
  return TuningFolder::open(path);
}

static LogicalResult tune(ModuleOp module, const TuneOptions &options) {
  llvm::Expected<func::FuncOp> function = findFunction(module, options.entry);
  if (!function)
    return report(llvm::createStringError(
        options.file + ": " + llvm::toString(function.takeError())));
  FailureOr<func::FuncOp> entry =
      addDerivatives(*function, options.derivative, options.wrt);
  if (failed(entry))
    return failure();
  llvm::Expected<std::unique_ptr<TuningFolder>> folder = openFolder(options);
  if (!folder)
    return report(folder.takeError());
  // Compiled code is linked to the runtime library at once.
  if (options.threads > 1)
    if (llvm::Error error = setNumThreads(options.threads))
      return report(std::move(error));
  for (int signal : {SIGINT, SIGTERM})
    std::signal(signal, interrupt);
  return Tuner(options, folder->get()).run(*entry);
}

int main(int argc, char **argv) {
  llvm::errs().tie(&llvm::outs());
  llvm::Expected<TuneOptions> options = parseCommandLine(argc, argv);
  if (!options)
    return failed(report(options.takeError()));
  return failed(useProgram(options->file, report, [&](ModuleOp module) {
    return tune(module, *options);
  }));
}
