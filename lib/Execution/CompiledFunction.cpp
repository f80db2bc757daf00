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

llvm::Error CompiledFunction::call(ArrayRef<const Array *> inputs,
                                   MutableArrayRef<Array> results) const {
  if (llvm::Error error = checkInputs(inputs))
    return error;
  if (results.size() != signature->results.size())
    return llvm::createStringError(
        "expected " + llvm::Twine(signature->results.size()) +
        " results, found " + llvm::Twine(results.size()));
  FramePool::Lease frame(*frames);
  llvm::Expected<void **> arguments = frame->prepare(inputs, results);
  if (!arguments)
    return arguments.takeError();
  if (llvm::Error error = callWithChecks(entry, *arguments))
    return error;
  return frame->takeReturned(inputs, results);
}
