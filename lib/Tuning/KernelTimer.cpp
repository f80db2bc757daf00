//===- KernelTimer.cpp - Timing of single kernels -------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Tuning/KernelTimer.h"
#include "tensornet/Codegen/CPU/Passes.h"
#include "tensornet/Execution/Runtime.h"

#include "mlir/Pass/PassManager.h"

#include <chrono>

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// No function of the C library has this name.
constexpr StringLiteral kName = "tensornet.tuned";

std::optional<KernelProgram>
KernelProgram::make(func::FuncOp function, KernelAttr kernel,
                    const CompileOptions &options) {
  MLIRContext *context = function.getContext();
  ScopedDiagnosticHandler silence(context,
                                  [](Diagnostic &) { return success(); });
  KernelProgram program;
  program.module = ModuleOp::create(UnknownLoc::get(context));
  auto copy = function.clone();
  copy.setName(kName);
  copy.setPublic();
  copy->removeAttr("llvm.linkage");
  copy->setAttr("llvm.emit_c_interface", UnitAttr::get(context));
  program.module->push_back(copy);
  ContractIntoOp op = *copy.getOps<ContractIntoOp>().begin();
  if (kernel)
    op.setKernelAttr(kernel);
  PassManager passes(context);
  passes.enableVerifier(false);
  TensorNetChooseKernelsOptions choose;
  choose.vectorWidth = options.vectorWidth;
  choose.parallel = options.parallel;
  choose.matrixUnit = options.matrixUnit;
  passes.addPass(createTensorNetChooseKernels(choose));
  if (failed(passes.run(*program.module)) || !op.getKernelAttr())
    return std::nullopt;
  program.kernel = op.getKernelAttr();
  return program;
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

std::optional<TimedKernel> TimedKernel::compile(KernelProgram &program,
                                                const CompileOptions &options) {
  ScopedDiagnosticHandler silence(program.module->getContext(),
                                  [](Diagnostic &) { return success(); });
  if (failed(lowerOutlined(*program.module, CpuStage::llvm, options)))
    return std::nullopt;
  CompileStatistics statistics;
  llvm::Expected<ProgramCode> code = compileProgram(
      *program.module, kName, options.jit, options.cache, statistics);
  if (!code)
    return consumeError(code.takeError()), std::nullopt;
  llvm::Expected<LinkedProgram> linked = linkProgram(*code);
  if (!linked)
    return consumeError(linked.takeError()), std::nullopt;
  TimedKernel kernel;
  kernel.program = std::move(*linked);
  WorkspaceSizes sizes = kernel.program.workspaces;
  for (auto [buffer, size] :
       {std::pair(&kernel.shared, sizes.shared),
        {&kernel.perThread, sizes.perThread * getNumThreads()}}) {
    llvm::Expected<AlignedBuffer> memory = AlignedBuffer::allocate(size);
    if (!memory)
      return consumeError(memory.takeError()), std::nullopt;
    *buffer = std::move(*memory);
  }
  return kernel;
}

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

namespace {
/// The argument that a workspace is.
struct WorkspaceArgument {
  explicit WorkspaceArgument(const AlignedBuffer &buffer)
      : descriptor{reinterpret_cast<intptr_t>(buffer.data()),
                   reinterpret_cast<intptr_t>(buffer.data()), 0,
                   static_cast<int64_t>(buffer.size()), 1} {}

  int64_t descriptor[5];
  void *pointer = descriptor;
};
} // namespace

double TimedKernel::time(const KernelOperands &operands,
                         unsigned numCalls) const {
  WorkspaceArgument first(shared), second(perThread);
  SmallVector<void *> arguments(operands.getArguments());
  if (program.workspaces.shared)
    arguments.push_back(&first.pointer);
  if (program.workspaces.perThread)
    arguments.push_back(&second.pointer);
  auto start = std::chrono::steady_clock::now();
  for (unsigned call = 0; call < numCalls; ++call)
    program.entry(arguments.data());
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  return elapsed.count() / numCalls;
}

/// A turn takes about this many seconds, or one call.
constexpr double kTurn = 2e-3;

static double getMedian(std::vector<double> &values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<double>
mlir::tensornet::timeInTurns(ArrayRef<const TimedKernel *> kernels,
                             const KernelOperands &operands, unsigned rounds,
                             const TuningBudget &budget, unsigned minRounds) {
  std::vector<unsigned> numCalls;
  for (const TimedKernel *kernel : kernels) {
    // The first call finds its memory and its code.
    double seconds = kernel->time(operands, 1);
    if (seconds < kTurn)
      seconds = std::max(kernel->time(operands, 1), 1e-8);
    numCalls.push_back(std::max(1u, static_cast<unsigned>(kTurn / seconds)));
  }
  std::vector<std::vector<double>> times(kernels.size());
  for (unsigned round = 0;
       round < rounds && (round < minRounds || !budget.isSpent()); ++round)
    for (auto [number, kernel] : llvm::enumerate(kernels))
      times[number].push_back(kernel->time(operands, numCalls[number]));
  std::vector<double> result;
  for (std::vector<double> &values : times)
    result.push_back(getMedian(values));
  return result;
}
