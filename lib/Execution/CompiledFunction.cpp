//===- CompiledFunction.cpp - A function in machine code ------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/CompiledFunction.h"
#include "CallFrame.h"
#include "tensornet/Execution/Runtime.h"

#include "mlir/ExecutionEngine/ExecutionEngine.h"

using namespace mlir;
using namespace mlir::tensornet;

CompiledFunction::CompiledFunction(std::unique_ptr<ExecutionEngine> engine,
                                   void (*entry)(void **), Signature signature)
    : engine(std::move(engine)), entry(entry), signature(std::move(signature)) {
}
CompiledFunction::CompiledFunction(CompiledFunction &&other) = default;
CompiledFunction &
CompiledFunction::operator=(CompiledFunction &&other) = default;
CompiledFunction::~CompiledFunction() = default;

llvm::Error
CompiledFunction::checkInputs(ArrayRef<const Array *> inputs) const {
  if (inputs.size() != signature.inputs.size())
    return llvm::createStringError(
        "expected " + llvm::Twine(signature.inputs.size()) + " inputs, found " +
        llvm::Twine(inputs.size()));
  for (auto [number, type] : llvm::enumerate(signature.inputs)) {
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
  if (llvm::Error error = checkInputs(inputs))
    return std::move(error);
  CallFrame frame(signature, inputs);
  llvm::Expected<void **> arguments = frame.pack();
  if (!arguments)
    return arguments.takeError();
  if (llvm::Error error = callWithChecks(entry, *arguments))
    return std::move(error);
  return frame.takeResults();
}
