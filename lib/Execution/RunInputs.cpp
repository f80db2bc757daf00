//===- RunInputs.cpp - The inputs of a run --------------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/RunInputs.h"
#include "tensornet/Execution/ArrayFiles.h"
#include "tensornet/Execution/RandomArray.h"

using namespace mlir;
using namespace mlir::tensornet;

/// "input #2: message"
static llvm::Error atInput(unsigned number, const llvm::Twine &message) {
  return llvm::createStringError("input #" + llvm::Twine(number) + ": " +
                                 message);
}

template <typename Value>
static llvm::Error checkNumbers(const std::map<unsigned, Value> &values,
                                size_t numInputs) {
  if (!values.empty() && values.rbegin()->first >= numInputs)
    return atInput(values.rbegin()->first,
                   "the function takes " + llvm::Twine(numInputs) + " inputs");
  return llvm::Error::success();
}

/// The shape of a random or read input: what the type says, made static by a
/// given shape.
static llvm::Expected<SmallVector<int64_t>>
getShape(unsigned number, const ValueType &type, const InputSources &sources) {
  auto given = sources.shapes.find(number);
  if (given == sources.shapes.end())
    return type.shape;
  if (!type.accepts(type.kind, given->second))
    return llvm::createStringError("expected a shape of type " +
                                   formatValueType(type) + ", found " +
                                   formatArrayType(type.kind, given->second));
  return given->second;
}

static llvm::Expected<Array> makeInput(unsigned number, const ValueType &type,
                                       const InputSources &sources) {
  llvm::Expected<SmallVector<int64_t>> shape = getShape(number, type, sources);
  if (!shape)
    return shape.takeError();
  auto file = sources.files.find(number);
  if (file != sources.files.end())
    return readArray(file->second, type.kind, *shape);
  if (ShapedType::isDynamicShape(*shape))
    return llvm::createStringError("type " + formatValueType(type) +
                                   " needs --shape or --input");
  RandomStream stream(sources.seed, number);
  return makeRandomArray(type.kind, *shape, stream);
}

llvm::Expected<SmallVector<Array>>
mlir::tensornet::makeInputs(const Signature &signature,
                            const InputSources &sources) {
  size_t numInputs = signature.inputs.size();
  if (llvm::Error error = checkNumbers(sources.files, numInputs))
    return std::move(error);
  if (llvm::Error error = checkNumbers(sources.shapes, numInputs))
    return std::move(error);
  SmallVector<Array> inputs;
  for (auto [number, type] : llvm::enumerate(signature.inputs)) {
    llvm::Expected<Array> input = makeInput(number, type, sources);
    if (!input)
      return atInput(number, llvm::toString(input.takeError()));
    inputs.push_back(std::move(*input));
  }
  return inputs;
}
