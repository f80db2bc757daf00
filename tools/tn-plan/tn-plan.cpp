//===- tn-plan.cpp - Plan the order of contractions -----------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Plan.h"
#include "Progress.h"

#include "../OutputFile.h"
#include "tensornet/Analysis/MachineCalibration.h"
#include "tensornet/Networks/Generators.h"
#include "tensornet/Networks/NetworkJson.h"

#include <chrono>
#include <cmath>
#include <csignal>

using namespace mlir::tensornet;

/// Writes the network that --generate asks for.
static llvm::Error generate(const PlanOptions &options) {
  if (*options.generate == "help") {
    printGenerators(llvm::outs());
    return llvm::Error::success();
  }
  llvm::Expected<NamedNetwork> network = generateNetwork(*options.generate);
  if (!network)
    return llvm::createStringError("--generate: " +
                                   llvm::toString(network.takeError()));
  return writeFile(options.output, [&](llvm::raw_ostream &os) {
    writeNetworkJson(*network, os);
  });
}

/// Set when the user asks to stop.
static std::atomic<bool> interrupted(false);

/// The first interrupt ends the search, the second the process.
static void handleInterrupt(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);
}

/// The error that a memory limit was not met.
static llvm::Error makeLimitError(const Plan &plan, double limit) {
  std::string why = interrupted
                        ? "interrupted before slices were found that keep "
                        : "no slices were found that keep ";
  llvm::raw_string_ostream(why)
      << "what is alive within " << formatCount(std::log10(limit))
      << " elements; the result has "
      << formatCount(getLog2NumPoints(plan.graph, plan.graph.getOutput()) *
                     std::log10(2.0));
  return llvm::createStringError("--memory-limit: " + why);
}

/// Finds tree and slices for the network of `plan`; an error where the memory
/// limit was not met.
static llvm::Error search(Plan &plan, SearchOptions options) {
  ProgressLine line(options.objective);
  options.progress = [&](const SearchProgress &progress) {
    plan.trials = progress.trials;
    line.show(progress);
  };
  options.interrupt = &interrupted;
  auto start = std::chrono::steady_clock::now();
  std::optional<SlicedTree> found =
      findSlicedTree(plan.graph, options, &plan.summary);
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  plan.seconds = elapsed.count();
  if (!found)
    return makeLimitError(plan, *options.memoryLimit);
  if (options.strategy == SearchStrategy::Exact &&
      plan.summary.strategy != SearchStrategy::Exact)
    llvm::errs() << "tn-plan: remark: exact search takes up to "
                 << kMaxExactLeaves << " tensors; this plan is of strategy "
                 << getName(plan.summary.strategy) << "\n";
  plan.tree = std::move(found->tree);
  plan.sliced = std::move(found->sliced);
  return llvm::Error::success();
}

/// Computes what the plan costs.
static void measure(Plan &plan) {
  plan.slice = plan.graph;
  for (IndexId index : plan.sliced)
    plan.slice.setExtent(index, 1);
  plan.cost = computeLogCost(plan.graph, plan.tree, plan.sliced, plan.machine);
  plan.costUnsliced = computeLogCost(plan.graph, plan.tree);
  plan.costAsWritten = computeLogCost(
      plan.graph, ContractionTree::getLeftToRight(plan.graph.getNumLeaves()));
}

static llvm::Error run(int argc, char **argv) {
  llvm::Expected<PlanOptions> options = parseCommandLine(argc, argv);
  if (!options)
    return options.takeError();
  if (options->generate)
    return generate(*options);
  llvm::Expected<NamedNetwork> network = readNetwork(*options);
  if (!network)
    return network.takeError();
  std::signal(SIGINT, handleInterrupt);
  Plan plan;
  plan.graph = network->getGraph();
  plan.network = std::move(*network);
  if (llvm::Error error = setActiveLeaves(options->active, plan.graph))
    return error;
  plan.objective = options->search.objective;
  if (plan.objective == SearchObjective::Machine)
    plan.machine = getHostMachine();
  options->search.machine = plan.machine;
  if (llvm::Error error = search(plan, options->search))
    return error;
  measure(plan);
  if (options->json)
    printJson(plan, llvm::outs());
  else
    printTable(plan, llvm::outs());
  return options->draw.empty() ? llvm::Error::success()
                               : drawTree(plan, options->draw);
}

/// The exit status that shells give for an interrupt.
constexpr int kInterruptedStatus = 128 + SIGINT;

int main(int argc, char **argv) {
  if (llvm::Error error = run(argc, argv)) {
    llvm::errs() << "tn-plan: error: " << llvm::toString(std::move(error))
                 << "\n";
    return 1;
  }
  if (!interrupted)
    return 0;
  llvm::errs() << "tn-plan: interrupted: the plan is the best so far\n";
  return kInterruptedStatus;
}
