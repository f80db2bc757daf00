//===- KernelSearch.cpp - Search for fast kernels -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Tuning/KernelSearch.h"
#include "tensornet/Tuning/KernelNeighbours.h"

using namespace mlir;
using namespace mlir::tensornet;

/// Less than this part of the time of another kernel is clearly faster.
constexpr double kClearly = 0.98;
/// Of many kernels, those within this part of the best are timed with care.
constexpr double kPromising = 1.1;
constexpr size_t kMostPromising = 5;
constexpr unsigned kQuickRounds = 2;
/// Of what is told and kept, even if nothing is left of the budget.
constexpr unsigned kMinRounds = 3;

namespace {
/// A kernel, and its code.
struct Candidate {
  KernelAttr kernel;
  TimedKernel code;
};

/// A walk from kernel to kernel.
class Search {
public:
  Search(func::FuncOp function, const CompileOptions &compile,
         const KernelSearchOptions &options, TuningBudget budget,
         KernelOperands &operands)
      : function(function), compile(compile), options(options), budget(budget),
        operands(operands) {}

  std::optional<KernelSearchResult> run();

private:
  std::shared_ptr<Candidate> make(KernelAttr kernel);
  std::vector<double> time(ArrayRef<std::shared_ptr<Candidate>> candidates,
                           unsigned rounds, unsigned minRounds = 1) const;
  void keepPromising(std::vector<std::shared_ptr<Candidate>> &candidates);
  bool isRight(const Candidate &candidate);
  /// Goes to the best of `candidates`, the first of which is the current one;
  /// false where no other one is clearly faster and right.
  bool moveTo(std::vector<std::shared_ptr<Candidate>> candidates);
  /// Goes to the best neighbour; false where none is clearly faster.
  bool step();

  func::FuncOp function;
  const CompileOptions &compile;
  const KernelSearchOptions &options;
  TuningBudget budget;
  KernelOperands &operands;
  std::shared_ptr<Candidate> current;
  std::vector<Array> expected;
  /// Choices that were tried.
  SmallVector<KernelAttr> seen;
  KernelSearchResult result;
};
} // namespace

/// Null where the kernel is impossible or was seen before.
std::shared_ptr<Candidate> Search::make(KernelAttr kernel) {
  std::optional<KernelProgram> program =
      KernelProgram::make(function, kernel, compile);
  if (!program || llvm::is_contained(seen, program->kernel))
    return nullptr;
  seen.push_back(program->kernel);
  KernelAttr whole = program->kernel;
  std::optional<TimedKernel> code = TimedKernel::compile(*program, compile);
  if (!code)
    return nullptr;
  return std::make_shared<Candidate>(Candidate{whole, std::move(*code)});
}

std::vector<double>
Search::time(ArrayRef<std::shared_ptr<Candidate>> candidates, unsigned rounds,
             unsigned minRounds) const {
  SmallVector<const TimedKernel *> kernels;
  for (const std::shared_ptr<Candidate> &candidate : candidates)
    kernels.push_back(&candidate->code);
  return timeInTurns(kernels, operands, rounds, budget, minRounds);
}

/// Leaves the first of `candidates`, and the fastest of the others.
void Search::keepPromising(
    std::vector<std::shared_ptr<Candidate>> &candidates) {
  if (candidates.size() <= 2)
    return;
  std::vector<double> seconds = time(candidates, kQuickRounds);
  SmallVector<size_t> order =
      llvm::to_vector(llvm::seq<size_t>(1, candidates.size()));
  llvm::stable_sort(
      order, [&](size_t a, size_t b) { return seconds[a] < seconds[b]; });
  std::vector<std::shared_ptr<Candidate>> kept = {candidates[0]};
  for (size_t number : order)
    if (kept.size() <= kMostPromising &&
        seconds[number] <= kPromising * seconds[order[0]])
      kept.push_back(candidates[number]);
  candidates = std::move(kept);
}

bool Search::isRight(const Candidate &candidate) {
  operands.reset();
  candidate.code.time(operands, 1);
  bool isSame = operands.agreesWith(expected);
  result.numWrong += !isSame;
  return isSame;
}

bool Search::step() {
  ContractIntoOp op = *function.getOps<ContractIntoOp>().begin();
  std::vector<std::shared_ptr<Candidate>> candidates = {current};
  for (const KernelChoice &choice :
       getNeighbours(current->kernel.getValue(),
                     cpu::getKernelVectorLength(op, compile.vectorWidth),
                     compile.parallel)) {
    if (budget.isSpent())
      break;
    auto candidate = make(KernelAttr::get(function.getContext(), choice));
    if (!candidate)
      continue;
    budget.takeTrials(1);
    ++result.numTrials;
    candidates.push_back(std::move(candidate));
  }
  keepPromising(candidates);
  return moveTo(std::move(candidates));
}

bool Search::moveTo(std::vector<std::shared_ptr<Candidate>> candidates) {
  std::vector<double> seconds = time(candidates, options.rounds);
  while (true) {
    size_t best = llvm::min_element(seconds) - seconds.begin();
    if (best == 0 || seconds[best] >= kClearly * seconds[0])
      return false;
    if (isRight(*candidates[best])) {
      current = candidates[best];
      return true;
    }
    candidates.erase(candidates.begin() + best);
    seconds.erase(seconds.begin() + best);
  }
}

std::optional<KernelSearchResult> Search::run() {
  std::shared_ptr<Candidate> model = make(nullptr);
  if (!model)
    return std::nullopt;
  operands.reset();
  model->code.time(operands, 1);
  llvm::Expected<std::vector<Array>> values = operands.copyResults();
  if (!values)
    return consumeError(values.takeError()), std::nullopt;
  expected = std::move(*values);
  current = model;
  if (options.start)
    if (std::shared_ptr<Candidate> start = make(options.start))
      moveTo({model, start});
  for (unsigned taken = 0; taken < options.steps && !budget.isSpent(); ++taken)
    if (!step())
      break;
  result.model = result.tuned = model->kernel;
  if (current == model) {
    result.modelSeconds = time({model}, options.rounds, kMinRounds)[0];
    result.tunedSeconds = result.modelSeconds;
    return result;
  }
  // The best of many is best partly by chance: both once more.
  std::vector<double> seconds =
      time({model, current}, 3 * options.rounds, kMinRounds);
  result.modelSeconds = result.tunedSeconds = seconds[0];
  if (seconds[1] < kClearly * seconds[0]) {
    result.tuned = current->kernel;
    result.tunedSeconds = seconds[1];
  }
  return result;
}

std::optional<KernelSearchResult> mlir::tensornet::searchKernel(
    func::FuncOp function, const CompileOptions &compile,
    const KernelSearchOptions &options, TuningBudget budget) {
  std::optional<KernelOperands> operands = KernelOperands::allocate(function);
  if (!operands)
    return std::nullopt;
  return Search(function, compile, options, budget, *operands).run();
}
