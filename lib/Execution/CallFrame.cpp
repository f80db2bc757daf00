//===- CallFrame.cpp - Arguments and results of a call --------------------===//
//
// Part of the tensornet project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CallFrame.h"
#include "tensornet/Execution/Runtime.h"

#include <cstring>

using namespace mlir;
using namespace mlir::tensornet;

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

/// The number of words of a memref descriptor.
static uint64_t getDescriptorSize(const ValueType &type) {
  return 3 + 2 * type.shape.size();
}

/// The alignment of a returned value, whose size is a multiple of it.
static uint64_t getReturnAlignment(const ValueType &type) {
  if (type.isTensor)
    return sizeof(int64_t);
  unsigned width = getByteWidth(type.kind);
  return isComplexKind(type.kind) ? width / 2 : width;
}

ReturnLayout::ReturnLayout(const Signature &signature)
    : usesDestinations(
          llvm::all_of(signature.results,
                       [](const ValueType &type) { return type.isStatic(); })) {
  bool hasAggregate = false;
  for (auto [number, type] : llvm::enumerate(signature.results)) {
    if (usesDestinations && type.isTensor)
      continue;
    hasAggregate |= type.isTensor || isComplexKind(type.kind);
    uint64_t offset = llvm::alignTo(size, getReturnAlignment(type));
    fields.push_back({static_cast<unsigned>(number), offset});
    size = offset + (type.isTensor ? getDescriptorSize(type) * sizeof(int64_t)
                                   : getByteWidth(type.kind));
  }
  isThroughPointer = hasAggregate || fields.size() > 1;
}

//===----------------------------------------------------------------------===//
// What is the same in every call
//===----------------------------------------------------------------------===//

CallFrame::CallFrame(const Signature &signature, const ReturnLayout &layout,
                     WorkspaceSizes sizes)
    : signature(signature), layout(layout), sizes(sizes) {
  returned.resize(llvm::divideCeil(layout.size, sizeof(int64_t)));
  addDescriptors();
  addArguments();
}

/// Writes the strides of an array of C order of `shape`.
static void setStrides(ArrayRef<int64_t> shape, int64_t *strides) {
  int64_t stride = 1;
  for (size_t dim = shape.size(); dim-- > 0;) {
    strides[dim] = stride;
    stride *= shape[dim];
  }
}

size_t CallFrame::addDescriptor(ArrayRef<int64_t> shape) {
  size_t place = words.size();
  words.append(3, 0);
  llvm::append_range(words, shape);
  words.append(shape.size(), 1);
  if (!ShapedType::isDynamicShape(shape))
    setStrides(shape, words.end() - shape.size());
  return place;
}

void CallFrame::addDescriptors() {
  for (const ValueType &type : signature.inputs)
    inputPlaces.push_back(type.isTensor ? addDescriptor(type.shape) : kNone);
  for (const ValueType &type : signature.results)
    resultPlaces.push_back(type.isTensor && layout.usesDestinations
                               ? addDescriptor(type.shape)
                               : kNone);
  if (sizes.shared)
    workspacePlace = addDescriptor({static_cast<int64_t>(sizes.shared)});
  if (sizes.perThread)
    threadPlace = addDescriptor({0});
}

void CallFrame::addArguments() {
  // A memref is passed as the address of its descriptor; its packed argument
  // is where that address stands.
  pointers.reserve(3 + signature.inputs.size() + signature.results.size());
  auto addPointer = [&](void *pointer) {
    pointers.push_back(pointer);
    arguments.push_back(&pointers.back());
  };
  auto addDescriptors = [&](ArrayRef<size_t> places) {
    for (size_t place : places)
      if (place != kNone)
        addPointer(&words[place]);
  };
  if (layout.isThroughPointer)
    addPointer(returned.data());
  firstInput = arguments.size();
  for (size_t place : inputPlaces) {
    if (place == kNone)
      arguments.push_back(nullptr);
    else
      addPointer(&words[place]);
  }
  addDescriptors(resultPlaces);
  addDescriptors({workspacePlace, threadPlace});
  if (!layout.isThroughPointer)
    arguments.push_back(returned.data());
}

//===----------------------------------------------------------------------===//
// Before the call
//===----------------------------------------------------------------------===//

void CallFrame::describe(size_t place, const ValueType &type,
                         const Array &array) {
  auto address = reinterpret_cast<intptr_t>(array.data.data());
  words[place] = words[place + 1] = address;
  if (type.isStatic())
    return;
  int64_t *shape = &words[place + 3];
  llvm::copy(array.shape, shape);
  setStrides(array.shape, shape + array.shape.size());
}

/// Gives `array` memory for a value of static `type`, unless it has it.
static llvm::Error provide(const ValueType &type, Array &array) {
  if (array.data.data() && array.kind == type.kind && array.shape == type.shape)
    return llvm::Error::success();
  llvm::Expected<Array> made = Array::allocate(type.kind, type.shape);
  if (!made)
    return made.takeError();
  array = std::move(*made);
  return llvm::Error::success();
}

llvm::Error CallFrame::provideResults(ArrayRef<const Array *> inputs,
                                      MutableArrayRef<Array> results) {
  for (auto [number, type] : llvm::enumerate(signature.results)) {
    for (auto [other, input] : llvm::enumerate(inputs))
      if (input == &results[number])
        return llvm::createStringError("result #" + llvm::Twine(number) +
                                       " and input #" + llvm::Twine(other) +
                                       " are one array");
    if (!type.isTensor || !layout.usesDestinations)
      continue;
    if (llvm::Error error = provide(type, results[number]))
      return error;
    describe(resultPlaces[number], type, results[number]);
  }
  return llvm::Error::success();
}

llvm::Error CallFrame::provideWorkspaces() {
  auto provide = [&](AlignedBuffer &buffer, uint64_t size,
                     size_t place) -> llvm::Error {
    if (buffer.size() < size) {
      buffer = AlignedBuffer();
      llvm::Expected<AlignedBuffer> made = AlignedBuffer::allocate(size);
      if (!made)
        return llvm::createStringError(
            std::make_error_code(std::errc::not_enough_memory),
            llvm::toString(made.takeError()) +
                " for the intermediates of the function");
      buffer = std::move(*made);
    }
    words[place] = words[place + 1] = reinterpret_cast<intptr_t>(buffer.data());
    words[place + 3] = static_cast<int64_t>(size);
    return llvm::Error::success();
  };
  if (workspacePlace != kNone)
    if (llvm::Error error = provide(workspace, sizes.shared, workspacePlace))
      return error;
  if (threadPlace == kNone)
    return llvm::Error::success();
  bool overflows = false;
  uint64_t size = llvm::SaturatingMultiply<uint64_t>(
      sizes.perThread, getNumThreads(), &overflows);
  return provide(threadWorkspace, size, threadPlace);
}

llvm::Expected<void **> CallFrame::prepare(ArrayRef<const Array *> inputs,
                                           MutableArrayRef<Array> results) {
  if (llvm::Error error = provideWorkspaces())
    return std::move(error);
  if (llvm::Error error = provideResults(inputs, results))
    return std::move(error);
  for (auto [number, type] : llvm::enumerate(signature.inputs)) {
    const Array &array = *inputs[number];
    if (type.isTensor)
      describe(inputPlaces[number], type, array);
    else
      arguments[firstInput + number] =
          const_cast<std::byte *>(array.data.data());
  }
  return arguments.data();
}

//===----------------------------------------------------------------------===//
// After the call
//===----------------------------------------------------------------------===//

llvm::Error CallFrame::takeScalar(const ValueType &type, const char *bytes,
                                  Array &result) {
  if (llvm::Error error = provide(type, result))
    return error;
  std::memcpy(result.data.data(), bytes, result.data.size());
  return llvm::Error::success();
}

llvm::Expected<Array> CallFrame::takeTensor(const ValueType &type,
                                            const int64_t *descriptor,
                                            ArrayRef<const Array *> inputs) {
  size_t rank = type.shape.size();
  int64_t allocated = descriptor[0], aligned = descriptor[1];
  int64_t offset = descriptor[2], width = getByteWidth(type.kind);
  ArrayRef<int64_t> sizes(descriptor + 3, rank);
  ArrayRef<int64_t> strides(descriptor + 3 + rank, rank);
  ArrayView view;
  view.kind = type.kind;
  view.data = reinterpret_cast<std::byte *>(aligned) + offset * width;
  view.shape.assign(sizes.begin(), sizes.end());
  for (int64_t stride : strides)
    view.strides.push_back(stride * width);

  bool isOwned =
      !llvm::is_contained(taken, allocated) &&
      llvm::none_of(inputs, [&](const Array *input) {
        return reinterpret_cast<intptr_t>(input->data.data()) == allocated;
      });
  taken.push_back(allocated);
  if (isOwned && allocated == aligned && offset == 0 && view.isContiguous()) {
    Array array;
    array.kind = type.kind;
    array.shape = view.shape;
    array.data = AlignedBuffer::adopt(reinterpret_cast<void *>(allocated),
                                      *getDataSize(type.kind, sizes));
    return array;
  }
  llvm::Expected<Array> array = view.copy();
  if (isOwned)
    freeTensorMemory(reinterpret_cast<void *>(allocated));
  return array;
}

llvm::Error CallFrame::takeReturned(ArrayRef<const Array *> inputs,
                                    MutableArrayRef<Array> results) {
  taken.clear();
  for (ReturnLayout::Field field : layout.fields) {
    const ValueType &type = signature.results[field.result];
    const char *bytes =
        reinterpret_cast<const char *>(returned.data()) + field.offset;
    if (!type.isTensor) {
      if (llvm::Error error = takeScalar(type, bytes, results[field.result]))
        return error;
      continue;
    }
    llvm::Expected<Array> array =
        takeTensor(type, reinterpret_cast<const int64_t *>(bytes), inputs);
    if (!array)
      return array.takeError();
    results[field.result] = std::move(*array);
  }
  return llvm::Error::success();
}
