//===- CompiledFunction.cpp - A function in machine code ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/CompiledFunction.h"
#include "FramePool.h"
#include "tensornet/Execution/LinkedCode.h"
#include "tensornet/Execution/Runtime.h"

using namespace mlir;
using namespace mlir::tensornet;

CompiledFunction::CompiledFunction(std::unique_ptr<LinkedCode> code,
                                   void (*entry)(void **), Signature signature,
                                   WorkspaceSizes sizes)
    : code(std::move(code)), entry(entry),
      signature(std::make_unique<Signature>(std::move(signature))),
      frames(std::make_unique<FramePool>(*this->signature, sizes)) {}
CompiledFunction::CompiledFunction(CompiledFunction &&other) = default;
CompiledFunction &
CompiledFunction::operator=(CompiledFunction &&other) = default;
CompiledFunction::~CompiledFunction() = default;

uint64_t CompiledFunction::getWorkspaceSize() const {
  WorkspaceSizes sizes = frames->getSizes();
  return sizes.shared + sizes.perThread * getNumThreads();
}

llvm::Error
CompiledFunction::checkInputs(ArrayRef<const Array *> inputs) const {
  if (inputs.size() != signature->inputs.size())
    return llvm::createStringError(
        "expected " + llvm::Twine(signature->inputs.size()) +
        " inputs, found " + llvm::Twine(inputs.size()));
  for (auto [number, type] : llvm::enumerate(signature->inputs)) {
    const Array &array = *inputs[number];
    if (!type.accepts(array.kind, array.shape))
      return llvm::createStringError("input #" + llvm::Twine(number) +
                                     ": expected " + formatValueType(type) +
                                     ", found " +
                                     formatArrayType(array.kind, array.shape));
  }
  return llvm::Error::success();
}

llvm::Expected<SmallVector<Array>>
CompiledFunction::call(ArrayRef<const Array *> inputs) const {
  SmallVector<Array> results(signature->results.size());
  if (llvm::Error error = call(inputs, results))
    return std::move(error);
  return results;
}

llvm::Error
CompiledFunction::checkArguments(ArrayRef<const Array *> inputs,
                                 MutableArrayRef<Array> results) const {
  if (llvm::Error error = checkInputs(inputs))
    return error;
  if (results.size() != signature->results.size())
    return llvm::createStringError(
        "expected " + llvm::Twine(signature->results.size()) +
        " results, found " + llvm::Twine(results.size()));
  return llvm::Error::success();
}

llvm::Error CompiledFunction::call(ArrayRef<const Array *> inputs,
                                   MutableArrayRef<Array> results) const {
  if (llvm::Error error = checkArguments(inputs, results))
    return error;
  FramePool::Lease frame(*frames);
  llvm::Expected<void **> arguments = frame->prepare(inputs, results);
  if (!arguments)
    return arguments.takeError();
  if (llvm::Error error =
          callWithChecks(entry, *arguments, frames->getNumLoops()))
    return error;
  return frame->takeReturned(inputs, results);
}

//===----------------------------------------------------------------------===//
// Calls with fixed arguments
//===----------------------------------------------------------------------===//

struct BoundCall::State {
  State(FramePool &frames, void (*entry)(void **),
        ArrayRef<const Array *> inputs, MutableArrayRef<Array> results)
      : frame(frames), numLoops(frames.getNumLoops()), entry(entry),
        inputs(inputs), results(results),
        hasThreads(frames.getSizes().perThread > 0) {}

  FramePool::Lease frame;
  std::atomic<unsigned> &numLoops;
  void (*entry)(void **);
  SmallVector<const Array *> inputs;
  MutableArrayRef<Array> results;
  void **arguments = nullptr;
  bool hasThreads;
};

BoundCall::BoundCall(std::unique_ptr<State> state) : state(std::move(state)) {}
BoundCall::BoundCall(BoundCall &&other) = default;
BoundCall &BoundCall::operator=(BoundCall &&other) = default;
BoundCall::~BoundCall() = default;

llvm::Error BoundCall::operator()() {
  // The number of threads may have changed since.
  if (state->hasThreads)
    if (llvm::Error error = state->frame->provideWorkspaces())
      return error;
  if (llvm::Error error =
          callWithChecks(state->entry, state->arguments, state->numLoops))
    return error;
  return state->frame->takeReturned(state->inputs, state->results);
}

llvm::Expected<BoundCall>
CompiledFunction::bind(ArrayRef<const Array *> inputs,
                       MutableArrayRef<Array> results) const {
  if (llvm::Error error = checkArguments(inputs, results))
    return std::move(error);
  auto state =
      std::make_unique<BoundCall::State>(*frames, entry, inputs, results);
  llvm::Expected<void **> arguments = state->frame->prepare(inputs, results);
  if (!arguments)
    return arguments.takeError();
  state->arguments = *arguments;
  return BoundCall(std::move(state));
}
