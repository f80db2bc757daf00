//===- CallViews.cpp - Calls on memory of others --------------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tensornet/Execution/CompiledFunction.h"

using namespace mlir;
using namespace mlir::tensornet;

static llvm::Error makeError(StringRef role, size_t number,
                             llvm::Error reason) {
  return llvm::createStringError(role + " #" + llvm::Twine(number) + " " +
                                 llvm::toString(std::move(reason)));
}

static llvm::Error checkViews(StringRef role, ArrayRef<ArrayView> views) {
  for (auto [number, view] : llvm::enumerate(views))
    if (llvm::Error error = view.check())
      return makeError(role, number, std::move(error));
  return llvm::Error::success();
}

/// An error unless each result has the type and memory of its own.
static llvm::Error checkResults(ArrayRef<ValueType> types,
                                ArrayRef<ArrayView> results) {
  if (results.size() != types.size())
    return llvm::createStringError("expected " + llvm::Twine(types.size()) +
                                   " results, found " +
                                   llvm::Twine(results.size()));
  if (llvm::Error error = checkViews("result", results))
    return error;
  for (auto [number, type] : llvm::enumerate(types)) {
    const ArrayView &view = results[number];
    if (!type.accepts(view.kind, view.shape))
      return llvm::createStringError("result #" + llvm::Twine(number) +
                                     ": expected " + formatValueType(type) +
                                     ", found " +
                                     formatArrayType(view.kind, view.shape));
  }
  if (!shareElements(results))
    return llvm::Error::success();
  for (size_t number = 0; number < results.size(); ++number) {
    if (shareElements(results[number]))
      return llvm::createStringError("elements of result #" +
                                     llvm::Twine(number) + " share memory");
    for (size_t other = 0; other < number; ++other)
      if (shareElements({results[other], results[number]}))
        return llvm::createStringError("results #" + llvm::Twine(other) +
                                       " and #" + llvm::Twine(number) +
                                       " share memory");
  }
  llvm_unreachable("results that share memory are one or two");
}

/// The array that a view is, without memory of its own.
static Array borrow(const ArrayView &view) {
  Array array;
  array.kind = view.kind;
  array.shape = view.shape;
  array.data =
      AlignedBuffer::borrow(view.data, *getDataSize(view.kind, view.shape));
  return array;
}

llvm::Error CompiledFunction::callViews(ArrayRef<ArrayView> inputs,
                                        ArrayRef<ArrayView> results) const {
  if (llvm::Error error = checkViews("input", inputs))
    return error;
  if (llvm::Error error = checkResults(signature->results, results))
    return error;
  SmallVector<Array> read, written(results.size());
  for (const ArrayView &view : inputs) {
    llvm::Expected<Array> array =
        view.isContiguous() ? borrow(view) : view.copy();
    if (!array)
      return array.takeError();
    read.push_back(std::move(*array));
  }
  // Code writes results before it has read all inputs.
  for (size_t number = 0; number < results.size(); ++number) {
    const ArrayView &view = results[number];
    if (view.isContiguous() && llvm::none_of(inputs, [&](const ArrayView &in) {
          return in.mayOverlap(view);
        }))
      written[number] = borrow(view);
  }
  auto pointers =
      llvm::map_to_vector(read, [](const Array &array) { return &array; });
  if (llvm::Error error = call(pointers, written))
    return error;
  for (auto [number, view] : llvm::enumerate(results)) {
    const Array &array = written[number];
    if (array.shape != view.shape)
      return llvm::createStringError(
          "result #" + llvm::Twine(number) + ": expected memory for " +
          formatArrayType(array.kind, array.shape) + ", found " +
          formatArrayType(view.kind, view.shape));
    if (array.data.data() != view.data)
      view.assign(array);
  }
  return llvm::Error::success();
}
